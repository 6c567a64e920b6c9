"""Statements about what came from customs: the feed, what waits, what was set aside. Decides
nothing."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, func, literal_column, select, update
from sqlalchemy.engine import Dialect

from gateway.base.store import builders
from gateway.base.store.prepared import compiled
from gateway.store import tables as t
from gateway.store.group import StatementGroup
from gateway.store.rows import WaitingRow

WAITING = t.waiting.c
ENDS = t.feed_ends.c


class ReceiptSql(StatementGroup):
    """The feed of each enterprise, marks of what waits, and the list of what was set aside."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self.insert_feed = builders.whole_rows(dialect, t.feed, builders.insert(dialect, t.feed))
        self.insert_parked = builders.whole_rows(
            dialect, t.parked, builders.insert(dialect, t.parked)
        )
        self._next_feed = compiled(
            dialect,
            update(t.feed_ends)
            .where(ENDS.enterprise == bindparam("b_enterprise"))
            .values(last=ENDS.last + bindparam("n"))
            .returning(ENDS.last),
        )
        self._first_feed = builders.whole_rows(
            dialect, t.feed_ends, builders.insert_new(dialect, t.feed_ends)
        )
        same = (WAITING.scope == bindparam("scope"), WAITING.message_id == bindparam("message_id"))
        self._waiting_since = compiled(dialect, select(WAITING.since, WAITING.tries).where(*same))
        self.put_waiting = builders.whole_rows(
            dialect, t.waiting, builders.upsert(dialect, t.waiting, ("scope", "message_id"))
        )
        self.drop_waiting = compiled(dialect, delete(t.waiting).where(*same))
        self._any_waiting = compiled(dialect, select(WAITING.message_id).limit(literal_column("1")))
        self._parked_total = compiled(dialect, select(func.count()).select_from(t.parked))

    def feed_numbers(self, connection: Connection, enterprise: str, n: int) -> int:
        """Take ``n`` feed numbers of an enterprise and return the first of them. They have no gap,
        because they are part of the transaction."""
        last = self._next_feed.one(connection, n, enterprise).scalar()
        if last is None:
            self._first_feed.many(connection, [(enterprise, 0, 0)])
            last = self._next_feed.one(connection, n, enterprise).scalar()
        return int(last) - n + 1

    def waiting_since(
        self, connection: Connection, scope: str, message_id: str
    ) -> WaitingRow | None:
        """Return the mark of a message that had to wait; None when it had not."""
        row = self._waiting_since.one(connection, scope, message_id).fetchone()
        return None if row is None else WaitingRow._make(row)

    def any_waiting(self, connection: Connection) -> bool:
        """Return whether the store holds such a mark."""
        return self._any_waiting.one(connection).fetchone() is not None

    def is_parked(self, connection: Connection, message_id: str, reason: str) -> bool:
        """Return whether a message stands in the list for this reason already."""
        same = select(t.parked.c.id).where(
            t.parked.c.message_id == message_id, t.parked.c.reason == reason
        )
        return connection.execute(same).first() is not None

    def parked_total(self, connection: Connection) -> int:
        """Return how many messages are set aside."""
        return int(self._parked_total.one(connection).scalar())
