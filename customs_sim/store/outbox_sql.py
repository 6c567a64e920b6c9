"""Statements about the outbox: answers that are committed and not yet confirmed by the broker.
Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, func, literal_column, or_, select, update
from sqlalchemy.engine import Dialect

from customs_sim.store import tables as t
from customs_sim.store.group import StatementGroup
from customs_sim.store.rows import OutboxRow
from gateway.base.relay import LONGEST_RETRY
from gateway.base.store import builders
from gateway.base.store.prepared import any_of, compiled

LATEST = int(LONGEST_RETRY * 1_000_000)
"""Microseconds ahead that a row may be due."""


class OutboxSql(StatementGroup):
    """The outbox. Due times are wall time, in microseconds UTC.

    Wall time jumps: what is due later than anything ever is was dated by a clock that has been set
    back since, and counts as due.
    """

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        outbox = t.outbox.c
        mine = any_of(dialect, outbox.id, "ids")
        self.add_outbox = builders.whole_rows(dialect, t.outbox, builders.insert(dialect, t.outbox))
        self._due_outbox = compiled(
            dialect,
            select(*outbox)
            .where(or_(outbox.due_at <= bindparam("now"), outbox.due_at > bindparam("latest")))
            .order_by(outbox.id)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True),
        )
        self._lease_outbox = compiled(
            dialect, update(t.outbox).where(mine).values(due_at=bindparam("until"))
        )
        # Two looks at the index: an expression over the column would walk the whole outbox.
        first = select(func.min(outbox.due_at)).scalar_subquery()
        last = select(func.max(outbox.due_at)).scalar_subquery()
        self._next_outbox = compiled(dialect, select(first, last))
        self._bring_forward = compiled(
            dialect,
            update(t.outbox)
            .where(outbox.due_at > bindparam("due"))
            .values(due_at=bindparam("due")),
        )
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
            for row in self._one(
                connection, self._due_outbox, now=now, latest=now + LATEST, most=most
            )
        ]

    def bring_forward(self, connection: Connection, due: int) -> None:
        """Let every row be due by the wall time ``due``."""
        self._one(connection, self._bring_forward, due=due)

    def lease_outbox(self, connection: Connection, ids: Sequence[int], until: int) -> None:
        """Keep other processes off these rows until the wall time ``until``."""
        self._one(connection, self._lease_outbox, ids=self._list(ids), until=until)

    def next_outbox(self, connection: Connection, now: int) -> int | None:
        """Return when the next row falls due; None when there is none."""
        first, last = self._next_outbox.one(connection).fetchone()
        if last is None or last <= now + LATEST:
            return None if first is None else int(first)
        return min(int(first), now - LATEST)

    def drop_outbox(self, connection: Connection, ids: Sequence[int]) -> int:
        """Delete rows, and return how many there were."""
        return int(self._drop_outbox.one(connection, self._list(ids)).rowcount)

    def waiting_out(self, connection: Connection) -> tuple[int, int | None]:
        """Return how many messages wait to be sent, and when the oldest fell due."""
        count, oldest = self._waiting_out.one(connection).fetchone()
        return int(count), None if oldest is None else int(oldest)
