"""Codec of movement lines (GRT302), statements (GRT303) and the view of the answer to one (GRT161).
All ours.

Amounts are Decimal in 元, exact to 0.01. Days and times are text as on the wire, Asia/Shanghai.
Whether a statement adds up is a rule (``docs/rules.md`` B303.01), not the codec's business: sums
and line count are carried as written.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Self

import msgspec

from schemas.body import Body, Filed, Parts
from schemas.money import money_text
from schemas.package import write_fields

AGREED, DIFFERENT = "1", "2"  # reconRsltcd
NAMED, MISSING = "0", "1"  # missMarkcd

MOVEMENT = "GrtMvmtDt"
_ZERO = Decimal(0)


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """GrtMvmtDt: one ledger event on one guarantee or levy. ``event`` is a code of the list
    movement_event; ``register`` says in which register ``no`` is: 1 总担保, 2 征收单. ``number`` is
    unique; seen again it is a repeat.
    """

    number: str
    moved_at: str
    event: str
    register: str
    no: str
    increase: Decimal = _ZERO
    decrease: Decimal = _ZERO
    balance: Decimal = _ZERO
    related_no: str = ""
    reference: str = ""


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """GrtReconDt: a movement with its place in the statement."""

    seqno: int
    movement: Movement


class AccountStatement(msgspec.Struct, frozen=True, kw_only=True):
    """GRT303: what moved from ``first_day`` to ``last_day``, both inclusive. ``quantity`` is what
    the head says of the lines."""

    number: str
    version: int
    enterprise: str
    name: str
    credit_code: str
    customs: str
    first_day: str
    last_day: str
    opening: Decimal
    increase: Decimal
    decrease: Decimal
    closing: Decimal
    quantity: int
    issued_at: str
    answer_by: str = ""
    remark: str = ""
    lines: tuple[StatementLine, ...] = ()


class Difference(Body, frozen=True):
    """GrtReconDiffDt."""

    @property
    def movement_no(self) -> str:
        """Empty when the enterprise has no number for what the statement lacks."""
        return self.text("mvmtNo")

    @property
    def missing(self) -> bool:
        """Return whether the statement lacks it."""
        return self.text("missMarkcd") == MISSING

    @property
    def statement_amount(self) -> Decimal | None:
        return self.amount("stmtAmt")

    @property
    def enterprise_amount(self) -> Decimal | None:
        return self.amount("etpsAmt")

    @property
    def explanation(self) -> str:
        return self.text("diffRsnDesc")


class StatementAnswer(Filed, frozen=True):
    """GrtReconRsltBsc, 对账确认, with its differences."""

    differences: tuple[Difference, ...] = ()

    @classmethod
    def of(cls, fields: Mapping[str, str], parts: Parts) -> Self:
        return cls(fields, tuple(Difference(row) for row in parts.get("GrtReconDiffDt", ())))

    @property
    def statement_no(self) -> str:
        return self.text("stmtNo")

    @property
    def statement_version(self) -> int:
        return self.count("stmtVersion")

    @property
    def agreed(self) -> bool:
        return self.text("reconRsltcd") == AGREED


def movement_fields(movement: Movement) -> dict[str, str]:
    """Return the elements of GrtMvmtDt in schema order."""
    m = movement
    return {
        "mvmtNo": m.number,
        "mvmtTime": m.moved_at,
        "evtCd": m.event,
        "gurTypecd": m.register,
        "gurNo": m.no,
        "rltGurNo": m.related_no,
        "incrAmt": money_text(m.increase),
        "decrAmt": money_text(m.decrease),
        "balAmt": money_text(m.balance),
        "refNo": m.reference,
    }


def encode_statement(statement: AccountStatement, code: str = "GRT303") -> str:
    """Return the inner XML of BussinessData of a GRT303."""
    s = statement
    head = write_fields(
        "GrtReconBsc",
        {
            "stmtNo": s.number,
            "stmtVersion": str(s.version),
            "assuredEtpsno": s.enterprise,
            "assuredEtpsNm": s.name,
            "assuredEtpsSccd": s.credit_code,
            "masterCuscd": s.customs,
            "stmtBgnDate": s.first_day,
            "stmtEndDate": s.last_day,
            "opngAmt": money_text(s.opening),
            "incrAmt": money_text(s.increase),
            "decrAmt": money_text(s.decrease),
            "clsgAmt": money_text(s.closing),
            "mvmtQty": str(s.quantity),
            "answDeadline": s.answer_by,
            "genrtDate": s.issued_at,
            "rmk": s.remark,
        },
    )
    lines = "".join(
        [
            write_fields("GrtReconDt", {"seqno": str(line.seqno), **movement_fields(line.movement)})
            for line in s.lines
        ]
    )
    return f"<{code}>{head}{lines}</{code}>"
