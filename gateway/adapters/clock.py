"""Clocks: the system's, and one that a test or an operator moves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class SystemClock:
    """Wall time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class MovedClock:
    """A business clock that stands still or runs, and can be advanced; sleepers wake when it passes their time."""

    def __init__(self, start: datetime, *, frozen: bool = True) -> None:
        self._base, self._frozen = start, frozen
        self._since = datetime.now(UTC)
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._base if self._frozen else self._base + (datetime.now(UTC) - self._since)

    def advance(self, seconds: float) -> None:
        self._base += timedelta(seconds=seconds)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def sleep(self, seconds: float) -> None:
        due = self.now() + timedelta(seconds=seconds)
        while (left := (due - self.now()).total_seconds()) > 0:
            try:
                await asyncio.wait_for(self._moved.wait(), None if self._frozen else left)
            except TimeoutError:
                continue
