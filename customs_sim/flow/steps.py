"""Steps: what fell due of cases, groups of pockets and delayed answers, taken by one unit.

When a step fails, the unit runs again, and sets the case aside instead.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from customs_sim.cases.case import Case
from customs_sim.cases.profiles import INSTANT, PROFILES, Step
from customs_sim.flow.arrival import reason_of
from customs_sim.flow.course import EXPECTED, Course, needs
from customs_sim.flow.pockets import Assembly, Wait
from customs_sim.flow.register import Register
from customs_sim.flow.scenario_run import Director, Wake
from customs_sim.office.office import Office
from customs_sim.office.work import Work
from customs_sim.steering.disturbance import Delayed
from customs_sim.store import steering_sql as steering_store
from customs_sim.store.numbers import MESSAGE, OUTBOX, PARKED, TASK, Short
from customs_sim.store.rows import CaseRow, RunRow, TaskRow
from customs_sim.wire.filing import Filing
from gateway.base.errors import StoreConflict

log = logging.getLogger("eport.customs.timers")
TIMED = PROFILES["realistic"]
"""The only profile with timers. A task has its step; the profile says what follows it."""


class StepFailed(Exception):
    """A step of a case failed in the middle of a unit: the unit is rolled back and run again
    without it."""

    def __init__(self, case_no: int, reason: str) -> None:
        super().__init__(reason)
        self.case_no, self.reason = case_no, reason


@dataclass(slots=True)
class Round:
    """One round, over all runs of its unit.

    Attributes:
        most: Tasks that it takes.
        failed: Cases (or groups) that cannot be moved, and why.
        cases: The cases of its tasks, as the last run saw them.
    """

    most: int
    failed: dict[int, str] = field(default_factory=dict)
    cases: Sequence[int] = ()

    def leave_out(self, reason: str) -> None:
        """Leave the cases of the last run out of the next one, for this reason."""
        self.failed |= dict.fromkeys(self.cases, reason)


class DueSteps:
    """One run: takes what is due on one work."""

    def __init__(self, office: Office, work: Work, this: Round) -> None:
        self._office, self._work, self._round = office, work, this

    def take(self) -> int:
        """Take the tasks that are due, and return how many these were. Raise StepFailed when one
        must be left out, and StoreConflict when another process took one."""
        work, sql = self._work, self._work.sql
        due = sql.due_tasks(work.connection, work.now.at, self._round.most)
        self._round.cases = [task.case_no for task in due]
        delayed = [task.case_no for task in due if task.step == Delayed.SEND]
        if delayed:
            work.send_delayed(steering_store.going(work.connection, delayed).values())
        steps = [task for task in due if task.step not in (Wait.POCKETS, Delayed.SEND)]
        rows = {row.case_no: row for row in sql.cases(work.connection, {t.case_no for t in steps})}
        filings = {
            number: opened
            for number, row in rows.items()
            if isinstance(opened := self._office.reader.open(bytes(row.body)), Filing)
        }
        self._require(len(due), filings)
        self._take_steps(steps, rows, filings)
        assembly = Assembly(work, self._office.reader, self._office.settings.pocket_wait)
        for task in due:
            if task.step == Wait.POCKETS:
                if task.case_no in self._round.failed:
                    self._set_aside(task, None, self._round.failed[task.case_no])
                else:
                    assembly.expire(task.case_no)
        if sql.drop_tasks(work.connection, [task.id for task in due]) != len(due):
            raise StoreConflict("another process took a task")
        return len(due)

    def _require(self, count: int, filings: Mapping[int, Filing]) -> None:
        """Ask for all numbers that ``count`` tasks can use before any is drawn."""
        work = self._work
        wanted = needs(filings.values(), work.now.day.year)
        work.blocks.require(
            wanted
            | {
                MESSAGE: 2 * count + wanted.get(MESSAGE, 0),
                TASK: count,
                PARKED: count,
                OUTBOX: 1 + 2 * count // work.tools.most,
            }
        )

    def _take_steps(
        self, steps: Sequence[TaskRow], rows: Mapping[int, CaseRow], filings: Mapping[int, Filing]
    ) -> None:
        """Take the steps of cases, in order."""
        work, office, failed = self._work, self._office, self._round.failed
        led = [task.case_no for task in steps if task.step == Wake.RUN]
        runs = steering_store.runs(work.connection, led) if led else {}
        numbers = [
            row.business_no for case_no in runs if (row := rows.get(case_no)) and row.business_no
        ]
        register = Register(
            work, office.reader, office.codes, filings.values(), guarantees=numbers, levies=numbers
        )
        instant = bool(runs) and work.active.profile == INSTANT
        course = Course(work, register, office.settings.review, instant=instant)
        director = Director(work, course, register, office.reader)
        for task in steps:
            row, filing = rows.get(task.case_no), filings.get(task.case_no)
            if row is None or filing is None or task.case_no in failed:
                reason = failed.get(task.case_no, "its filing cannot be read any more")
                self._set_aside(task, row, reason)
                continue
            try:
                case = Case.of_row(row)
                if task.step == Wake.RUN:
                    self._go_on(director, case, filing, runs.get(task.case_no), task.due_at)
                else:
                    self._step(course, case, filing, task)
            except Short:
                raise
            except Exception as error:
                log.exception(
                    "step %s of case %d failed",
                    task.step,
                    task.case_no,
                    extra={"action": "step_failed"},
                )
                raise StepFailed(task.case_no, reason_of(error)) from error

    def _step(self, course: Course, case: Case, filing: Filing, task: TaskRow) -> None:
        """Take a step of the profile; leave it out when a person was faster."""
        step = Step(task.step)
        if case.status is not EXPECTED[step]:
            return
        after = course.take(step, case, filing)
        self._work.move(case, after)
        if after.status in EXPECTED.values():
            course.schedule(after, TIMED, step, task.due_at)

    def _go_on(
        self, director: Director, case: Case, filing: Filing, run: RunRow | None, due_at: int
    ) -> None:
        """Take the steps of a scenario that follow a wait."""
        work = self._work
        script = None if run is None else self._office.steering.script(work.connection, run.script)
        if run is None or script is None:
            raise LookupError(f"case {case.case_no} has no run")
        after = director.go_on(script, run, case, filing, due_at)
        if after is not case:
            work.move(case, after)

    def _set_aside(self, task: TaskRow, row: CaseRow | None, reason: str) -> None:
        self._work.park(
            direction="in",
            message_id=row.gateway_msg_id if row else str(task.case_no),
            scope=row.dxp_id if row else "",
            tries=1,
            reason=f"step {task.step} of case {task.case_no}: {reason}",
            body=bytes(row.body) if row else b"",
        )
