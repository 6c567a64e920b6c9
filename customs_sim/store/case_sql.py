"""Statements about cases and their timers. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, case, delete, func, select, text, update
from sqlalchemy.engine import Dialect

from customs_sim.store import tables as t
from customs_sim.store.group import StatementGroup
from customs_sim.store.rows import CaseRow, TaskRow
from gateway.base.store import builders
from gateway.base.store.prepared import any_of, compiled


class CaseSql(StatementGroup):
    """Cases, and the tasks that move them by the clock."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self.add_case = builders.whole_rows(dialect, t.cases, builders.insert(dialect, t.cases))
        self.add_task = builders.whole_rows(dialect, t.tasks, builders.insert(dialect, t.tasks))
        self._prepare_cases()
        self._prepare_tasks()

    def _prepare_cases(self) -> None:
        made, cases = self.dialect, t.cases.c
        self.move_case = compiled(
            made,
            update(t.cases)
            .where(cases.case_no == bindparam("number"), cases.status == bindparam("expected"))
            .values(
                business_no=bindparam("business"),
                status=bindparam("status_to"),
                rules=bindparam("failed"),
                updated=bindparam("at"),
            ),
        )
        with_body = (
            select(*cases, t.messages.c.body)
            .join(t.messages, t.messages.c.id == cases.in_message)
            .order_by(cases.case_no)
            .with_for_update(of=t.cases)
        )
        self._cases = compiled(made, with_body.where(any_of(made, cases.case_no, "numbers")))
        self._by_seq = compiled(made, with_body.where(any_of(made, cases.seq_no, "seq_nos")))
        self._approved = compiled(
            made,
            select(cases.enterprise, cases.seq_no, cases.change_no).where(
                any_of(made, cases.seq_no, "seq_nos"), text("status = 'approved'")
            ),
        )
        self._waiting = compiled(
            made,
            select(func.count())
            .select_from(t.cases)
            .where(text("status IN ('received', 'review')")),
        )

    def _prepare_tasks(self) -> None:
        made, tasks, cases = self.dialect, t.tasks.c, t.cases.c
        self._due_tasks = compiled(
            made,
            select(*tasks)
            .where(tasks.due_at <= bindparam("now"))
            .order_by(tasks.due_at, tasks.id)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True),
        )
        # What the clock showed when a task was set. Its number is that of its answer, its group of
        # pockets or its case.
        begun = case(
            (
                tasks.step == "send",
                select(t.disturbed.c.at).where(t.disturbed.c.id == tasks.case_no).scalar_subquery(),
            ),
            (
                tasks.step == "pockets",
                select(func.max(t.messages.c.at))
                .join(t.pockets, t.pockets.c.message == t.messages.c.id)
                .where(t.pockets.c.group_no == tasks.case_no)
                .scalar_subquery(),
            ),
            else_=select(cases.updated).where(cases.case_no == tasks.case_no).scalar_subquery(),
        )
        self._bring_back = compiled(
            made,
            update(t.tasks)
            .where(
                tasks.due_at > bindparam("now"),
                begun > bindparam("now"),
                tasks.due_at >= begun,
                tasks.due_at - begun < begun - bindparam("now"),
            )
            .values(due_at=tasks.due_at - begun + bindparam("now")),
        )
        self._next_task = compiled(made, select(func.min(tasks.due_at)))
        self._drop_tasks = compiled(made, delete(t.tasks).where(any_of(made, tasks.id, "ids")))

    def cases(self, connection: Connection, numbers: Iterable[int]) -> list[CaseRow]:
        """Return cases in order of number, locked where the database can lock rows."""
        return [CaseRow._make(row) for row in self._listing(connection, self._cases, numbers)]

    def cases_by_seq(self, connection: Connection, seq_nos: Iterable[str]) -> list[CaseRow]:
        """Return every case of these SeqNos, as ``cases``."""
        return [CaseRow._make(row) for row in self._listing(connection, self._by_seq, seq_nos)]

    def approved(
        self, connection: Connection, seq_nos: Iterable[str]
    ) -> dict[tuple[str, str], int]:
        """Return the chgTmsCnt of filings that were approved, by enterprise and SeqNo."""
        return {
            (enterprise, seq_no): change_no
            for enterprise, seq_no, change_no in self._listing(connection, self._approved, seq_nos)
        }

    def worklist(self, connection: Connection) -> int:
        """Return how many cases wait for a person."""
        return int(self._waiting.one(connection).scalar())

    def due_tasks(self, connection: Connection, now: int, most: int) -> list[TaskRow]:
        """Return the tasks that fell due, oldest first. Those that another process has locked are
        left out."""
        return [
            TaskRow._make(row) for row in self._one(connection, self._due_tasks, now=now, most=most)
        ]

    def bring_back(self, connection: Connection, now: int) -> int:
        """Let the tasks that were set after ``now`` begin at ``now`` instead, unless that would
        gain less than their own time; return how many that were. Done again it changes nothing."""
        return int(self._one(connection, self._bring_back, now=now).rowcount)

    def next_task(self, connection: Connection) -> int | None:
        """Return when the next task falls due; None when there is none."""
        at: int | None = self._next_task.one(connection).scalar()
        return at

    def drop_tasks(self, connection: Connection, ids: Sequence[int]) -> int:
        """Delete tasks, and return how many there were."""
        return int(self._drop_tasks.one(connection, self._list(ids)).rowcount)
