"""Numbers in blocks: archive ids and SeqNos are taken a thousand at a time, in a transaction of
their own.

A block that a dead process took is a gap, and gaps are allowed (``docs/contract.md`` 7); what is
never allowed is a number twice, not even after the store was restored from an older copy. So what
others are told of (SeqNo, and the archive id in a GatewayMsgId) begins at least where the time says
(``gateway.base.serials``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, bindparam, case, func, select, update

from gateway.base.ports import Clock
from gateway.base.serials import serial_floor
from gateway.base.store.prepared import compiled
from gateway.base.store.sql import SqlStore
from gateway.store import tables as t

BLOCK = 1000
TOLD = ("seq_no.", "messages")
"""Sequences whose numbers others are told."""


class Numbers:
    """Hands out numbers of named sequences. Used from the event loop only. ``block`` 1 in a seeded
    run, whose numbers do not depend on the time. ``wall``: the system's clock."""

    def __init__(
        self, store: SqlStore, block: int = BLOCK, *, seeded: bool = False, wall: Clock
    ) -> None:
        self._store, self._block, self._seeded, self._wall = store, block, seeded, wall
        self._free: dict[str, tuple[int, int]] = {}
        self._lock = asyncio.Lock()
        table = t.sequences
        self._read = compiled(
            store.dialect, select(table.c.next).where(table.c.name == bindparam("name"))
        )
        floor = bindparam("floor", type_=BigInteger)
        self._take = compiled(
            store.dialect,
            update(table)
            .where(table.c.name == bindparam("b_name"))
            .values(next=case((table.c.next < floor, floor), else_=table.c.next) + bindparam("n"))
            .returning(table.c.next),
        )
        self._start = compiled(
            store.dialect, table.insert().values(name=bindparam("name"), next=bindparam("next"))
        )

    async def take(self, name: str, n: int, *, start: int = 1) -> Sequence[int]:
        """Return ``n`` numbers, ascending, never handed out before. ``start`` is the first number
        of a new sequence."""
        at, end = self._free.get(name, (0, 0))
        if end - at < n:
            async with self._lock:
                at, end = self._free.get(name, (0, 0))
                if end - at < n:
                    size = max(self._block, n)
                    at = await self._store.write(
                        lambda c: self._block_of(c, name, size, start), first=True
                    )
                    end = at + size
                self._free[name] = (at + n, end)
                return range(at, at + n)
        self._free[name] = (at + n, end)
        return range(at, at + n)

    def take_here(self, connection: Connection, name: str, n: int) -> Sequence[int]:
        """Return ``n`` numbers of a sequence, taken in the transaction of ``connection``: for the
        command line."""
        at = self._block_of(connection, name, n, 1)
        return range(at, at + n)

    def exact(
        self, connection: Connection, ids: Sequence[int], seqs: Sequence[int]
    ) -> tuple[Sequence[int], Sequence[int]]:
        """Return archive ids and SeqNos as a unit uses them: those taken, but in a seeded run those
        that follow the last ones stored.

        There a number depends only on what is durable: what a crash cut off, or a repeat took in
        vain, leaves no gap. Only for one process on its store."""
        if not self._seeded:
            return ids, seqs
        parked = select(
            func.max(t.parked.c.id)
        ).scalar_subquery()  # what was set aside has left the archive
        last_id, last_aside = connection.execute(select(func.max(t.messages.c.id), parked)).one()
        first = max(last_id or 0, last_aside or 0) + 1
        ids = range(first, first + len(ids))
        if seqs:
            start = seqs[0] - seqs[0] % 10**14 + 1
            column = t.declarations.c.seq_no
            last = connection.execute(
                select(func.max(column)).where(column >= start, column < start + 10**14 - 1)
            ).scalar()
            first = start if last is None else int(last) + 1
            seqs = range(first, first + len(seqs))
        return ids, seqs

    def _block_of(self, connection: Connection, name: str, size: int, start: int) -> int:
        told = not self._seeded and name.startswith(TOLD)
        floor = start + (serial_floor(self._wall.now()) if told else 0)
        end = self._take.one(connection, floor, floor, size, name).scalar()
        if end is None:
            self._start.one(connection, name, floor + size)
            return floor
        return int(end) - size


def seq_no_start(year: int) -> int:
    """Return the first SeqNo of a year: four digits of year, fourteen of serial (``docs/wire.md``
    5.3)."""
    return year * 10**14 + 1
