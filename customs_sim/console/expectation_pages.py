"""The page of expectations: what testers stated, how each stands, stating another. Judging is
``cases.expectations``'s."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from customs_sim.cases.expectations import ENDS, Wanted
from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, get, post
from customs_sim.control.expectations import entered, judged_all, taken_away
from customs_sim.control.http import ACTOR, number_of
from customs_sim.control.problems import bad_value
from customs_sim.node import CustomsNode
from customs_sim.office.operators import Role
from gateway.base.web.pages.forms import form_of

MOST_HOURS = 87_600
"""Ten years."""


class ExpectationPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame = node, frame

    def pages(self) -> list[Page]:
        return [
            get("/expectations", self.listed),
            post("/expectations", self.state, Role.TESTER),
            post("/expectations/{id}/drop", self.drop, Role.TESTER),
        ]

    async def listed(self, request: web.Request) -> web.StreamResponse:
        items, total = await judged_all(self._node.office)
        return self._frame.page(
            request, "expectations.html", items=items, total=total, ends=[end.value for end in ENDS]
        )

    async def state(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        text = form.get("hours", "")
        if not (
            text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) <= MOST_HOURS
        ):
            raise bad_value("hours", text, "1 以上的整数小时", "whole hours, from 1 on")
        wanted = Wanted(
            status=form.get("status", ""),
            within=timedelta(hours=int(text)),
            receipts=tuple(form.get("receipts", "").replace(",", " ").split()),
            only=form.get("only") == "1",
            seq_no=form.get("seq_no", ""),
            name=form.get("name", ""),
        )
        number = await entered(self._node.office, wanted)
        await self._node.office.note(
            request[ACTOR], "post_expectations", str(number), after={"status": wanted.status}
        )
        lines = [(f"已提出预期 {number}", f"expectation {number} was stated")]
        return self._frame.back("/expectations", good=True, lines=lines)

    async def drop(self, request: web.Request) -> web.StreamResponse:
        number = number_of(request, "id")
        await taken_away(self._node.office, number)
        await self._node.office.note(request[ACTOR], "delete_expectations_id", str(number))
        lines = [(f"已删除预期 {number}", f"expectation {number} was deleted")]
        return self._frame.back("/expectations", good=True, lines=lines)
