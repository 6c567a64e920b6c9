"""Clocks: the system's, and business time, which stands still, runs faster or is moved. Knows no
store and no network."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Wall(Protocol):
    """Where a business clock reads the wall time."""

    def now(self) -> datetime: ...


class SystemClock:
    """Wall time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Mode(StrEnum):
    """How business time goes."""

    WALL = "wall"
    """As the wall clock; the state of a fresh installation, and again after a reset."""
    RUNNING = "running"
    """From an instant of its own, at a speed of its own."""
    FROZEN = "frozen"
    """It stands still until somebody moves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """Business time was ``business`` when the wall showed ``wall``, and has run ``speed`` times as
    fast since (0: not at all). Both aware. It says everything: whoever knows it and the wall time
    knows the business time, also after a restart.
    """

    business: datetime
    wall: datetime
    speed: float

    def at(self, wall: datetime) -> datetime:
        return self.business if self.speed == 0 else self.business + (wall - self.wall) * self.speed


class BusinessClock:
    """The Clock of both sides. Without a state it shows wall time. Sleepers wake when business time
    passes their moment, also when it was moved there."""

    def __init__(self, state: ClockState | None = None, *, wall: Wall | None = None) -> None:
        self._state, self._wall = state, wall or SystemClock()
        self._moved = asyncio.Event()

    @property
    def state(self) -> ClockState | None:
        return self._state

    @property
    def mode(self) -> Mode:
        if self._state is None:
            return Mode.WALL
        return Mode.FROZEN if self._state.speed == 0 else Mode.RUNNING

    @property
    def speed(self) -> float:
        return 1.0 if self._state is None else self._state.speed

    def wall(self) -> datetime:
        return self._wall.now()

    def now(self) -> datetime:
        wall = self._wall.now()
        return wall if self._state is None else self._state.at(wall).astimezone(UTC)

    def set(self, state: ClockState | None) -> None:
        """Go on from ``state``; None: wall time. Wakes every sleeper to look at the time again."""
        self._state = state
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def advance(self, seconds: float) -> None:
        """Move on at once, whatever falls due in between: that is its owner's business
        (``customs_sim.flow.clock``)."""
        self.set(
            ClockState(
                business=self.now() + timedelta(seconds=seconds), wall=self.wall(), speed=self.speed
            )
        )

    async def sleep(self, seconds: float) -> None:
        due = self.now() + timedelta(seconds=seconds)
        while (left := (due - self.now()).total_seconds()) > 0:
            # Not wait_for: that of Python 3.11 swallows a cancellation that comes together with the
            # move.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left / self.speed if self.speed else None):
                    await self._moved.wait()


class MovedClock(BusinessClock):
    """A business clock that begins at ``start``: for a test, a demo, a seeded run."""

    def __init__(self, start: datetime, *, frozen: bool = True) -> None:
        super().__init__(
            ClockState(business=start, wall=datetime.now(UTC), speed=0.0 if frozen else 1.0)
        )
