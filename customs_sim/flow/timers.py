"""Timers: take the steps that fell due, and look after letters and deadlines.

All of it stands in rows, so a restart forgets nothing. What a step does is said in
``course`` and ``scenario_run``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator

from customs_sim.flow.arrival import reason_of
from customs_sim.flow.deadlines import look
from customs_sim.flow.steps import DueSteps, Round, StepFailed
from customs_sim.office.office import Office
from gateway.base.clock.business import Mode
from gateway.base.errors import CommitUnknown, StoreConflict, Unavailable
from gateway.base.first import first_of
from schemas.times import micros

log = logging.getLogger("eport.customs.timers")
STEP = 1.0
"""Seconds from which on a difference between the two clocks is a step, and no correction."""


class Timers:
    """Fires timers. One per process; several processes share the tasks of one store, and none takes
    a task of another."""

    def __init__(self, office: Office, most: int = 200) -> None:
        self._office, self._most = office, most
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._firing: asyncio.Future[int] | None = None
        self._ahead: float | None = None
        """Seconds by which wall time was ahead of the monotonic clock at the last look; None: not
        looked yet."""

    def start(self) -> None:
        """Begin to fire."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Have the store looked into now: a task was written, or the clock was set."""
        self._office.timers_wake.set()

    async def close(self) -> None:
        """Stop between two rounds. What is not due yet stays in the store."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._firing:
            await asyncio.gather(self._firing, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Fire nothing while the block lasts, unless ``fire_all`` is called in it."""
        async with self._turn:
            yield

    async def next_due(self) -> int | None:
        """Return when the next step or the next register falls due, in microseconds; it may lie in
        the past. None without one."""
        office = self._office
        due = await office.store.read(lambda c: (office.sql.next_task(c), office.sql.next_watch(c)))
        return min((at for at in due if at is not None), default=None)

    async def fire_all(self) -> int:
        """Deal with all that is due at this moment, and return how much that was. Steps come first:
        a register that cannot be dealt with must not stop them."""
        total = 0
        while dealt := await self.fire() or await look(self._office, self._most):
            total += dealt
        return total

    async def _run(self) -> None:
        office = self._office
        while True:
            self._office.timers_wake.clear()
            try:
                await self._bring_back()
                due = await self.next_due()
                if due is None or due > micros(office.clock.now()):
                    await self._pause(
                        None if due is None else (due - micros(office.clock.now())) / 1_000_000
                    )
                    continue
                async with self._turn:
                    self._firing = asyncio.ensure_future(self.fire_all())
                    dealt = await asyncio.shield(self._firing)
                if not dealt:
                    # Another process has locked what is due, or the clock was moved meanwhile.
                    await asyncio.sleep(0.05)
            except (Unavailable, CommitUnknown, StoreConflict) as error:
                log.warning(
                    "timers stopped (%s); will go on in 1 s",
                    error,
                    extra={"action": "timers_unavailable"},
                )
                await asyncio.sleep(1.0)
            except Exception:
                log.exception("timers failed; will go on in 1 s", extra={"action": "timers_failed"})
                await asyncio.sleep(1.0)

    async def _bring_back(self) -> None:
        """At the start, and when wall time was set back: let what was set by the wrong time begin
        now. Not when business time is a person's: what they move back, they mean."""
        office = self._office
        ahead = office.clock.wall().timestamp() - time.monotonic()
        was_set_back = self._ahead is None or ahead < self._ahead - STEP
        if was_set_back and office.clock.mode is Mode.WALL:
            now = micros(office.clock.now())
            moved = await office.store.write(lambda c: office.sql.bring_back(c, now))
            if moved:
                log.warning(
                    "wall time was set back: %d timers that were set later than now begin now",
                    moved,
                    extra={"action": "timers_brought_back"},
                )
        self._ahead = ahead

    async def _pause(self, seconds: float | None) -> None:
        """Wait until business time has moved on by ``seconds`` (None: nothing is due), ``wake`` is
        called, or ``poll`` is over: registers fall due without a task, and other processes write
        tasks."""
        office, poll = self._office, self._office.settings.poll
        business = poll * max(1.0, office.clock.speed)
        await first_of(
            office.wall.sleep(poll),
            office.clock.sleep(business if seconds is None else min(seconds, business)),
            office.timers_wake.wait(),
        )

    async def fire(self) -> int:
        """Take the steps that are due now, in one unit, and return how many tasks that were.

        When the unit fails as a whole, the oldest task goes alone, and is set aside if it fails
        even so.
        """
        try:
            return await self._round(Round(self._most))
        except (Unavailable, CommitUnknown, StoreConflict):
            raise
        except Exception:
            log.exception(
                "a round of timers failed; will go on one by one", extra={"action": "timers_failed"}
            )
        alone = Round(1)
        try:
            return await self._round(alone)
        except (Unavailable, CommitUnknown, StoreConflict):
            raise
        except Exception as error:
            alone.leave_out(reason_of(error))
            return await self._round(alone)

    async def _round(self, this: Round) -> int:
        """Take one round, and return how many tasks it dealt with."""
        while True:
            try:
                return await self._office.perform(
                    lambda work: DueSteps(self._office, work, this).take()
                )
            except StepFailed as one:
                this.failed[one.case_no] = one.reason
