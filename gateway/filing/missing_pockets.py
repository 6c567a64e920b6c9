"""Gaps that customs cannot see: a group of pockets whose declaration itself never came.

While the structured pocket is missing, nothing of the group goes to customs, so nobody there can
report the gap as it does for others (``docs/decisions/0010-pockets.md``). After the same time, in
business time, the gateway says so itself: the draft that holds the files gets a timeline entry and
``undeliverable``, which names the missing pockets. It stays a draft.
"""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, Select, or_, select, update

from gateway.base.store.sql import SqlStore
from gateway.filing.pocket_groups import WAITING
from gateway.store import tables as t
from gateway.store.sql import Sql
from handlers.declaration import Declaration, Entry
from handlers.lifecycle import Event
from schemas.times import micros

MOST = 100
"""Groups in one unit; the next look takes the rest."""


class GroupRow(NamedTuple):
    """A group whose files wait, in the order of the table's columns.

    Attributes:
        seq_no: The draft that holds its files.
        total: How many pockets make it up.
        waits_since: Business time, in microseconds UTC.
    """

    enterprise: str
    pocket_id: str
    seq_no: int
    total: int
    waits_since: int


class Gaps:
    """Reports groups that waited too long. ``wait``: seconds of business time, the ``pocket_wait``
    of customs."""

    def __init__(self, store: SqlStore, sql: Sql, wait: float) -> None:
        self._store, self._sql, self._wait = store, sql, int(wait * 1_000_000)
        g = t.pocket_groups
        self._overdue = (
            select(g).where(g.c.waits_since.is_not(None)).order_by(g.c.waits_since).limit(MOST)
        )

    async def report(self, now: datetime) -> int:
        """Report what is overdue at ``now`` and return how many groups were. A look at a store
        without any writes nothing.

        A group that waits since a moment still to come was dated by a clock that has been set back
        since: its time begins anew.
        """
        at = micros(now)
        since = t.pocket_groups.c.waits_since
        wanted = self._overdue.where(or_(since <= at - self._wait, since > at))
        if not await self._store.read(lambda c: c.execute(wanted).first()):
            return 0
        overdue = self._overdue.where(since <= at - self._wait)
        return await self._store.write(functools.partial(self._report, overdue=overdue, at=at))

    def _report(self, connection: Connection, *, overdue: Select[Any], at: int) -> int:
        g = t.pocket_groups
        connection.execute(update(g).where(g.c.waits_since > at).values(waits_since=at))
        # Locked in the order in which a pocket locks them: the group, then its declaration. Another
        # process leaves them alone.
        rows = connection.execute(overdue.with_for_update(skip_locked=True)).fetchall()
        return sum(self._report_group(connection, GroupRow._make(row)) for row in rows)

    def _report_group(self, connection: Connection, group: GroupRow) -> int:
        g, p = t.pocket_groups, t.pockets
        connection.execute(
            update(g)
            .where(g.c.enterprise == group.enterprise, g.c.pocket_id == group.pocket_id)
            .values(waits_since=None)
        )
        draft = self._sql.declarations_by_seq(connection, [group.seq_no]).get(group.seq_no)
        if draft is None or draft.deleted or draft.kind != WAITING:
            return 0
        here = set(
            connection.execute(
                select(p.c.number).where(
                    p.c.enterprise == group.enterprise, p.c.pocket_id == group.pocket_id
                )
            ).scalars()
        )
        missing = [n for n in range(1, group.total + 1) if n not in here]
        moved, entry = gap(
            draft, group.pocket_id, missing, self._wait // 1_000_000, group.waits_since + self._wait
        )
        self._sql.move(connection, [(draft, moved)])
        self._sql.add_entries(connection, [entry])
        return 1


def gap(
    draft: Declaration, pocket_id: str, missing: list[int], waited: int, at: int
) -> tuple[Declaration, Entry]:
    """Return the draft with its explanation, and the line of its timeline, both as of the moment
    ``at`` when the time was over. ``waited`` is in seconds."""
    numbers = ", ".join(map(str, missing))
    note = (
        f"分包 {pocket_id} 等候 {waited} 秒后仍不完整, 缺第 {numbers} 个子报文, 其中有申报报文本体;"
        f" 附件尚未发往海关, 补报后即继续 / group {pocket_id} is incomplete after {waited} s,"
        f" missing pockets: {numbers}, the declaration itself among them; its files were not sent"
        " to customs and go on once it comes"
    )
    moved = replace(draft, undeliverable=note, events=draft.events + 1, updated_at=at)
    return moved, Entry(
        seq_no=draft.seq_no,
        n=moved.events,
        at=at,
        event=Event.UNDELIVERED,
        status=draft.status,
        attempt=draft.attempt,
        source="gateway",
        note=note,
    )
