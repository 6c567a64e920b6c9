"""The front page with the notes for the next officer, and the lists of cases that its numbers lead
to."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiohttp import web

from customs_sim.console.asked import part_of
from customs_sim.console.bars import stacked
from customs_sim.console.frame import Frame
from customs_sim.console.hours import hours
from customs_sim.console.page import Page, get, post
from customs_sim.control.http import ACTOR, one_of, word_in
from customs_sim.control.problems import bad_value
from customs_sim.desk import views
from customs_sim.desk.ages import AGES
from customs_sim.desk.handover import LONGEST, clear_note, leave_note, notes
from customs_sim.desk.today import CASES, cases_between, today
from customs_sim.node import CustomsNode
from gateway.base.web.pages.forms import form_of
from schemas.times import SHANGHAI, local_day, micros


class TodayPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store

    def pages(self) -> list[Page]:
        return [
            get("/today", self.today),
            post("/handover", self.leave),
            post("/handover/clear", self.clear),
            get("/cases", self.cases, asks=("what", "at", "page", "limit")),
        ]

    async def today(self, request: web.Request) -> web.StreamResponse:
        now = micros(self._node.office.clock.now())
        seen = await self._store.read(lambda c: today(c, now))
        return self._frame.page(
            request,
            "today.html",
            today=seen,
            ages=AGES,
            bars=stacked([[each.counts[age] for age in AGES] for each in seen.ages]),
            hours=hours(seen.filed, seen.decided),
            profile=await self._node.profile(),
            notes=await self._store.read(notes),
            longest=LONGEST,
        )

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """Lay a note on the desk."""
        text, by = (await form_of(request)).get("text", "").strip(), request[ACTOR]
        if not 1 <= len(text) <= LONGEST:
            raise bad_value(
                "text", text[:LONGEST], f"1 到 {LONGEST} 个字", f"1 to {LONGEST} characters"
            )
        await self._node.office.perform(lambda work: leave_note(work, text, by.name), by=by)
        line = "便条已留下", "the note lies on the desk"
        return self._frame.back("/today#handover", good=True, lines=[line])

    async def clear(self, request: web.Request) -> web.StreamResponse:
        """Take a note off the desk."""
        number = (await form_of(request)).get("id", "")
        await self._node.office.perform(lambda work: clear_note(work, number), by=request[ACTOR])
        line = "便条已清除", "the note was cleared"
        return self._frame.back("/today#handover", good=True, lines=[line])

    async def cases(self, request: web.Request) -> web.StreamResponse:
        what = one_of(request.query, "what", CASES) or "filed"
        start, end = _span(word_in(request.query, "at"), self._node.office.clock.now())
        part = part_of(request)
        cases, total = await self._store.read(
            lambda c: cases_between(c, what, micros(start), micros(end), part.skip + part.limit)
        )
        firms = await self._store.read(views.enterprises)
        return self._frame.page(
            request,
            "cases.html",
            what=what,
            start=start,
            end=end,
            cases=cases[part.skip :],
            part=part,
            total=total,
            names={code: name for code, name, _ in firms},
        )


def _span(text: str, now: datetime) -> tuple[datetime, datetime]:
    """Return the day (yyyy-MM-dd) or the hour (yyyy-MM-ddTHH) in Shanghai that ``text`` names; for
    an empty one the day of ``now``. Raise Refused, 400, otherwise."""
    named = text or local_day(now).isoformat()
    long = timedelta(hours=1) if "T" in named else timedelta(days=1)
    try:
        shape = "%Y-%m-%dT%H" if "T" in named else "%Y-%m-%d"
        start = datetime.strptime(named, shape).replace(tzinfo=SHANGHAI)
        return start, start + long
    except (ValueError, OverflowError):
        raise bad_value(
            "at", text, "yyyy-MM-dd 或 yyyy-MM-ddTHH", "yyyy-MM-dd or yyyy-MM-ddTHH"
        ) from None
