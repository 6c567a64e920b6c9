"""Gaps that customs cannot see: a group of pockets whose declaration itself never came.

While the structured pocket is missing, nothing of the group goes to customs, so nobody there can
report the gap as it does for others (``docs/decisions/0010-pockets.md``). After the same time, in
business time, the gateway says so itself: the draft that holds the files gets a timeline entry and
``undeliverable``, which names the missing pockets. It stays a draft.
"""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, select, update

from gateway.base.store.sql import SqlStore
from gateway.filing.pocket_groups import WAITING
from gateway.store import tables as t
from gateway.store.sql import Verbs
from handlers.declaration import Declaration, Entry
from handlers.lifecycle import Event
from schemas.times import micros

MOST = 100
"""Groups in one unit; the next look takes the rest."""


class Gaps:
    """Reports groups that waited too long. ``wait``: seconds of business time, the ``pocket_wait``
    of customs."""

    def __init__(self, store: SqlStore, verbs: Verbs, wait: float) -> None:
        self._store, self._verbs, self._wait = store, verbs, int(wait * 1_000_000)
        g = t.pocket_groups
        self._overdue = (
            select(g).where(g.c.waits_since.is_not(None)).order_by(g.c.waits_since).limit(MOST)
        )

    async def report(self, now: datetime) -> int:
        """Report what is overdue at ``now``; how many were. A look that finds nothing writes
        nothing."""
        until = micros(now) - self._wait
        overdue = self._overdue.where(t.pocket_groups.c.waits_since <= until)
        if not await self._store.read(lambda c: c.execute(overdue).first()):
            return 0
        return await self._store.write(functools.partial(self._unit, overdue=overdue))

    def _unit(self, connection: Connection, *, overdue: Any) -> int:
        # Locked in the order in which a pocket locks them: the group, then its declaration. Another
        # process leaves them alone.
        rows = connection.execute(overdue.with_for_update(skip_locked=True)).fetchall()
        return sum(self._one(connection, row) for row in rows)

    def _one(self, connection: Connection, row: Any) -> int:
        g, p = t.pocket_groups, t.pockets
        connection.execute(
            update(g)
            .where(g.c.enterprise == row.enterprise, g.c.pocket_id == row.pocket_id)
            .values(waits_since=None)
        )
        held = self._verbs.declarations_by_seq(connection, [row.seq_no]).get(row.seq_no)
        if held is None or held.deleted or held.kind != WAITING:
            return 0
        here = set(
            connection.execute(
                select(p.c.number).where(
                    p.c.enterprise == row.enterprise, p.c.pocket_id == row.pocket_id
                )
            ).scalars()
        )
        missing = [n for n in range(1, row.total + 1) if n not in here]
        moved, entry = gap(
            held, row.pocket_id, missing, self._wait // 1_000_000, row.waits_since + self._wait
        )
        self._verbs.move(connection, [(held, moved)])
        self._verbs.add_entries(connection, [entry])
        return 1


def gap(
    held: Declaration, pocket_id: str, missing: list[int], waited: int, at: int
) -> tuple[Declaration, Entry]:
    """The draft with its explanation, and the line of its timeline, both as of the moment when the
    time was over."""
    numbers = ", ".join(map(str, missing))
    note = (
        f"分包 {pocket_id} 等候 {waited} 秒后仍不完整, 缺第 {numbers} 个子报文, 其中有申报报文本体;"
        f" 附件尚未发往海关, 补报后即继续 / group {pocket_id} is incomplete after {waited} s,"
        f" missing pockets: {numbers}, the declaration itself among them; its files were not sent"
        " to customs and go on once it comes"
    )
    moved = replace(held, undeliverable=note, events=held.events + 1, updated_at=at)
    return moved, Entry(
        seq_no=held.seq_no,
        n=moved.events,
        at=at,
        event=Event.UNDELIVERED,
        status=held.status,
        attempt=held.attempt,
        source="gateway",
        note=note,
    )
