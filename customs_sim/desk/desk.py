"""The desk: the worklist of cases that wait for a person, and decisions on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from customs_sim.cases.case import Case
from customs_sim.desk.decisions import Decided, Deciding, Decision, NotDecided
from customs_sim.desk.views import Waiting, waiting
from customs_sim.flow.course import Course
from customs_sim.flow.register import Register
from customs_sim.office.office import Office
from customs_sim.office.operators import Actor
from customs_sim.office.work import Work
from customs_sim.rules.review import Review
from customs_sim.wire.filing import Filing

EVERYTHING = Waiting()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """Cases that wait for a person.

    Attributes:
        items: Oldest first.
        total: How many wait.
        next: The cursor of the following page; None on the last.
    """

    items: tuple[Case, ...]
    total: int
    next: str | None


class Desk:
    """What a person does with cases. One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def worklist(
        self, *, limit: int = 100, cursor: int = 0, wanted: Waiting = EVERYTHING
    ) -> Worklist:
        """Return at most ``limit`` of the cases that are ``wanted``, behind the case number
        ``cursor``."""
        cases, total = await self._office.store.read(
            lambda c: waiting(c, wanted, after=cursor, most=limit + 1)
        )
        items = tuple(cases[:limit])
        return Worklist(
            items=items, total=total, next=str(items[-1].case_no) if len(cases) > limit else None
        )

    async def decide(
        self, decisions: Sequence[Decision], *, by: Actor | None = None
    ) -> list[Decided | NotDecided]:
        """Decide in one transaction, each case alone. Return one result each, in order; raise only
        what the store raises."""
        if not decisions:
            return []
        return await self._office.perform(
            lambda work: Deciding(self._office, work, decisions).decide(), by=by
        )

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
