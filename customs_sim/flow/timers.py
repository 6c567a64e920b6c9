"""Durable timers: take the steps that fell due (profile realistic), and look after letters and
deadlines. All of it stands in rows, so a restart forgets nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from customs_sim.cases.case import Case
from customs_sim.cases.profiles import INSTANT, PROFILES, Step
from customs_sim.flow.course import EXPECTED, Course, needs
from customs_sim.flow.deadlines import look
from customs_sim.flow.pockets import Assembly, Wait
from customs_sim.flow.register import Register
from customs_sim.flow.scenario_run import Director, Wake
from customs_sim.office.office import Office
from customs_sim.office.unit import WriteUnit
from customs_sim.steering.disturbance import Delayed
from customs_sim.store import steering_sql as steering_store
from customs_sim.store.numbers import MESSAGE, OUTBOX, PARKED, TASK, Short
from customs_sim.wire.filing import Filing
from gateway.base.errors import CommitUnknown, StoreConflict, Unavailable
from schemas.times import micros

log = logging.getLogger("eport.customs.timers")
TIMED = PROFILES["realistic"]
"""The only profile with timers: a task knows its step, and the table knows what follows."""


class _Again(Exception):
    """A task failed in the middle of a unit: roll back and run the rest."""


@dataclass(slots=True)
class _Round:
    """One round over all runs of its unit: at most ``most`` tasks, their cases, those that cannot
    be moved and why."""

    most: int
    cases: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)


class Timers:
    """One per process; several processes share the tasks of one store without taking one twice."""

    def __init__(self, office: Office, most: int = 200) -> None:
        self._office, self._most = office, most
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._firing: asyncio.Future[int] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Look into the store now: a task was written, or the clock was set."""
        self._office.timers_wake.set()

    async def close(self) -> None:
        """Stop between two rounds; what is not due yet stays in the store."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._firing:
            await asyncio.gather(self._firing, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Fire nothing of ourselves while the block lasts: its owner moves the clock and fires."""
        async with self._turn:
            yield

    async def next_due(self) -> int | None:
        """When the next step or the next register falls due, in microseconds; it may lie in the
        past."""
        office = self._office
        due = await office.store.read(lambda c: (office.sql.next_task(c), office.sql.next_watch(c)))
        return min((at for at in due if at is not None), default=None)

    async def fire_all(self) -> int:
        """Deal with all that is due at this moment; how much that was. Steps first: a register that
        cannot be dealt with must not hold them up."""
        total = 0
        while dealt := await self.fire() or await look(self._office, self._most):
            total += dealt
        return total

    async def _run(self) -> None:
        office = self._office
        while True:
            self._office.timers_wake.clear()
            try:
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
                    await asyncio.sleep(
                        0.05
                    )  # another process holds what is due, or the clock was moved meanwhile
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

    async def _pause(self, seconds: float | None) -> None:
        """Until business time has moved on by ``seconds`` (None: nothing is due), somebody wakes
        us, or it is time to look again: registers fall due without a task, and other processes
        write tasks."""
        office, poll = self._office, self._office.settings.poll
        business = poll * max(1.0, office.clock.speed)
        waits = [
            asyncio.ensure_future(each)
            for each in (
                office.wall.sleep(poll),
                office.clock.sleep(business if seconds is None else min(seconds, business)),
                self._office.timers_wake.wait(),
            )
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*waits, return_exceptions=True)

    async def fire(self) -> int:
        """Take the steps that are due now, in one unit; the number of tasks dealt with.

        When the unit fails as a whole, the oldest task goes alone, and is parked if it fails even
        so.
        """
        try:
            return await self._round(_Round(self._most))
        except (Unavailable, CommitUnknown, StoreConflict):
            raise
        except Exception:
            log.exception(
                "a round of timers failed; will go on one by one", extra={"action": "timers_failed"}
            )
        alone = _Round(1)
        try:
            return await self._round(alone)
        except (Unavailable, CommitUnknown, StoreConflict):
            raise
        except Exception as error:
            alone.failed |= {
                case_no: f"{type(error).__name__}: {error}"[:500] for case_no in alone.cases
            }
            return await self._round(alone)

    async def _round(self, this: _Round) -> int:
        while True:
            try:
                return await self._office.perform(lambda unit: self._unit(unit, this))
            except _Again:
                continue

    def _unit(self, unit: WriteUnit, this: _Round) -> int:
        due = unit.sql.due_tasks(unit.connection, unit.now.at, this.most)
        this.cases = [task[2] for task in due]
        unit.send_held(
            steering_store.going(unit.connection, held).values()
            if (held := [t[2] for t in due if t[3] == Delayed.SEND])
            else ()
        )
        tasks = [task for task in due if task[3] not in (Wait.POCKETS, Delayed.SEND)]
        rows = {row[0]: row for row in unit.sql.cases(unit.connection, {task[2] for task in tasks})}
        filings = {
            number: opened
            for number, row in rows.items()
            if isinstance(opened := self._office.reader.open(bytes(row[-1])), Filing)
        }
        self._require(unit, due, filings)
        runs = (
            steering_store.runs(unit.connection, led)
            if (led := [task[2] for task in tasks if task[3] == Wake.RUN])
            else {}
        )
        numbers = [rows[number][6] for number in runs if number in rows and rows[number][6]]
        register = Register(
            unit,
            self._office.reader,
            self._office.codes,
            filings.values(),
            guarantees=numbers,
            levies=numbers,
        )
        course = Course(
            unit,
            register,
            self._office.settings.review,
            instant=bool(runs) and unit.active.profile == INSTANT,
        )
        director = Director(unit, course, register, self._office.reader)
        for _, due_at, case_no, step in tasks:
            row, filing = rows.get(case_no), filings.get(case_no)
            if row is None or filing is None or case_no in this.failed:
                reason = this.failed.get(case_no, "its filing cannot be read any more")
                self._set_aside(unit, case_no, row, step, reason)
                continue
            try:
                if step == Wake.RUN:
                    self._go_on(unit, director, Case.of_row(row), filing, runs.get(case_no), due_at)
                else:
                    self._step(unit, course, Case.of_row(row), filing, Step(step), due_at)
            except Short:
                raise
            except Exception as error:
                log.exception(
                    "step %s of case %d failed", step, case_no, extra={"action": "step_failed"}
                )
                this.failed[case_no] = f"{type(error).__name__}: {error}"[:500]
                raise _Again from error
        assembly = Assembly(unit, self._office.reader, self._office.settings.pocket_wait)
        for _, _, group_no, step in (task for task in due if task[3] == Wait.POCKETS):
            if group_no in this.failed:
                self._set_aside(unit, group_no, None, step, this.failed[group_no])
            else:
                assembly.expire(group_no)
        if unit.sql.drop_tasks(unit.connection, [task[0] for task in due]) != len(due):
            raise StoreConflict("another process took a task")
        return len(due)

    @staticmethod
    def _require(unit: WriteUnit, tasks: list[Any], filings: dict[int, Filing]) -> None:
        count = len(tasks)
        wanted = needs(filings.values(), unit.now.day.year)
        unit.blocks.require(
            wanted
            | {
                MESSAGE: 2 * count + wanted.get(MESSAGE, 0),
                TASK: count,
                PARKED: count,
                OUTBOX: 1 + 2 * count // unit.tools.most,
            }
        )

    @staticmethod
    def _step(
        unit: WriteUnit, course: Course, case: Case, filing: Filing, step: Step, due_at: int
    ) -> None:
        if case.status is not EXPECTED[step]:
            return
        after = course.take(step, case, filing)
        unit.move(case, after)
        if after.status in EXPECTED.values():
            course.schedule(after, TIMED, step, due_at)

    def _go_on(
        self, unit: WriteUnit, director: Director, case: Case, filing: Filing, run: Any, due_at: int
    ) -> None:
        script = None if run is None else self._office.steering.script(unit.connection, run.script)
        if script is None:
            raise LookupError(f"case {case.case_no} has no run")
        after = director.go_on(script, run, case, filing, due_at)
        if after is not case:
            unit.move(case, after)

    @staticmethod
    def _set_aside(unit: WriteUnit, case_no: int, row: Any, step: str, reason: str) -> None:
        unit.park(
            direction="in",
            message_id=row[2] if row else str(case_no),
            scope=row[5] if row else "",
            tries=1,
            reason=f"step {step} of case {case_no}: {reason}",
            body=bytes(row[-1]) if row else b"",
        )
