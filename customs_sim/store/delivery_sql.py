"""Statements about what became of messages that customs sends: what waits in the outbox, what a
fault made of them, what was set aside. Run for pages and lists only. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, select, text

from customs_sim.store import steering_tables as s
from customs_sim.store import tables as t
from gateway.base.store.prepared import any_of, array

DUE = "send"
"""``c_tasks.step`` of what a fault keeps back: its ``case_no`` is a number in c_disturbed."""


SENT, WAITING, DISTURBED = "sent", "waiting", "disturbed"
ONLY = (SENT, WAITING, DISTURBED)
"""What the archive can be narrowed to: what was sent today, what the gateway has not taken yet, and
what a fault changed today."""


class Record(NamedTuple):
    """What goes out in the place of one message: a row of c_disturbed without its body.

    Attributes:
        message: Archive id of what should have gone out.
        message_id: CopMsgId of what goes out; empty: nothing does.
        due_at: Business time of sending; 0: at once.
    """

    id: int
    message: int
    fault: str
    message_id: str
    due_at: int


def waiting_items(connection: Connection) -> set[int]:
    """Return the items of every row of the outbox: archive ids; negative: numbers in
    c_disturbed."""
    rows = connection.execute(select(t.outbox.c["items"]))
    return {item for (row,) in rows for item in msgspec.json.decode(row, type=list[int])}


def waiting_messages(connection: Connection) -> list[int]:
    """Return the archive ids of messages of which something waits in the outbox, in order."""
    items = waiting_items(connection)
    numbers = array(connection.dialect, [-item for item in items if item < 0])
    d = s.disturbed.c
    told = select(d.message).where(any_of(connection.dialect, d.id, "numbers"))
    changed = connection.scalars(told, {"numbers": numbers})
    return sorted({item for item in items if item > 0}.union(changed))


def narrowed(connection: Connection, only: str, begins: int, ends: int) -> ColumnElement[bool]:
    """Return the condition of ``only``, a word of ONLY, on messages of the archive. The day is that
    from ``begins`` up to ``ends``, business time."""
    m, d = t.messages.c, s.disturbed.c
    if only == SENT:
        return and_(text("direction = 'out'"), m.at >= begins, m.at < ends)
    if only == DISTURBED:
        return m.id.in_(select(d.message).where(d.at >= begins, d.at < ends))
    ids = array(connection.dialect, waiting_messages(connection))
    own = t.messages.alias().c.id
    held = select(own).where(any_of(connection.dialect, own, "waiting"))
    return m.id.in_(held.params(waiting=ids))


def records_of(connection: Connection, messages: Iterable[int]) -> list[Record]:
    """Return what goes out in the place of these messages, in order."""
    d = s.disturbed.c
    rows = connection.execute(
        select(d.id, d.message, d.fault, d.message_id, d.due_at)
        .where(d.message.in_(list(messages)))
        .order_by(d.id)
    )
    return [Record._make(row) for row in rows]


def kept_back(connection: Connection, numbers: Sequence[int]) -> set[int]:
    """Return those numbers in c_disturbed that a fault still keeps back."""
    c = t.tasks.c
    rows = connection.execute(select(c.case_no).where(c.step == DUE, c.case_no.in_(numbers)))
    return set(rows.scalars())


def set_aside(connection: Connection, broker_ids: Sequence[str]) -> set[str]:
    """Return those ids at the broker under which a message of customs was set aside."""
    c = t.parked.c
    rows = connection.execute(
        select(c.message_id).where(c.direction == "out", c.message_id.in_(broker_ids))
    )
    return set(rows.scalars())


def unsent(connection: Connection) -> tuple[int, int]:
    """Return how many messages wait in the outbox, and how many a fault keeps back."""
    waiting: Any = connection.execute(select(func.coalesce(func.sum(t.outbox.c.n), 0))).scalar()
    kept = select(func.count()).select_from(t.tasks).where(t.tasks.c.step == DUE)
    return int(waiting), int(connection.execute(kept).scalar_one())
