"""Numbers that customs gives out: 总担保, 征收单, 退转单; ids of messages; blocks of serials from
the store. Knows no content."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from customs_sim.store.sql import Sql
from gateway.base.ports import Store

MESSAGE, CASE, TASK, OUTBOX, PARKED, AUDIT = "message", "case", "task", "outbox", "parked", "audit"


class Short(Exception):
    """A unit needs more numbers than are at hand; the shell takes a block and runs the unit
    again."""

    def __init__(self, needs: Mapping[str, int]) -> None:
        super().__init__(", ".join(f"{count} of {name}" for name, count in needs.items()))
        self.needs = needs


class Blocks:
    """Serials taken from the store ``block`` at a time, in a transaction of their own; unused ones
    are gaps (``docs/contract.md`` 7).

    ``draw`` and ``require`` may be called from any thread and never touch the store.
    """

    def __init__(self, store: Store, sql: Sql, block: int = 1000) -> None:
        self._store, self._sql, self._block = store, sql, block
        self._free: dict[str, deque[int]] = {}
        self._lock = threading.Lock()

    def require(self, needs: Mapping[str, int]) -> None:
        """Raise Short unless each sequence has as many numbers at hand. Draws none: a unit asks
        before it begins."""
        with self._lock:
            short = {
                name: count - have
                for name, count in needs.items()
                if (have := len(self._free.get(name, ()))) < count
            }
        if short:
            raise Short(short)

    def draw(self, name: str) -> int:
        """The next serial of ``name``; Short when none is at hand."""
        with self._lock:
            free = self._free.get(name)
            if not free:
                raise Short({name: 1})
            return free.popleft()

    def give_back(self, drawn: Sequence[tuple[str, int]]) -> None:
        """Numbers that a unit drew and did not use, because it will run again; newest last."""
        with self._lock:
            for name, number in reversed(drawn):
                self._free.setdefault(name, deque()).appendleft(number)

    async def refill(self, needs: Mapping[str, int]) -> None:
        """Take a block of each sequence, or more where more is needed. Raises what the store
        raises."""
        wanted = {name: max(self._block, count) for name, count in sorted(needs.items())}

        def take(connection: Connection) -> dict[str, range]:
            return {
                name: self._sql.take_numbers(connection, name, count)
                for name, count in wanted.items()
            }

        taken = await self._store.write(take)
        with self._lock:
            for name, serials in taken.items():
                self._free.setdefault(name, deque()).extend(serials)


class Drawer(Blocks):
    """The numbers of one unit: the same blocks, and what was drawn from them, so that a unit that
    runs again for want of numbers wastes none."""

    def __init__(self, blocks: Blocks) -> None:
        self._store, self._sql, self._block = blocks._store, blocks._sql, blocks._block
        self._free, self._lock = blocks._free, blocks._lock
        self._drawn: list[tuple[str, int]] = []

    def draw(self, name: str) -> int:
        number = super().draw(name)
        self._drawn.append((name, number))
        return number

    def undo(self) -> None:
        """Give everything back: the transaction was rolled back before anything could see the
        numbers."""
        self.give_back(self._drawn)
        self._drawn.clear()


class SeededDrawer(Drawer):
    """The numbers of one unit of a seeded run, drawn in its own transaction: what was rolled back,
    or cut off by a crash, has used none, so that the run without the crash has the same numbers.
    Slow, and only for one process on its store.
    """

    def __init__(self, blocks: Blocks, connection: Connection) -> None:
        super().__init__(blocks)
        self._connection = connection

    def require(self, needs: Mapping[str, int]) -> None:
        """Never Short: a number is taken when it is drawn."""

    def draw(self, name: str) -> int:
        return self._sql.take_numbers(self._connection, name, 1)[0]
