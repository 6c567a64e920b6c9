"""Statements of account: what an enterprise's money in custody did over a period, computed from the
ledger. Sends nothing.

A statement lists every movement line of the period. Its sums are the money view: opening + Σ
increases − Σ decreases = closing over the lines that move money in custody, which are 11 where the
guarantee is by cash (gurModecd 1), 41, 42, 51, 61, 62, 71. All others (what is owed, letters,
quota) stand there for information, so that the enterprise can compare line by line (B303.02) and
find no GRT302 that its statement does not know.

Every ledger entry stands in exactly one statement: issuing one claims all entries before its end
that stand in none. An entry committed late, or made later on the last day, is claimed by the next
statement, or by the next version of the last one; it keeps its own mvmtTime. Nothing is stated
twice and nothing is lost, whatever clocks do; openings always equal the former closing.

Only what is in the store is stated: flush the books of the same unit first.

    book = Statements(connection, sql.ledger, blocks, now, answer_days=10)
    made = book.issue("1105910159", "0100", last_day=date(2026, 11, 30)) # begins where the former
    one ended
    inner = encode_statement(made.on_wire(name=…, credit_code=…))             # schemas.statement
    book.sent(made, archive_id)
    again = book.reissue(made.no)                                             # version + 1
    wrong = book.issue(…, fault=Fault.of("drop:2")) # or "amount:1:+100", "closing:-1", "opening:+1"
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self

import msgspec
from sqlalchemy import Connection

from customs_sim.ledger.amounts import decimal
from customs_sim.ledger.movements import Movement, movement_of_entry
from customs_sim.store.ledger_sql import LedgerSql
from customs_sim.store.numbers import Serials
from customs_sim.wire.calendar import Moment, rolled
from gateway.base.errors import StoreConflict
from schemas import statement as wire
from schemas.findings import ERROR, Place, Refused, compose
from schemas.times import SHANGHAI, micros, to_wire

RULE = "B303.01"
"""What forbids a statement: its period must touch the former one."""
STATEMENT = "statement"
"""The sequence behind ``c_ledger.statement``."""
OLDER = -1
"""``c_ledger.statement`` of what is older than the first statement: it is in the opening of that
one."""
DAY = 24 * 3600 * 1_000_000  # microseconds


def statement_serial(customs: str, year: int) -> str:
    """The name of the sequence that numbers the statements of one district and year."""
    return f"DZ{customs}{year}"


def statement_no(customs: str, year: int, serial: int) -> str:
    """DZ + 4 关区 + 4 year + 5 or more digits: ours, after the pattern of 总担保编号."""
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

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(
            [
                compose(
                    code=RULE,
                    layer="rule",
                    severity=ERROR,
                    zh=zh,
                    en=en,
                    hint_zh="",
                    hint_en="",
                    place=Place(field="to"),
                )
            ],
            status=409,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What to make wrong on purpose in what is sent; the books stay right. ``kind``: drop, amount,
    opening, closing. ``line`` counts from 1 (beyond the last: the last); ``by`` in 分."""

    kind: str
    line: int = 0
    by: int = 0

    @classmethod
    def of(cls, text: str) -> Self | None:
        """``drop:2``, ``amount:1:+100``, ``opening:+100``, ``closing:-1``; None for an empty text.
        ValueError otherwise."""
        if not text:
            return None
        if found := re.fullmatch(r"(drop):([1-9]\d{0,5})", text):
            return cls(kind="drop", line=int(found[2]))
        if found := re.fullmatch(r"(amount):([1-9]\d{0,5}):([+-]?\d{1,12})", text):
            return cls(kind="amount", line=int(found[2]), by=int(found[3]))
        if found := re.fullmatch(r"(opening|closing):([+-]?\d{1,12})", text):
            return cls(kind=found[1], by=int(found[2]))
        raise ValueError(
            f"statement fault {text!r}: wanted drop:LINE, amount:LINE:FEN, opening:FEN or"
            " closing:FEN"
        )

    def text(self) -> str:
        parts = {"drop": f"drop:{self.line}", "amount": f"amount:{self.line}:{self.by:+d}"}
        return parts.get(self.kind, f"{self.kind}:{self.by:+d}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One version of a statement. Days are yyyy-MM-dd in Asia/Shanghai, both inclusive; amounts in
    分; times in microseconds UTC, 0 for none. ``count`` is the number of lines that the head
    names."""

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
    def of_row(cls, row: Any, lines: Iterable[Movement] = ()) -> Self:
        """From the columns of c_statements in their order."""
        return cls(
            no=row[0],
            version=row[1],
            number=row[2],
            enterprise=row[3],
            customs=row[4],
            first_day=row[5],
            last_day=row[6],
            opening=row[7],
            increase=row[8],
            decrease=row[9],
            closing=row[10],
            count=row[11],
            fault=row[12],
            status=StatementStatus(row[13]),
            issued_at=row[14],
            answer_by=row[15],
            answer_seq_no=row[16],
            answered_at=row[17],
            message=row[18],
            lines=tuple(lines),
        )

    def row(self) -> tuple[Any, ...]:
        return (
            self.no,
            self.version,
            self.number,
            self.enterprise,
            self.customs,
            self.first_day,
            self.last_day,
            self.opening,
            self.increase,
            self.decrease,
            self.closing,
            self.count,
            self.fault,
            self.status.value,
            self.issued_at,
            self.answer_by,
            self.answer_seq_no,
            self.answered_at,
            self.message,
        )

    def as_sent(self) -> Statement:
        """With its fault in it: what the enterprise was shown, and what an answer may speak of
        (A161.04)."""
        fault = Fault.of(self.fault)
        if fault is None:
            return self
        if fault.kind in ("opening", "closing"):
            wrong = max(0, (self.opening if fault.kind == "opening" else self.closing) + fault.by)
            return (
                replace(self, opening=wrong)
                if fault.kind == "opening"
                else replace(self, closing=wrong)
            )
        if not self.lines:
            return self
        at = min(fault.line, len(self.lines)) - 1
        line = self.lines[at]
        if fault.kind == "drop":
            return replace(self, lines=self.lines[:at] + self.lines[at + 1 :])
        wrong = max(0, line.increase + line.decrease + fault.by)
        line = msgspec.structs.replace(line, **{"increase" if line.increase else "decrease": wrong})
        return replace(self, lines=(*self.lines[:at], line, *self.lines[at + 1 :]))

    def on_wire(self, *, name: str, credit_code: str, at: int = 0) -> wire.Statement:
        """What GRT303 carries, its fault included; ``name`` and ``credit_code`` are the
        enterprise's. ``at``: when it is made out once more, microseconds UTC; after ``answer_by``
        that tells that the answer is overdue."""
        sent = self.as_sent()
        return wire.Statement(
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


class Statements:
    """Issues statements on one write unit. One enterprise at a time: its row is locked."""

    def __init__(
        self,
        connection: Connection,
        sql: LedgerSql,
        blocks: Serials,
        now: Moment,
        *,
        answer_days: int = 10,
        rolls: bool = False,
    ) -> None:
        self._connection, self._sql, self._blocks, self._now = connection, sql, blocks, now
        self._answer_by = (
            rolled(now.at + answer_days * DAY) if rolls else now.at + answer_days * DAY
        )

    @staticmethod
    def needs(customs: str, now: Moment) -> dict[str, int]:
        """What to ask of the blocks for one ``issue``."""
        return {STATEMENT: 1, statement_serial(customs, now.day.year): 1}

    def issue(
        self,
        enterprise: str,
        customs: str,
        *,
        last_day: date,
        first_day: date | None = None,
        fault: Fault | None = None,
    ) -> Statement:
        """A new statement up to ``last_day``, today at the latest. It begins on the day after the
        former one; for the first one ``first_day`` may choose, else it begins with the first entry.
        Raises StatementRefused.
        """
        row = self._sql.last_statement(self._connection, enterprise)
        former = Statement.of_row(row) if row else None
        first = self._first_day(enterprise, former, first_day, last_day)
        if last_day > self._now.day:
            raise StatementRefused(
                f"对账期止 {last_day} 晚于今天 {self._now.day}",
                f"last day {last_day} is after today, {self._now.day}",
            )
        if last_day < first:
            again = f"; {former.no} may be issued again" if former else ""
            raise StatementRefused(
                f"对账期止 {last_day} 早于对账期起 {first}"
                + (f", 可重新下发 {former.no}" if former else ""),
                f"last day {last_day} is before the first day, {first}{again}",
            )
        opening = former.closing if former else self._before(enterprise, first)
        year = self._now.day.year
        number = self._blocks.draw(STATEMENT)
        made = Statement(
            no=statement_no(customs, year, self._blocks.draw(statement_serial(customs, year))),
            version=1,
            number=number,
            enterprise=enterprise,
            customs=customs,
            first_day=first.isoformat(),
            last_day=last_day.isoformat(),
            opening=opening,
            increase=0,
            decrease=0,
            closing=0,
            count=0,
            fault=fault.text() if fault else "",
            issued_at=self._now.at,
            answer_by=self._answer_by,
        )
        return self._written(made, claim=True)

    def reissue(self, no: str, *, fault: Fault | None = None) -> Statement:
        """Version + 1 of ``no``. The enterprise's last statement also takes in what was entered
        into its period since; an older one keeps its lines, for the openings behind it are out.
        Raises StatementRefused."""
        former = self.latest(no)
        if former is None:
            raise StatementRefused(f"对账单 {no} 不存在", f"no such statement: {no}")
        if former.status is StatementStatus.AGREED:
            raise StatementRefused(
                f"对账单 {no} 已确认一致",
                f"{no} is agreed; later movements go into the next statement",
            )
        last = self._sql.last_statement(self._connection, former.enterprise)
        self._change(replace(former, status=StatementStatus.REPLACED))
        return self._written(
            replace(
                former,
                version=former.version + 1,
                fault=fault.text() if fault else "",
                status=StatementStatus.OPEN,
                issued_at=self._now.at,
                answer_by=self._answer_by,
                answer_seq_no="",
                answered_at=0,
                message=0,
            ),
            claim=last is not None and last[2] == former.number,
        )

    def latest(self, no: str) -> Statement | None:
        """The latest version of ``no`` with its lines, row locked; None when there is none."""
        row = self._sql.statement(self._connection, no)
        return Statement.of_row(row, self._lines(row[3], row[2])) if row else None

    def sent(self, statement: Statement, message: int) -> Statement:
        """Remember the archive id of its GRT303."""
        return self._change(replace(statement, message=message))

    def answered(self, statement: Statement, seq_no: str, *, agreed: bool) -> Statement:
        """Remember the answer; that it may be given is the rules' business (A161)."""
        return self._change(
            replace(
                statement,
                status=StatementStatus.AGREED if agreed else StatementStatus.DISPUTED,
                answer_seq_no=seq_no,
                answered_at=self._now.at,
            )
        )

    def overdue(self, statement: Statement) -> Statement:
        """Flag that nobody answered in time; it can still be answered."""
        return self._change(replace(statement, status=StatementStatus.OVERDUE))

    def _first_day(
        self, enterprise: str, former: Statement | None, wanted: date | None, last_day: date
    ) -> date:
        if former is not None:
            first = date.fromisoformat(former.last_day) + timedelta(days=1)
            if wanted not in (None, first):
                raise StatementRefused(
                    f"对账期须与上期 {former.no} (止 {former.last_day}) 衔接, 对账期起应为 {first},"
                    f" 现为 {wanted}",
                    f"periods must touch: {former.no} ended on {former.last_day}, first day must be"
                    f" {first}, not {wanted}",
                )
            return first
        if wanted is not None:
            return wanted
        earliest = self._sql.earliest(self._connection, enterprise)
        found = (
            last_day
            if earliest is None
            else datetime.fromtimestamp(earliest / 1_000_000, SHANGHAI).date()
        )
        return min(found, last_day)

    def _before(self, enterprise: str, first: date) -> int:
        """Money in custody at the beginning of ``first``: what the first statement opens with."""
        self._sql.state(self._connection, enterprise, _midnight(first), OLDER)
        return sum(line.net for line in self._lines(enterprise, OLDER) if line.cash)

    def _written(self, statement: Statement, *, claim: bool) -> Statement:
        enterprise, number = statement.enterprise, statement.number
        if claim:
            end = _midnight(date.fromisoformat(statement.last_day) + timedelta(days=1))
            self._sql.state(self._connection, enterprise, end, number)
        lines = self._lines(enterprise, number)
        increase = sum(line.increase for line in lines if line.cash)
        decrease = sum(line.decrease for line in lines if line.cash)
        statement = replace(
            statement,
            lines=lines,
            count=len(lines),
            increase=increase,
            decrease=decrease,
            closing=statement.opening + increase - decrease,
        )
        self._sql.add_statement.many(self._connection, [statement.row()])
        return statement

    def _lines(self, enterprise: str, number: int) -> tuple[Movement, ...]:
        found = map(movement_of_entry, self._sql.stated(self._connection, enterprise, number))
        return tuple(line for line in found if line is not None)

    def _change(self, statement: Statement) -> Statement:
        s = statement
        if (
            self._sql.change_statement.many(
                self._connection,
                [(s.status.value, s.answer_seq_no, s.answered_at, s.message, s.no, s.version)],
            )
            != 1
        ):
            raise StoreConflict(f"statement {s.no} version {s.version} is gone")
        return statement


def _midnight(day: date) -> int:
    """When ``day`` begins in Asia/Shanghai, microseconds UTC."""
    return micros(datetime.combine(day, time.min, SHANGHAI))
