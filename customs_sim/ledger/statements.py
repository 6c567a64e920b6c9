"""A statement of account as a record: its status, its row, the fault put into it, and as GRT303
carries it. ``statement_book`` issues statements. Sends nothing.

A statement lists every movement line of a period. Its sums are the money view: opening + Σ
increases − Σ decreases = closing over the lines that move money in custody, which are 11 where the
guarantee is by cash (gurModecd 1), 41, 42, 51, 61, 62, 71. All others (what is owed, letters,
quota) stand there for information, so that the enterprise can compare line by line (B303.02) and
find no GRT302 that its statement does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

import msgspec

from customs_sim.ledger.movements import Movement
from schemas import statement as wire
from schemas.findings import ERROR, Place, Refused, compose, finding
from schemas.money import decimal
from schemas.times import to_wire

RULE = "B303.01"
"""What forbids a statement: its period must touch the former one."""


def statement_serial(customs: str, year: int) -> str:
    """Return the name of the sequence that numbers the statements of one district and year."""
    return f"DZ{customs}{year}"


def statement_no(customs: str, year: int, serial: int) -> str:
    """Return the number of a statement: DZ, 4 关区, 4 year and 5 or more digits. Ours, after the
    pattern of 总担保编号."""
    return f"DZ{customs}{year}{serial:05d}"


class StatementStatus(StrEnum):
    """Where one version of a statement stands."""

    OPEN = "open"
    """Issued; waits for GRT161."""
    OVERDUE = "overdue"
    """Nobody answered in ``answer_days`` (A161.06); the enterprise was told by GRT303 once more,
    and may still answer."""
    AGREED = "agreed"
    """Answered 一致. Final: what moves later goes into the next statement."""
    DISPUTED = "disputed"
    """Answered 有差异; the desk issues version + 1, or explains."""
    REPLACED = "replaced"
    """A later version took its place. Final."""


UNANSWERED = frozenset({StatementStatus.OPEN, StatementStatus.OVERDUE})
"""May still be answered."""


class StatementRefused(Refused):
    """The statement cannot be issued; nothing was written."""

    def __init__(self, zh: str, en: str, *, hint_zh: str, hint_en: str) -> None:
        super().__init__(
            [
                compose(
                    code=RULE,
                    layer="rule",
                    severity=ERROR,
                    zh=zh,
                    en=en,
                    hint_zh=hint_zh,
                    hint_en=hint_en,
                    place=Place(field="to"),
                )
            ],
            status=409,
        )


class FaultKind(StrEnum):
    """What can be wrong in a statement."""

    DROP = "drop"
    """A line is missing."""
    AMOUNT = "amount"
    """The amount of a line is another."""
    OPENING = "opening"
    """The opening is another."""
    CLOSING = "closing"
    """The closing is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFault:
    """What to make wrong on purpose in what is sent; the books stay right.

    Attributes:
        kind: Which fault.
        line: The line that it strikes, from 1.
        by: How much an amount is wrong, in 分.
    """

    kind: FaultKind
    line: int = 0
    by: int = 0

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Read ``drop:2``, ``amount:1:+100``, ``opening:+100`` or ``closing:-1``. Return None for
        an empty text; raise ValueError for any other."""
        if not text:
            return None
        if match := re.fullmatch(r"drop:([1-9]\d{0,5})", text):
            return cls(kind=FaultKind.DROP, line=int(match[1]))
        if match := re.fullmatch(r"amount:([1-9]\d{0,5}):([+-]?\d{1,12})", text):
            return cls(kind=FaultKind.AMOUNT, line=int(match[1]), by=int(match[2]))
        if match := re.fullmatch(r"(opening|closing):([+-]?\d{1,12})", text):
            return cls(kind=FaultKind(match[1]), by=int(match[2]))
        raise ValueError(
            f"statement fault {text!r}: wanted drop:LINE, amount:LINE:FEN, opening:FEN or"
            " closing:FEN"
        )

    def text(self) -> str:
        """Return the fault as ``of`` reads it."""
        match self.kind:
            case FaultKind.DROP:
                return f"{self.kind}:{self.line}"
            case FaultKind.AMOUNT:
                return f"{self.kind}:{self.line}:{self.by:+d}"
            case FaultKind.OPENING | FaultKind.CLOSING:
                return f"{self.kind}:{self.by:+d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One version of a statement. Amounts in 分; times in microseconds UTC, 0 for none.

    Attributes:
        number: What the entries say that stand in it; the same in all versions.
        first_day: yyyy-MM-dd in Asia/Shanghai, inclusive; so is ``last_day``.
        count: The number of lines that the head names.
        fault: What is wrong on purpose in what is sent, as ``StatementFault.text``.
        answer_seq_no: The GRT161 that answered it.
        message: The archive id of the GRT303; 0 until it is sent.
        lines: Its movement lines, where they were read.
    """

    no: str
    version: int
    number: int
    enterprise: str
    customs: str
    first_day: str
    last_day: str
    opening: int
    increase: int
    decrease: int
    closing: int
    count: int
    fault: str = ""
    status: StatementStatus = StatementStatus.OPEN
    issued_at: int
    answer_by: int = 0
    answer_seq_no: str = ""
    answered_at: int = 0
    message: int = 0
    lines: tuple[Movement, ...] = field(default=())

    @classmethod
    def of_row(cls, row: Iterable[Any], lines: Iterable[Movement] = ()) -> Self:
        """Return the record of a row whose columns are in the order of the table."""
        values = dict(zip(_COLUMNS, row, strict=True))
        values["status"] = StatementStatus(values["status"])
        return cls(**values, lines=tuple(lines))

    def row(self) -> tuple[Any, ...]:
        """Return the columns in their order."""
        values = {name: getattr(self, name) for name in _COLUMNS}
        return tuple((values | {"status": self.status.value}).values())

    def as_sent(self) -> Statement:
        """Return the statement with its fault in it: what the enterprise was shown, and what an
        answer may speak of (A161.04)."""
        fault = StatementFault.of(self.fault)
        if fault is None:
            return self
        match fault.kind:
            case FaultKind.OPENING:
                return replace(self, opening=max(0, self.opening + fault.by))
            case FaultKind.CLOSING:
                return replace(self, closing=max(0, self.closing + fault.by))
        at = fault.line - 1
        if at >= len(self.lines):
            return self
        if fault.kind is FaultKind.DROP:
            return replace(self, lines=self.lines[:at] + self.lines[at + 1 :])
        line = self.lines[at]
        wrong = max(0, line.increase + line.decrease + fault.by)
        line = msgspec.structs.replace(line, **{"increase" if line.increase else "decrease": wrong})
        return replace(self, lines=(*self.lines[:at], line, *self.lines[at + 1 :]))

    def check_fault(self) -> None:
        """Raise Refused, 400, for a fault that would leave what is sent as it is: a line that the
        statement does not have, an amount that cannot be taken off."""
        fault = StatementFault.of(self.fault)
        if fault is None or self.as_sent() != self:
            return
        field, found, most = "amount", decimal(fault.by), len(self.lines)
        zh, en = "使金额改变且不为负的数", "what changes the amount and leaves it at 0 or more"
        if fault.line > most:
            field, found = "line", Decimal(fault.line)
            zh, en = f"1 到 {most}, 对账单的明细行", f"1 to {most}, a line of the statement"
        raise Refused(
            [finding("QUERY.01", Place(field=field), found=found, wanted=zh, wanted_en=en)],
            status=400,
        )

    def on_wire(self, *, name: str, credit_code: str, at: int = 0) -> wire.AccountStatement:
        """Return what GRT303 carries, its fault included. ``name`` and ``credit_code`` are the
        enterprise's. ``at``: when it is made out once more, in microseconds UTC; after
        ``answer_by`` that tells that the answer is overdue."""
        sent = self.as_sent()
        return wire.AccountStatement(
            number=sent.no,
            version=sent.version,
            enterprise=sent.enterprise,
            name=name,
            credit_code=credit_code,
            customs=sent.customs,
            first_day=sent.first_day,
            last_day=sent.last_day,
            opening=decimal(sent.opening),
            increase=decimal(sent.increase),
            decrease=decimal(sent.decrease),
            closing=decimal(sent.closing),
            quantity=sent.count,
            issued_at=to_wire(at or sent.issued_at),
            answer_by=to_wire(sent.answer_by) if sent.answer_by else "",
            lines=tuple(
                wire.StatementLine(seqno=at, movement=line.on_wire())
                for at, line in enumerate(sent.lines, 1)
            ),
        )


_COLUMNS = tuple(field.name for field in fields(Statement) if field.name != "lines")
"""Fields of a statement in the order of the columns."""
