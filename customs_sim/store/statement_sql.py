"""Statements about statements of account, and about the entries that stand in them. Decides
nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text, update
from sqlalchemy.engine import Dialect

from customs_sim.store import tables as t
from customs_sim.store.group import StatementGroup
from customs_sim.store.rows import Deadline
from gateway.base.store import builders
from gateway.base.store.prepared import bulk_update, compiled

UNANSWERED = "status = 'open' AND answer_by > 0"
ON_DESK = "status IN ('overdue', 'disputed')"


class StatementSql(StatementGroup):
    """Statements of account: their rows, and which entries they claim."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self.add_statement = builders.whole_rows(
            dialect, t.statements, builders.insert(dialect, t.statements)
        )
        self.change_statement = bulk_update(
            dialect,
            t.statements,
            keys=("stmt_no", "version"),
            changes=("status", "answer_seq_no", "answered_at", "message"),
        )
        self._prepare_claims()
        self._prepare_statements()
        self._prepare_deadlines()

    def _prepare_claims(self) -> None:
        made, entries = self.dialect, t.ledger.c
        mine, unstated = entries.enterprise == bindparam("enterprise"), text("statement = 0")
        self._stated = compiled(
            made,
            select(*entries)
            .order_by(entries.at, entries.id)
            .where(mine, entries.statement == bindparam("statement")),
        )
        self._state = compiled(
            made,
            update(t.ledger)
            .where(mine, unstated, entries.at < bindparam("before"))
            .values(statement=bindparam("to")),
        )
        self._earliest = compiled(made, select(func.min(entries.at)).where(mine, unstated))
        self._enterprise = compiled(
            made,
            select(t.enterprises.c.code)
            .where(t.enterprises.c.code == bindparam("enterprise"))
            .with_for_update(),
        )

    def _prepare_statements(self) -> None:
        made, statements = self.dialect, t.statements.c
        latest = select(*statements).order_by(statements.number.desc(), statements.version.desc())
        self._last_statement = compiled(
            made, latest.where(statements.enterprise == bindparam("enterprise")).limit(1)
        )
        self._statement = compiled(
            made,
            latest.where(statements.stmt_no == bindparam("stmt_no")).limit(1).with_for_update(),
        )

    def _prepare_deadlines(self) -> None:
        made, statements = self.dialect, t.statements.c
        self._unanswered = compiled(
            made,
            select(statements.stmt_no, statements.enterprise)
            .where(statements.answer_by <= bindparam("now"), text(UNANSWERED))
            .order_by(statements.answer_by)
            .limit(bindparam("most")),
        )
        self._next_unanswered = compiled(
            made, select(func.min(statements.answer_by)).where(text(UNANSWERED))
        )

    def stated(self, connection: Connection, enterprise: str, statement: int) -> list[Any]:
        """Return the entries of ``enterprise`` that stand in the statement of this number, in order
        of time; 0: in none yet."""
        return list(self._one(connection, self._stated, enterprise=enterprise, statement=statement))

    def state(self, connection: Connection, enterprise: str, before: int, to: int) -> int:
        """Give all entries of ``enterprise`` older than ``before`` that stand in no statement to
        ``to``, and return how many these are."""
        return int(
            self._one(connection, self._state, enterprise=enterprise, before=before, to=to).rowcount
        )

    def earliest(self, connection: Connection, enterprise: str) -> int | None:
        """Return when the oldest entry was made that stands in no statement yet; None when all
        do."""
        at: int | None = self._one(connection, self._earliest, enterprise=enterprise).scalar()
        return at

    def last_statement(self, connection: Connection, enterprise: str) -> Any | None:
        """Return the latest version of the latest statement; None when there is none. Locks the
        enterprise: one unit at a time states its periods."""
        self._one(connection, self._enterprise, enterprise=enterprise).fetchall()
        return self._one(connection, self._last_statement, enterprise=enterprise).fetchone()

    def statement(self, connection: Connection, stmt_no: str) -> Any | None:
        """Return the latest version of one statement, locked; None when there is none."""
        return self._one(connection, self._statement, stmt_no=stmt_no).fetchone()

    def unanswered(self, connection: Connection, now: int, most: int) -> list[Deadline]:
        """Return statements that should have been answered by ``now`` and are not marked overdue
        yet."""
        rows = self._one(connection, self._unanswered, now=now, most=most)
        return [Deadline._make(row) for row in rows]

    def next_unanswered(self, connection: Connection) -> int | None:
        """Return when the next deadline of an open statement passes; None when none will."""
        at: int | None = self._next_unanswered.one(connection).scalar()
        return at
