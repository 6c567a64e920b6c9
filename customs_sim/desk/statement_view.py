"""A statement as a person reads it: what was sent, line by line, beside what the enterprise
answered and what the books say. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Connection, select

from customs_sim.cases.case import Case
from customs_sim.desk import views
from customs_sim.ledger.history import LedgerLine
from customs_sim.ledger.movements import Movement, movement_of_entry
from customs_sim.ledger.statements import Statement
from customs_sim.office.office import Office
from customs_sim.store import tables as t
from customs_sim.wire.filing import Filing
from schemas.body import amount_of
from schemas.package import texts
from schemas.statement import Difference, StatementAnswer

HEAD, LINE = "GrtReconBsc", "GrtReconDt"
ZERO = Decimal(0)


class Said(StrEnum):
    """What the enterprise says of a line."""

    NOTHING = "nothing"
    """It has not answered yet."""
    AGREES = "agrees"
    DIFFERS = "differs"
    LACKS = "lacks"
    """The statement lacks this line, it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedLine:
    """One line of a statement, or one that the enterprise misses in it. Amounts in 元.

    Attributes:
        place: Its place in the statement, from 1; 0 for one that is not in it.
        fields: GrtReconDt as it was sent.
        said: What the enterprise says of it, with ``theirs``, its amount, and its ``reason``.
        booked: The increase less the decrease by the books, where the statement was made wrong.
    """

    place: int
    fields: Mapping[str, str]
    said: Said = Said.NOTHING
    theirs: Decimal | None = None
    reason: str = ""
    booked: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        """Return what moved, whichever way."""
        return _amount(self.fields, "incrAmt") + _amount(self.fields, "decrAmt")

    @property
    def off(self) -> Decimal | None:
        """Return how much more the enterprise has; None where it names no amount."""
        return None if self.theirs is None else self.theirs - self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One thing that a statement must make: what its head says, and what comes out."""

    zh: str
    en: str
    stated: Decimal
    found: Decimal

    @property
    def holds(self) -> bool:
        """Return whether both are the same."""
        return self.stated == self.found


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """One version of a statement.

    Attributes:
        versions: All versions, oldest first.
        head: GrtReconBsc as it was sent.
        lines: First what the enterprise disputes, then the others in their order.
        left_out: Lines of the books that what was sent lacks on purpose.
        answers: The cases of the filing that answered it, oldest first.
    """

    statement: Statement
    versions: tuple[int, ...]
    head: Mapping[str, str]
    lines: tuple[StatedLine, ...]
    left_out: tuple[Movement, ...]
    sums: tuple[Sum, ...]
    answers: tuple[Case, ...]
    answer: StatementAnswer | None

    @property
    def disputed(self) -> int:
        """Return how many lines the enterprise does not agree with."""
        return sum(line.said in (Said.DIFFERS, Said.LACKS) for line in self.lines)


async def statement_view(office: Office, no: str, version: int = 0) -> StatementView | None:
    """Return a version of a statement, the latest for 0; None when there is none."""
    return await office.store.read(lambda c: _read(office, c, no, version))


def _read(office: Office, connection: Connection, no: str, version: int) -> StatementView | None:
    c = t.statements.c
    rows = connection.execute(select(*c).where(c.stmt_no == no).order_by(c.version)).fetchall()
    versions = [Statement.of_row(row) for row in rows]
    chosen = [each for each in versions if each.version == version] if version else versions[-1:]
    if not chosen:
        return None
    statement = chosen[0]
    entries = office.sql.ledger.stated(connection, statement.enterprise, statement.number)
    books = {
        line.no: line
        for entry in map(LedgerLine._make, entries)
        if (line := movement_of_entry(entry)) is not None
    }
    body = views.body_of(connection, statement.message)
    _, package = office.reader.parcel(body) if body else (None, None)
    heads, sent = [], []
    if package is not None:
        heads = [texts(each) for each in package.business.iter(HEAD)]
        sent = [texts(each) for each in package.business.iter(LINE)]
    head: Mapping[str, str] = heads[0] if heads else {}
    answers = views.cases_of(connection, statement.answer_seq_no) if heads else []
    answers = [each for each in answers if statement.answer_seq_no]
    answer = _answer(office, connection, answers)
    lines = tuple(
        _booked(StatedLine(place=at, fields=row), books) for at, row in enumerate(sent, 1)
    )
    shown = {line.fields.get("mvmtNo", "") for line in lines}
    latest = statement.version == versions[-1].version
    left_out = [line for name, line in books.items() if latest and name not in shown]
    return StatementView(
        statement=statement,
        versions=tuple(each.version for each in versions),
        head=head,
        lines=_compared(lines, answer),
        left_out=tuple(left_out),
        sums=_sums(head, lines, books),
        answers=tuple(answers),
        answer=answer,
    )


def _answer(
    office: Office, connection: Connection, answers: Sequence[Case]
) -> StatementAnswer | None:
    if not answers:
        return None
    filed = views.case(connection, answers[-1].case_no)
    opened = office.reader.open(filed.body) if filed else None
    body = opened.body if isinstance(opened, Filing) else None
    return body if isinstance(body, StatementAnswer) else None


def _compared(
    lines: Sequence[StatedLine], answer: StatementAnswer | None
) -> tuple[StatedLine, ...]:
    if answer is None:
        return tuple(lines)
    about = {each.movement_no: each for each in answer.differences if not each.missing}
    lacking = [_lacking(each) for each in answer.differences if each.missing]
    told = []
    for line in lines:
        difference = about.get(line.fields.get("mvmtNo", ""))
        if difference is None:
            told.append(replace(line, said=Said.AGREES))
        else:
            told.append(
                replace(
                    line,
                    said=Said.DIFFERS,
                    theirs=difference.enterprise_amount,
                    reason=difference.explanation,
                )
            )
    return tuple(lacking + sorted(told, key=lambda line: line.said is not Said.DIFFERS))


def _lacking(difference: Difference) -> StatedLine:
    return StatedLine(
        place=0,
        fields=difference.fields,
        said=Said.LACKS,
        theirs=difference.enterprise_amount,
        reason=difference.explanation,
    )


def _booked(line: StatedLine, books: Mapping[str, Movement]) -> StatedLine:
    """Return the line with what the books say, where that is something else."""
    movement = books.get(line.fields.get("mvmtNo", ""))
    if movement is None:
        return line
    booked = Decimal(movement.net).scaleb(-2)
    net = _amount(line.fields, "incrAmt") - _amount(line.fields, "decrAmt")
    return line if booked == net else replace(line, booked=booked)


def _sums(
    head: Mapping[str, str], lines: Sequence[StatedLine], books: Mapping[str, Movement]
) -> tuple[Sum, ...]:
    cash = [
        line.fields
        for line in lines
        if (movement := books.get(line.fields.get("mvmtNo", ""))) is None or movement.cash
    ]
    into, out = _amount(head, "incrAmt"), _amount(head, "decrAmt")
    return (
        Sum(
            zh="期初 + 增加 − 减少 = 期末",
            en="opening + in − out = closing",
            stated=_amount(head, "clsgAmt"),
            found=_amount(head, "opngAmt") + into - out,
        ),
        Sum(
            zh="资金明细增加之和 = 增加",
            en="sum of what came in by the lines = in",
            stated=into,
            found=sum((_amount(row, "incrAmt") for row in cash), ZERO),
        ),
        Sum(
            zh="资金明细减少之和 = 减少",
            en="sum of what went out by the lines = out",
            stated=out,
            found=sum((_amount(row, "decrAmt") for row in cash), ZERO),
        ),
        Sum(
            zh="明细行数 = 表头条数",
            en="lines = count in the head",
            stated=_amount(head, "mvmtQty"),
            found=Decimal(len(lines)),
        ),
    )


def _amount(fields: Mapping[str, str], name: str) -> Decimal:
    return amount_of(fields.get(name)) or ZERO
