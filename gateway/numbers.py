"""Numbers in blocks: archive ids and SeqNos are taken a thousand at a time, in a transaction of their own.

A block that a dead process took is a gap, and gaps are allowed (``contract.md`` 7); what is never allowed is a number twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, update

from gateway import tables as t
from gateway.adapters.sql import SqlStore
from gateway.adapters.statements import compiled

BLOCK = 1000


class Numbers:
    """Hands out numbers of named sequences. Used from the event loop only. ``block`` 1 in a seeded run."""

    def __init__(self, store: SqlStore, block: int = BLOCK) -> None:
        self._store, self._block = store, block
        self._free: dict[str, tuple[int, int]] = {}
        self._lock = asyncio.Lock()
        table = t.sequences
        self._read = compiled(store.dialect, select(table.c.next).where(table.c.name == bindparam("name")))
        self._take = compiled(store.dialect, update(table).where(table.c.name == bindparam("b_name"))
                              .values(next=table.c.next + bindparam("n")).returning(table.c.next))
        self._start = compiled(store.dialect, table.insert().values(name=bindparam("name"), next=bindparam("next")))

    async def take(self, name: str, n: int, *, start: int = 1) -> Sequence[int]:
        """``n`` numbers, ascending, never handed out before; ``start`` is the first number of a new sequence."""
        at, end = self._free.get(name, (0, 0))
        if end - at < n:
            async with self._lock:
                at, end = self._free.get(name, (0, 0))
                if end - at < n:
                    size = max(self._block, n)
                    at = await self._store.write(lambda c: self._block_of(c, name, size, start), first=True)
                    end = at + size
                self._free[name] = (at + n, end)
                return range(at, at + n)
        self._free[name] = (at + n, end)
        return range(at, at + n)

    def _block_of(self, connection: Connection, name: str, size: int, start: int) -> int:
        row = self._take.one(connection, size, name).fetchone()
        if row is None:
            self._start.one(connection, name, start + size)
            return start
        return int(row[0]) - size


def seq_no_start(year: int) -> int:
    """The first SeqNo of a year: four digits of year, fourteen of serial (``domain.md`` 5.3)."""
    return year * 10**14 + 1
