"""Statements about the outbox: what is committed and not yet confirmed by the broker. Decides
nothing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.engine import Dialect

from gateway.base.relay import LONGEST_RETRY
from gateway.base.store import builders
from gateway.base.store.prepared import any_of, compiled
from gateway.store import tables as t
from gateway.store.group import StatementGroup
from gateway.store.rows import DueRow, SendRow

LATEST = int(LONGEST_RETRY * 1_000_000)
"""Microseconds ahead that a row may be due."""
OUTBOX = t.outbox.c
MESSAGES = t.messages.c


class OutboxSql(StatementGroup):
    """The outbox. Due times and leases are wall time, in microseconds UTC.

    Wall time jumps. So a row that is due, or leased, for longer than any row ever is was dated by a
    clock that has been set back since, and counts as due and free.
    """

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        of_id = OUTBOX.id == bindparam("b_id")
        self._insert_outbox = builders.whole_rows(
            dialect, t.outbox, builders.insert(dialect, t.outbox)
        )
        self._drop_outbox = compiled(dialect, delete(t.outbox).where(of_id))
        self._postpone_outbox = compiled(
            dialect,
            update(t.outbox)
            .where(of_id)
            .values(
                parts=bindparam("parts"),
                n=bindparam("n"),
                due_at=bindparam("due_at"),
                tries=bindparam("tries"),
            ),
        )
        self._due_outbox = compiled(
            dialect,
            select(OUTBOX.id, OUTBOX.parts, OUTBOX.n, OUTBOX.tries)
            .where(
                or_(OUTBOX.due_at <= bindparam("now"), OUTBOX.due_at > bindparam("latest")),
                or_(
                    OUTBOX.lease_until <= bindparam("now"),
                    OUTBOX.lease_until > bindparam("longest_lease"),
                ),
            )
            .order_by(OUTBOX.id)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True),
        )
        self._lease_outbox = compiled(
            dialect,
            update(t.outbox)
            .where(any_of(dialect, OUTBOX.id, "ids"))
            .values(lease_until=bindparam("until")),
        )
        # What the first statement above takes as due or free is so now.
        due_at = case(
            (OUTBOX.due_at > bindparam("latest"), bindparam("overdue")), else_=OUTBOX.due_at
        )
        leased = and_(OUTBOX.lease_until > due_at, OUTBOX.lease_until <= bindparam("longest_lease"))
        self._next_due = compiled(
            dialect, select(func.min(case((leased, OUTBOX.lease_until), else_=due_at)))
        )
        self._bring_forward = compiled(
            dialect,
            update(t.outbox)
            .where(or_(OUTBOX.due_at > bindparam("due"), OUTBOX.lease_until > bindparam("free")))
            .values(
                due_at=case(
                    (OUTBOX.due_at > bindparam("due"), bindparam("due")), else_=OUTBOX.due_at
                ),
                lease_until=case(
                    (OUTBOX.lease_until > bindparam("free"), bindparam("free")),
                    else_=OUTBOX.lease_until,
                ),
            ),
        )
        self._to_send = compiled(
            dialect,
            select(
                MESSAGES.id,
                MESSAGES.body,
                MESSAGES.message_type,
                MESSAGES.seq_no,
                MESSAGES.attempt,
                MESSAGES.flag,
                MESSAGES.message_id,
                MESSAGES.at,
            )
            .where(any_of(dialect, MESSAGES.id, "ids"))
            .order_by(MESSAGES.id),
        )
        self._backlog = compiled(
            dialect, select(func.coalesce(func.sum(OUTBOX.n), 0), func.min(OUTBOX.at))
        )

    def add_outbox(
        self, connection: Connection, outbox_id: int, ids: Sequence[int], at: int, lease_until: int
    ) -> None:
        """Store a row that stands for the archived messages ``ids``; until ``lease_until`` its
        writer sends it."""
        row = (outbox_id, _parts(ids), len(ids), at, lease_until, 0, at)
        self._insert_outbox.many(connection, [row])

    def due_outbox(
        self, connection: Connection, now: int, *, longest_lease: int, most: int
    ) -> list[DueRow]:
        """Return rows that are due by ``now`` and that nobody has a lease of, oldest first. A lease
        is at most ``longest_lease`` microseconds. Rows that another process has locked are left
        out."""
        rows = self._one(
            connection,
            self._due_outbox,
            now=now,
            latest=now + LATEST,
            longest_lease=now + longest_lease,
            most=most,
        )
        return [DueRow._make(row) for row in rows]

    def bring_forward(self, connection: Connection, *, due: int, free: int) -> None:
        """Let every row be due by ``due`` and free of its lease by ``free``."""
        self._one(connection, self._bring_forward, due=due, free=free)

    def lease_outbox(self, connection: Connection, ids: Sequence[int], until: int) -> None:
        """Keep other processes off these rows until the wall time ``until``."""
        self._lease_outbox.one(connection, until, self._list(ids))

    def postpone_outbox(
        self, connection: Connection, outbox_id: int, ids: Sequence[int], *, due_at: int, tries: int
    ) -> None:
        """Let a row stand for ``ids`` alone, to be sent at ``due_at``."""
        row = (_parts(ids), len(ids), due_at, tries, outbox_id)
        self._postpone_outbox.many(connection, [row])

    def drop_outbox(self, connection: Connection, ids: Sequence[int]) -> None:
        """Delete rows."""
        self._drop_outbox.many(connection, [(outbox_id,) for outbox_id in ids])

    def next_due(self, connection: Connection, now: int, *, longest_lease: int) -> int | None:
        """Return when the next row is due and free of its lease; None without a row."""
        at: int | None = self._one(
            connection,
            self._next_due,
            latest=now + LATEST,
            overdue=now - LATEST,
            longest_lease=now + longest_lease,
        ).scalar()
        return at

    def to_send(self, connection: Connection, ids: Sequence[int]) -> list[SendRow]:
        """Return messages of the archive by their ids, in order."""
        return [SendRow._make(row) for row in self._to_send.one(connection, self._list(ids))]

    def backlog(self, connection: Connection) -> tuple[int, int | None]:
        """Return how many messages wait to be sent, and since when the oldest does."""
        count, oldest = self._backlog.one(connection).fetchone()
        return int(count), oldest


def _parts(ids: Sequence[int]) -> str:
    return msgspec.json.encode(list(ids)).decode()
