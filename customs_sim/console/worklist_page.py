"""The work list, the way into its cases, and what became of decisions that were given together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from customs_sim.console.asked import part_of
from customs_sim.console.chosen import FILTER, SIDE, kept
from customs_sim.console.frame import Frame
from customs_sim.console.page import PAGED, Page, get
from customs_sim.console.visit import VISITOR
from customs_sim.control.cases import FILTERS, waiting_of
from customs_sim.control.http import number_of, sort_in
from customs_sim.desk import views
from customs_sim.desk.ages import AGES
from customs_sim.desk.desk import Worklist
from customs_sim.desk.named_rules import barred, rules_of
from customs_sim.desk.refusal import unknown
from customs_sim.desk.strips import strips
from customs_sim.desk.waiting import SORTS
from customs_sim.node import CustomsNode
from schemas.catalogue import catalogue
from schemas.times import micros

SHOWN = 100
"""Cases that a page shows."""
ACTS_OF_A_DAY = ("approve", "return", "review", "reconfirm", "reject_type")


class WorklistPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store

    def pages(self) -> list[Page]:
        return [
            get("/", self.worklist, asks=(*(each.name for each in FILTERS), *PAGED)),
            get("/triage", self.triage, asks=FILTER),
            get("/batches/{number}", self.batch, asks=(*FILTER, "page", "limit")),
        ]

    async def worklist(self, request: web.Request) -> web.StreamResponse:
        wanted, part = waiting_of(request.query), part_of(request, SHOWN)
        page = await self._node.desk.worklist(
            limit=part.limit, skip=part.skip, wanted=wanted, sort=sort_in(request.query, SORTS)
        )
        listed = await self.listed(page)
        return self._frame.page(
            request,
            "worklist.html",
            **listed,
            total=page.total,
            part=part,
            wanted=wanted,
            carried=kept(request.query),
            ages=AGES,
            kinds=catalogue().filings,
            profile=await self._node.profile(),
            held=self._node.paused,
            today=await self.today(request),
        )

    async def listed(self, page: Worklist) -> dict[str, Any]:
        """Return what the rows of a list are drawn with."""
        firms = await self._store.read(views.enterprises)
        return {
            "cases": page.items,
            "marks": page.marks,
            "strips": await self._store.read(lambda c: strips(c, page.items)),
            "rules": {case.case_no: rules_of(case) if case.rules else () for case in page.items},
            "barred": barred,
            "firms": firms,
            "names": {code: name for code, name, _ in firms},
            "wall": micros(self._node.office.wall.now()),
        }

    async def today(self, request: web.Request) -> Mapping[str, int]:
        """Return what the visitor decided on this day of the business clock."""
        actor = request[VISITOR].actor
        done = await self._node.desk.today(actor.name) if actor else {}
        return {act: done.get(act, 0) for act in ACTS_OF_A_DAY}

    async def triage(self, request: web.Request) -> web.StreamResponse:
        """Lead to the first case of the filter, with the list beside it."""
        page = await self._node.desk.worklist(limit=1, wanted=waiting_of(request.query))
        if not page.items:
            raise web.HTTPSeeOther("/" + kept(request.query, without=SIDE))
        query = {**request.query, SIDE: "1"}
        raise web.HTTPSeeOther(f"/cases/{page.items[0].case_no}{kept(query)}")

    async def batch(self, request: web.Request) -> web.StreamResponse:
        number, part = number_of(request, "number"), part_of(request, SHOWN)
        batch = await self._node.desk.batch(number, most=part.limit, skip=part.skip)
        if not batch.total:
            raise unknown("number", str(number), "批量处理", "set of decisions")
        return self._frame.page(
            request,
            "batch.html",
            batch=batch,
            number=number,
            part=part,
            carried=kept(request.query),
        )
