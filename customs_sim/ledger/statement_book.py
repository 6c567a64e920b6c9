"""Issues statements of account: what an enterprise's money in custody did over a period, computed
from the ledger. Sends nothing.

Every ledger entry stands in exactly one statement: issuing one claims all entries before its end
that stand in none. An entry committed late, or made later on the last day, is claimed by the next
statement, or by the next version of the last one; it keeps its own mvmtTime. Nothing is stated
twice and nothing is lost, whatever clocks do; openings always equal the former closing.

Only what is in the store is stated: flush the books of the same unit first.

    statements = Statements(connection, sql.ledger, blocks, now, answer_days=10)
    made = statements.issue("1105910159", "0100", last_day=date(2026, 11, 30))
    statements.sent(made, archive_id)
    again = statements.reissue(made.no)  # version + 1
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from customs_sim.ledger.history import LedgerLine
from customs_sim.ledger.movements import Movement, movement_of_entry
from customs_sim.ledger.statements import (
    Statement,
    StatementFault,
    StatementRefused,
    StatementStatus,
    statement_no,
    statement_serial,
)
from customs_sim.store.ledger_sql import LedgerSql
from customs_sim.store.numbers import Serials
from customs_sim.wire.calendar import Moment, rolled
from gateway.base.errors import StoreConflict
from schemas.times import SHANGHAI, local, micros

STATEMENT = "statement"
"""The sequence behind ``c_ledger.statement``."""
OLDER = -1
"""``c_ledger.statement`` of what is older than the first statement: it is in the opening of that
one."""
DAY = 24 * 3600 * 1_000_000
"""Microseconds of a day."""


class Statements:
    """Reads and issues statements in one unit. One enterprise at a time: its row is locked.
    ``answer_days``: how long an enterprise has to answer; ``rolls``: whether a day off at the end
    of them is not counted."""

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
        answer_by = now.at + answer_days * DAY
        self._answer_by = rolled(answer_by) if rolls else answer_by

    @staticmethod
    def needs(customs: str, now: Moment) -> dict[str, int]:
        """Return what to ask of the blocks for one ``issue``."""
        return {STATEMENT: 1, statement_serial(customs, now.day.year): 1}

    def issue(
        self,
        enterprise: str,
        customs: str,
        *,
        last_day: date,
        first_day: date | None = None,
        fault: StatementFault | None = None,
    ) -> Statement:
        """Issue a new statement up to ``last_day``, today at the latest. It begins on the day after
        the former one; for the first one ``first_day`` may choose, else it begins with the first
        entry. Raise StatementRefused, or Refused for a fault that cannot be.
        """
        former = self._last(enterprise)
        first = self._first_day(enterprise, former, first_day, last_day)
        if last_day > self._now.day:
            raise StatementRefused(
                f"对账期止 {last_day} 晚于今天 {self._now.day}",
                f"last day {last_day} is after today, {self._now.day}",
                hint_zh=f"请用 {self._now.day} 或更早的一天",
                hint_en=f"use {self._now.day} or a day before it",
            )
        if last_day < first:
            again = f", 或重新下发 {former.no}" if former else ""
            again_en = f", or issue {former.no} again" if former else ""
            raise StatementRefused(
                f"对账期止 {last_day} 早于对账期起 {first}",
                f"last day {last_day} is before the first day, {first}",
                hint_zh=f"请用 {first} 或之后的一天{again}",
                hint_en=f"use {first} or a day after it{again_en}",
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

    def reissue(self, no: str, *, fault: StatementFault | None = None) -> Statement:
        """Issue version + 1 of ``no``. The enterprise's last statement also takes in what was
        entered into its period since; an older one keeps its lines, because the openings behind it
        are out. Raise StatementRefused."""
        former = self.latest(no)
        if former is None:
            raise StatementRefused(
                f"对账单 {no} 不存在",
                f"no such statement: {no}",
                hint_zh="编号见对账单列表 (statements)",
                hint_en="the list of statements has the numbers",
            )
        if former.status is StatementStatus.AGREED:
            raise StatementRefused(
                f"对账单 {no} 已确认一致",
                f"{no} is agreed",
                hint_zh="之后的变动列入下一期, 请下发下一期对账单",
                hint_en="later movements go into the next statement; issue that one",
            )
        last = self._last(former.enterprise)
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
            claim=last is not None and last.number == former.number,
        )

    def latest(self, no: str) -> Statement | None:
        """Return the latest version of ``no`` with its lines, its row locked; None when there is
        none."""
        row = self._sql.statement(self._connection, no)
        if row is None:
            return None
        statement = Statement.of_row(row)
        return replace(statement, lines=self._lines(statement.enterprise, statement.number))

    def sent(self, statement: Statement, message: int) -> Statement:
        """Enter the archive id of its GRT303, and return the statement with it."""
        return self._change(replace(statement, message=message))

    def answered(self, statement: Statement, seq_no: str, *, agreed: bool) -> Statement:
        """Enter the answer, and return the statement with it. That it may be given is the rules'
        business (A161)."""
        return self._change(
            replace(
                statement,
                status=StatementStatus.AGREED if agreed else StatementStatus.DISPUTED,
                answer_seq_no=seq_no,
                answered_at=self._now.at,
            )
        )

    def overdue(self, statement: Statement) -> Statement:
        """Mark that nobody answered in time, and return the statement so. It can still be
        answered."""
        return self._change(replace(statement, status=StatementStatus.OVERDUE))

    def _last(self, enterprise: str) -> Statement | None:
        """Return the latest version of the enterprise's latest statement, the enterprise locked."""
        row = self._sql.last_statement(self._connection, enterprise)
        return None if row is None else Statement.of_row(row)

    def _first_day(
        self, enterprise: str, former: Statement | None, wanted: date | None, last_day: date
    ) -> date:
        if former is not None:
            first = date.fromisoformat(former.last_day) + timedelta(days=1)
            if wanted not in (None, first):
                raise StatementRefused(
                    f"对账期须与上期 {former.no} (止 {former.last_day}) 衔接, 现自 {wanted} 起",
                    f"periods must touch: {former.no} ended on {former.last_day}, and this one"
                    f" would begin on {wanted}",
                    hint_zh=f"对账期起请用 {first}, 或留空",
                    hint_en=f"let it begin on {first}, or leave the first day out",
                )
            return first
        if wanted is not None:
            return wanted
        earliest = self._sql.earliest(self._connection, enterprise)
        if earliest is None:
            return last_day
        return min(local(earliest).date(), last_day)

    def _before(self, enterprise: str, first: date) -> int:
        """Return the money in custody at the beginning of ``first``, in 分: what the first
        statement opens with."""
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
        statement.check_fault()
        self._sql.add_statement.many(self._connection, [statement.row()])
        return statement

    def _lines(self, enterprise: str, number: int) -> tuple[Movement, ...]:
        entries = map(LedgerLine._make, self._sql.stated(self._connection, enterprise, number))
        return tuple(line for entry in entries if (line := movement_of_entry(entry)) is not None)

    def _change(self, statement: Statement) -> Statement:
        columns = (
            statement.status.value,
            statement.answer_seq_no,
            statement.answered_at,
            statement.message,
            statement.no,
            statement.version,
        )
        if self._sql.change_statement.many(self._connection, [columns]) != 1:
            raise StoreConflict(f"statement {statement.no} version {statement.version} is gone")
        return statement


def _midnight(day: date) -> int:
    """Return when ``day`` begins in Asia/Shanghai, in microseconds UTC."""
    return micros(datetime.combine(day, time.min, SHANGHAI))
