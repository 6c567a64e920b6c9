"""Statements about the outbox: answers that are committed and not yet confirmed by the broker.
Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, func, literal_column, select, update
from sqlalchemy.engine import Dialect

from customs_sim.store import tables as t
from customs_sim.store.group import StatementGroup
from customs_sim.store.rows import OutboxRow
from gateway.base.store import builders
from gateway.base.store.prepared import any_of, compiled


class OutboxSql(StatementGroup):
    """The outbox. Due times are wall time, in microseconds UTC."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        outbox = t.outbox.c
        mine = any_of(dialect, outbox.id, "ids")
        self.add_outbox = builders.whole_rows(dialect, t.outbox, builders.insert(dialect, t.outbox))
        self._due_outbox = compiled(
            dialect,
            select(*outbox)
            .where(outbox.due_at <= bindparam("now"))
            .order_by(outbox.due_at, outbox.id)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True),
        )
        self._lease_outbox = compiled(
            dialect, update(t.outbox).where(mine).values(due_at=bindparam("until"))
        )
        self._next_outbox = compiled(dialect, select(func.min(outbox.due_at)))
        self._drop_outbox = compiled(dialect, delete(t.outbox).where(mine))
        self._waiting_out = compiled(
            dialect,
            select(func.coalesce(func.sum(outbox.n), literal_column("0")), func.min(outbox.due_at)),
        )

    def due_outbox(self, connection: Connection, now: int, most: int) -> list[OutboxRow]:
        """Return what is to be sent by ``now``, oldest first. Rows that another process has locked
        are left out."""
        return [
            OutboxRow._make(row)
            for row in self._one(connection, self._due_outbox, now=now, most=most)
        ]

    def lease_outbox(self, connection: Connection, ids: Sequence[int], until: int) -> None:
        """Keep other processes off these rows until the wall time ``until``."""
        self._one(connection, self._lease_outbox, ids=self._list(ids), until=until)

    def next_outbox(self, connection: Connection) -> int | None:
        """Return when the next row falls due; None when there is none."""
        at: int | None = self._next_outbox.one(connection).scalar()
        return at

    def drop_outbox(self, connection: Connection, ids: Sequence[int]) -> int:
        """Delete rows, and return how many there were."""
        return int(self._drop_outbox.one(connection, self._list(ids)).rowcount)

    def waiting_out(self, connection: Connection) -> tuple[int, int | None]:
        """Return how many messages wait to be sent, and when the oldest fell due."""
        count, oldest = self._waiting_out.one(connection).fetchone()
        return int(count), None if oldest is None else int(oldest)
