"""Filings and what the store holds, as rules see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from handlers.contract import (
    NOTHING_HELD,
    Context,
    Enterprise,
    Filing,
    Held,
    HeldGuarantee,
    HeldLevy,
    HeldStatement,
)
from handlers.lifecycle import Status
from schemas.body import Body
from schemas.codes import CodeLists
from tests.factories.enterprises import BEIJING, ENTERPRISES, NIL
from tests.factories.fields import GUARANTEE_NO, STATEMENT_NO, grt101_fields, grt111_fields


def grt101_filing(
    *,
    declares: bool = True,
    sys_id: str = "B2",
    operator: str | None = None,
    seq_no: str = "",
    enterprise: str = BEIJING,
    **fields: str | None,
) -> Filing:
    """A GRT101 as rules see it."""
    return Filing(
        message_type="GRT101",
        body=Body(grt101_fields(enterprise=enterprise, **fields)),
        declares=declares,
        seq_no=seq_no,
        sys_id=sys_id,
        operator=enterprise if operator is None else operator,
    )


def filing(
    message_type: str,
    fields: Mapping[str, str],
    parts: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    *,
    declares: bool = True,
    sys_id: str = "B2",
    operator: str = BEIJING,
    seq_no: str = "",
) -> Filing:
    """A filing of any type as rules see it."""
    plain = {name: "" if value == NIL else value for name, value in fields.items()}
    return Filing(
        message_type=message_type,
        body=Body(plain),
        declares=declares,
        seq_no=seq_no,
        sys_id=sys_id,
        operator=operator,
        parts={name: tuple(rows) for name, rows in (parts or {}).items() if rows},
    )


def held_guarantee(
    *, open_filing: str | None = None, enterprise: str = BEIJING, **changes: str
) -> HeldGuarantee:
    """A guarantee by letter over 500,000 元, set up, never changed, 30,001 元 of it used: as
    customs last sent it."""
    customs = {
        "gasrNo": GUARANTEE_NO,
        "mkclUnitNm": "北京海关",
        "usedGasrAmt": "30001",
        "avalGasrAmt": "469999",
        "gurStucd": "1",
        "emapvMarkcd": "1",
        "apprTime": "2026-10-08 15:00:00",
        "version": "3",
        "lastUpdateTime": "2026-11-02 08:00:00",
    }
    fields = grt101_fields(enterprise=enterprise, **customs | changes)
    return HeldGuarantee(
        gasr_no=fields["gasrNo"],
        enterprise=enterprise,
        change_no=int(fields["chgTmsCnt"]),
        status=fields["gurStucd"],
        fields=fields,
        open_filing=open_filing,
    )


def held_levy(
    *,
    filing_status: Status = Status.PENDING,
    open_filing: str | None = None,
    enterprise: str = BEIJING,
    **changes: str,
) -> HeldLevy:
    """The levy that ``grt111_fields`` confirms, as customs issued it: what the enterprise writes is
    still empty."""
    empty = dict.fromkeys(
        (
            "pmnEtpsSccd",
            "pmnEtpsno",
            "pmnEtpsNm",
            "pmnEtpsOpaccBankNm",
            "pmnEtpsBankAcctnum",
            "gurModecd",
            "gurTypecd",
            "paymnModecd",
            "etpsConcErName",
            "etpsConcErTelnum",
        ),
        "",
    )
    fields = grt111_fields(enterprise=enterprise, **empty | changes)
    return HeldLevy(
        levy_no=fields["dpstLevyBlNo"],
        enterprise=enterprise,
        change_no=int(fields["chgTmsCnt"]),
        status=fields["levyBlStucd"],
        filing_status=filing_status,
        fields=fields,
        open_filing=open_filing,
    )


def held_statement(
    *, version: int = 1, answered: bool = False, differences: int = 0, enterprise: str = BEIJING
) -> HeldStatement:
    """The statement that ``grt161_fields`` answers, with two lines."""
    lines = {
        f"MV202600000000{n}": {"mvmtNo": f"MV202600000000{n}", "incrAmt": "100000.00"}
        for n in (1, 2)
    }
    return HeldStatement(
        statement_no=STATEMENT_NO,
        enterprise=enterprise,
        version=version,
        answered=answered,
        lines=lines,
        differences=differences,
    )


def held(*rows: HeldGuarantee | HeldLevy | HeldStatement) -> Held:
    """All that the store holds of the numbers of a filing."""
    return Held(
        guarantees={row.gasr_no: row for row in rows if isinstance(row, HeldGuarantee)},
        levies={row.levy_no: row for row in rows if isinstance(row, HeldLevy)},
        statements={row.statement_no: row for row in rows if isinstance(row, HeldStatement)},
    )


_CODES = CodeLists()


def context(
    *,
    today: date = date(2026, 11, 23),
    acts_for: tuple[str, ...] = (BEIJING,),
    enterprises: Mapping[str, Enterprise] = ENTERPRISES,
    held: Held = NOTHING_HELD,
) -> Context:
    """What rules may know: 10 in the morning of ``today`` in Asia/Shanghai."""
    return Context(
        now=datetime(today.year, today.month, today.day, 2, tzinfo=UTC),
        today=today,
        acts_for=frozenset(acts_for),
        enterprises=enterprises,
        codes=_CODES,
        held=held,
    )
