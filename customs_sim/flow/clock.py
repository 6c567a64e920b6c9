"""Clockwork: sets the business clock, keeps it in the store, and moves it through everything that
falls due, in order.

The state stands in ``c_settings``: a restart goes on from it, and the other processes of the store
follow it. The timers know what is due; nothing here knows what a task does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import asdict
from sqlalchemy import Connection

from customs_sim.flow.timers import Timers
from customs_sim.office.office import Office
from gateway.base.clock.business import BusinessClock, ClockState, Mode, SystemClock
from gateway.base.errors import BadSetting, CommitUnknown, StoreConflict, Unavailable
from gateway.base.ports import Clock
from schemas.times import micros, moment

log = logging.getLogger("eport.customs.clock")
KEY = "clock"
LONGEST = timedelta(days=366 * 100)
"""Farthest that one call moves the clock. More is a typing error, and the calendar of the wire
ends."""
FASTEST = 1_000_000.0
"""Highest speed: how many times as fast as the wall."""
FRUITLESS = 40
"""Tries at one moment, 50 ms apart, before an advance gives up. A try brings nothing while the
timers fail, or while another process has locked them."""
HANDING_OVER = 2.0
"""Wall seconds that one step waits for its messages to reach the gateway, so that they carry the
step's time there too."""


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    business: datetime
    wall: datetime
    speed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What one call did.

    Attributes:
        before: Business time before it.
        after: Business time after it.
        moments: At how many moments the clock stopped on its way.
        fired: How many timers fired.
        dated_later: How many messages of the archive are dated later than the time to which the
            clock went back; 0 when it went on.
    """

    before: datetime
    after: datetime
    moments: int = 0
    fired: int = 0
    dated_later: int = 0


class ClockBusy(Exception):
    """Another call is moving the clock; nothing was done."""


def as_business(clock: Clock) -> BusinessClock:
    """Return the clock as one that can be moved. Raise BadSetting for a clock that cannot."""
    if isinstance(clock, BusinessClock):
        return clock
    if isinstance(clock, SystemClock):
        return BusinessClock()
    raise BadSetting(f"clock {type(clock).__name__}: wanted a BusinessClock or the SystemClock")


Tell = Callable[[ClockState | None], Awaitable[None]]
"""Brings a state of the clock (None: wall time) to other nodes."""


async def tell_nobody(_: ClockState | None) -> None:
    """Do nothing: no other process goes by this clock, or each of them asks for it."""


class Clockwork:
    """Moves the business clock of one process."""

    def __init__(
        self, office: Office, timers: Timers, clock: BusinessClock, tell: Tell = tell_nobody
    ) -> None:
        """Take the clock. ``tell`` brings every new state to the nodes that go by this clock,
        before the call that set it returns. A process that shares the store reads the state
        there."""
        self._office, self._timers, self.clock = office, timers, clock
        self._first = clock.state
        self._turn = asyncio.Lock()
        self._seen: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._tell = tell

    async def start(self) -> None:
        """Set the clock as the store says. Without a state in the store it stays as it was
        given."""
        self._seen = await self._office.store.read(self._text)
        if self._seen is not None:
            self.clock.set(_state(self._seen))
        await self._tell(self.clock.state)
        if self._office.settings.clock_poll > 0 and self._task is None:
            self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop following the store."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def next_due(self) -> datetime | None:
        """Return when the next timer falls due, in the past when it is about to fire; None without
        one."""
        at = await self._timers.next_due()
        return None if at is None else _moment(at)

    async def freeze(self, at: datetime | None = None) -> Moved:
        """Stop the clock at once, or move it to ``at`` through everything that falls due until then
        and stop it there. Raise ClockBusy when another call moves it."""
        async with self._alone():
            return await self._go(at or self.clock.now(), speed=0.0)

    async def advance(self, until: datetime) -> Moved:
        """Move the clock to ``until`` through everything that falls due until then, each at its own
        moment. It then goes on as before. Raise ClockBusy when another call moves it, and
        Unavailable when a timer cannot be dealt with."""
        async with self._alone():
            return await self._go(until, speed=self.clock.speed)

    async def run(self, speed: float) -> Moved:
        """Run from the present instant on, ``speed`` (above 0) times as fast as the wall."""
        async with self._alone():
            now = self.clock.now()
            await self._set(ClockState(business=now, wall=self.clock.wall(), speed=speed))
            return Moved(before=now, after=now)

    async def reset(self) -> Moved:
        """Go back to wall time; when that lies ahead, through everything that falls due until
        then."""
        async with self._alone():
            moved = await self._go(self.clock.wall(), speed=self.clock.speed)
            await self._set(None)
            return moved

    @contextlib.asynccontextmanager
    async def standing(self) -> AsyncIterator[None]:
        """Keep the clock from being moved and timers from firing while the block lasts."""
        async with self._alone(), self._timers.paused():
            yield

    async def start_over(self) -> None:
        """Set the clock as it was given. Call it inside ``standing``, with nothing in the store
        that could fall due."""
        await self._set(self._first)

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        if self._turn.locked():
            raise ClockBusy
        async with self._turn:
            yield

    async def _go(self, until: datetime, *, speed: float) -> Moved:
        before = self.clock.now()
        if until < before:
            later = await self._office.store.read(
                lambda c: self._office.sql.dated_after(c, micros(until))
            )
            await self._set(ClockState(business=until, wall=self.clock.wall(), speed=speed))
            return Moved(before=before, after=until, dated_later=later)
        moments = fired = 0
        async with self._timers.paused():
            at = before
            await self._obey(ClockState(business=at, wall=self.clock.wall(), speed=0.0))
            fruitless = 0
            while (due := await self.next_due()) is not None and due <= until:
                if due > at:
                    at, moments, fruitless = due, moments + 1, 0
                    await self._set(
                        ClockState(business=at, wall=self.clock.wall(), speed=speed), standing=True
                    )
                dealt = await self._timers.fire_all()
                fired += dealt
                await self._office.relay.drained(HANDING_OVER)
                if not dealt:
                    fruitless += 1
                    if fruitless >= FRUITLESS:
                        await self._set(
                            ClockState(business=at, wall=self.clock.wall(), speed=speed)
                        )
                        raise Unavailable(
                            f"a timer due at {due.isoformat()} cannot be dealt with; the clock"
                            " shows that moment, see the log"
                        )
                    await asyncio.sleep(0.05)
            await self._set(ClockState(business=until, wall=self.clock.wall(), speed=speed))
        return Moved(before=before, after=until, moments=moments, fired=fired)

    async def _set(self, state: ClockState | None, *, standing: bool = False) -> None:
        """Store a state, then set the clock. ``standing``: the clock of this process stands still
        there for now; the stored one runs, so that a crash in the middle leaves no clock that
        stands."""
        text = (
            ""
            if state is None
            else msgspec.json.encode(
                _Stored(business=state.business, wall=state.wall, speed=state.speed)
            ).decode()
        )
        await self._office.store.write(lambda c: self._office.sql.change_setting(c, KEY, text))
        self._seen = text
        await self._obey(
            ClockState(business=state.business, wall=state.wall, speed=0.0)
            if state and standing
            else state
        )
        self._timers.wake()

    async def _obey(self, state: ClockState | None) -> None:
        self.clock.set(state)
        await self._tell(state)

    def _text(self, connection: Connection) -> str | None:
        return self._office.sql.settings(connection).get(KEY)

    async def _follow(self) -> None:
        """Set the clock as another process has stored it, every ``clock_poll`` seconds."""
        while True:
            await asyncio.sleep(self._office.settings.clock_poll)
            try:
                text = await self._office.store.read(self._text)
            except (Unavailable, CommitUnknown, StoreConflict) as error:
                log.warning(
                    "the clock's state cannot be read (%s); will go on as before",
                    error,
                    extra={"action": "clock_unavailable"},
                )
                continue
            if text != self._seen and not self._turn.locked():
                self._seen = text
                await self._obey(_state(text or ""))
                self._timers.wake()


def _state(text: str) -> ClockState | None:
    if not text:
        return None
    return ClockState(**asdict(msgspec.json.decode(text, type=_Stored)))


def _moment(at: int) -> datetime:
    return moment(at)


__all__ = ["FASTEST", "LONGEST", "ClockBusy", "Clockwork", "Mode", "Moved", "as_business"]
