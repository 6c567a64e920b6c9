"""The numbers that one unit draws, from blocks of serials that are taken from the store. Knows
nothing of what is numbered."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection

from customs_sim.store.sql import Sql
from gateway.base.ports import Clock, Store
from gateway.base.serials import serial_floor

MESSAGE, CASE, TASK, OUTBOX, PARKED, AUDIT = "message", "case", "task", "outbox", "parked", "audit"
PENDING = "pending"
INTERNAL = frozenset({MESSAGE, CASE, TASK, OUTBOX, PARKED, AUDIT, PENDING})
"""Sequences whose numbers leave customs in no message. All others number what enterprises are told
of, and a number must not come back when an older copy of the store is restored
(``gateway.base.serials``)."""


class Short(Exception):
    """A unit needs more numbers than are at hand. Refill the blocks with ``needs`` and run it
    again."""

    def __init__(self, needs: Mapping[str, int]) -> None:
        super().__init__(", ".join(f"{count} of {name}" for name, count in needs.items()))
        self.needs = needs


class Blocks:
    """Serials by sequence, taken from the store at least ``block`` at a time in a transaction of
    their own. Unused ones are gaps (``docs/contract.md`` 7).

    ``draw`` and ``require`` may be called from any thread and never touch the store.
    """

    def __init__(
        self, store: Store, sql: Sql, block: int = 1000, *, wall: Clock | None = None
    ) -> None:
        """``wall``: the system's clock; None in a seeded run, whose numbers do not depend on the
        time."""
        self._store, self._sql, self._block, self._wall = store, sql, block, wall
        self._free: dict[str, deque[int]] = {}
        self._lock = threading.Lock()

    def require(self, needs: Mapping[str, int]) -> None:
        """Raise Short unless each sequence has as many numbers at hand. Draws none: a unit asks
        before it begins, so that it need not run twice."""
        with self._lock:
            short = {
                name: count - have
                for name, count in needs.items()
                if (have := len(self._free.get(name, ()))) < count
            }
        if short:
            raise Short(short)

    def draw(self, name: str) -> int:
        """Return the next serial of ``name``; raise Short when none is at hand."""
        with self._lock:
            free = self._free.get(name)
            if not free:
                raise Short({name: 1})
            return free.popleft()

    def give_back(self, drawn: Sequence[tuple[str, int]]) -> None:
        """Take back numbers that a unit drew and did not use, because it will run again; newest
        last."""
        with self._lock:
            for name, number in reversed(drawn):
                self._free.setdefault(name, deque()).appendleft(number)

    def take_one(self, connection: Connection, name: str) -> int:
        """Take the next serial of ``name`` from the store, in the transaction of ``connection``."""
        return self._sql.take_numbers(connection, name, 1)[0]

    async def refill(self, needs: Mapping[str, int]) -> None:
        """Take a block of each sequence, or more where more is needed. Raise what the store
        raises."""
        wanted = {name: max(self._block, count) for name, count in sorted(needs.items())}
        least = serial_floor(self._wall.now()) if self._wall else 0

        def take(connection: Connection) -> dict[str, range]:
            return {
                name: self._sql.take_numbers(
                    connection, name, count, floor=0 if name in INTERNAL else least
                )
                for name, count in wanted.items()
            }

        taken = await self._store.write(take)
        with self._lock:
            for name, serials in taken.items():
                self._free.setdefault(name, deque()).extend(serials)


class Serials(Protocol):
    """Where the numbers of one unit come from."""

    def require(self, needs: Mapping[str, int]) -> None:
        """Raise Short unless each sequence has as many numbers at hand."""

    def draw(self, name: str) -> int:
        """Return the next serial of ``name``; raise Short when none is at hand."""
        ...


class Drawer:
    """The numbers of one unit. Remembers what was drawn, so that a unit that runs again for want of
    numbers wastes none."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._drawn: list[tuple[str, int]] = []

    def require(self, needs: Mapping[str, int]) -> None:
        """Raise Short unless each sequence has as many numbers at hand."""
        self._blocks.require(needs)

    def draw(self, name: str) -> int:
        """Return the next serial of ``name``; raise Short when none is at hand."""
        number = self._blocks.draw(name)
        self._drawn.append((name, number))
        return number

    def undo(self) -> None:
        """Give everything back: the transaction was rolled back before anything could see the
        numbers."""
        self._blocks.give_back(self._drawn)
        self._drawn.clear()


class SeededDrawer(Drawer):
    """The numbers of one unit of a seeded run, drawn in its own transaction. What was rolled back,
    or cut off by a crash, has used none, so that a run without the crash has the same numbers.
    Slow, and only for one process on its store.
    """

    def __init__(self, blocks: Blocks, connection: Connection) -> None:
        super().__init__(blocks)
        self._connection = connection

    def require(self, needs: Mapping[str, int]) -> None:
        """Do nothing: a number is taken when it is drawn."""

    def draw(self, name: str) -> int:
        """Return the next serial of ``name``, taken in the transaction of the unit."""
        return self._blocks.take_one(self._connection, name)
