"""The desk: the worklist of cases that wait for a person, and decisions on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from customs_sim.cases.case import Case
from customs_sim.desk.deciding import Deciding
from customs_sim.desk.decisions import Decided, Decision, NotDecided
from customs_sim.desk.grace import Grace
from customs_sim.desk.marks import Batch, Marks, batch_of, marks_of
from customs_sim.desk.waiting import Neighbours, Part, Waiting, neighbours, waiting
from customs_sim.flow.course import Course
from customs_sim.flow.register import Register
from customs_sim.office.audit import tally
from customs_sim.office.office import Office
from customs_sim.office.operators import Actor
from customs_sim.office.work import Work
from customs_sim.rules.review import Review
from customs_sim.store.mark_sql import batch_waits
from customs_sim.wire.filing import Filing
from schemas.times import SHANGHAI, micros

EVERYTHING = Waiting()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """Cases that wait for a person.

    Attributes:
        items: Oldest first.
        total: How many wait.
        next: The cursor of the following page; None on the last.
        marks: What the desk knows of each, by case number.
    """

    items: tuple[Case, ...]
    total: int
    next: str | None
    marks: Mapping[int, Marks]


class Desk:
    """What a person does with cases. One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._grace = Grace(office)

    def start(self) -> None:
        """Carry out what was given, each when it can no longer be taken back."""
        self._grace.start()

    async def close(self) -> None:
        """Stop carrying out; what is left is done after the next start."""
        await self._grace.close()

    async def worklist(
        self,
        *,
        limit: int = 100,
        cursor: int = 0,
        wanted: Waiting = EVERYTHING,
        skip: int = 0,
        sort: str = "",
    ) -> Worklist:
        """Return at most ``limit`` of the cases that are ``wanted``, behind the case number
        ``cursor`` or behind the first ``skip`` in the order of ``sort``."""
        now, wall = self._times()

        def read(connection: Connection) -> Worklist:
            part = Part(most=limit + 1, after=cursor, skip=skip, sort=sort)
            cases, total = waiting(connection, wanted, part, now=now, wall=wall)
            items = tuple(cases[:limit])
            numbers = [case.case_no for case in items]
            return Worklist(
                items=items,
                total=total,
                next=str(numbers[-1]) if len(cases) > limit else None,
                marks=marks_of(connection, numbers, now=now, wall=wall),
            )

        return await self._office.store.read(read)

    async def marks(self, case_no: int) -> Marks:
        """Return what the desk knows of a case."""
        now, wall = self._times()
        return await self._office.store.read(
            lambda c: marks_of(c, [case_no], now=now, wall=wall)[case_no]
        )

    async def neighbours(self, case_no: int, wanted: Waiting, sort: str = "") -> Neighbours:
        """Return what stands beside a case among those that are ``wanted``, in that order."""
        now, wall = self._times()
        return await self._office.store.read(
            lambda c: neighbours(c, wanted, case_no, sort, now=now, wall=wall)
        )

    async def batch(self, number: int, *, most: int = 100, skip: int = 0) -> Batch:
        """Return what became of decisions that were given together, with ``most`` of those that
        were refused behind the first ``skip``."""
        return await self._office.store.read(lambda c: batch_of(c, number, most=most, skip=skip))

    async def given(self, number: int) -> list[str]:
        """Return the SeqNos of decisions given together that can still be taken back."""
        return await self._office.store.read(lambda c: batch_waits(c, number))

    async def today(self, operator: str) -> Mapping[str, int]:
        """Return how many cases an operator decided on this day of the business clock, by act."""
        day = self._office.clock.now().astimezone(SHANGHAI)
        since = micros(day.replace(hour=0, minute=0, second=0, microsecond=0))
        return await self._office.store.read(lambda c: tally(c, operator, since))

    def _times(self) -> tuple[int, int]:
        """Return business time and wall time, in microseconds UTC."""
        return micros(self._office.clock.now()), micros(self._office.wall.now())

    async def decide(
        self,
        decisions: Sequence[Decision],
        *,
        by: Actor | None = None,
        grace: float = 0.0,
        batch: int = 0,
        unread: bool = False,
    ) -> list[Decided | NotDecided]:
        """Decide in one transaction, each case alone. Return one result each, in order; raise only
        what the store raises.

        ``grace``: seconds that an answer to an enterprise can be taken back before it is carried
        out. ``batch``: a number that decisions given together share; 0 alone. ``unread``: answers
        are given with no look into the filings, for there are many; the rules run when they are
        carried out.
        """
        if not decisions:
            return []
        wait = int(grace * 1_000_000)
        results = await self._office.perform(
            lambda work: Deciding(
                self._office, work, decisions, grace=wait, batch=batch, unread=unread
            ).decide(),
            by=by,
        )
        if wait or unread:
            self._grace.wake()
        return results

    async def preview(self, case: Case, body: bytes) -> Review | None:
        """Return what the rules say of a waiting case now, with nothing decided; None when its
        filing cannot be read."""
        filing = self._office.reader.open(body)
        if not isinstance(filing, Filing):
            return None

        def run_rules(work: Work) -> Review:
            register = Register(work, self._office.reader, self._office.codes, [filing])
            course = Course(work, register, self._office.settings.review, instant=False)
            return course.review(filing)

        return await self._office.perform(run_rules)
