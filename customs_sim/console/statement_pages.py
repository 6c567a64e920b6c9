"""The pages of statements: the list, issuing one, and one beside the enterprise's answer. The acts
are the ``cashier``'s."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from customs_sim.console.frame import Frame
from customs_sim.console.listing import LISTED, listed
from customs_sim.console.page import Page, get, post
from customs_sim.control.http import ACTOR, day, words_of
from customs_sim.control.problems import bad_value
from customs_sim.control.statements import fault_of
from customs_sim.desk import lists, views
from customs_sim.desk.refusal import unknown
from customs_sim.desk.statement_view import statement_view
from customs_sim.node import CustomsNode
from gateway.base.web.addresses import link
from gateway.base.web.pages.forms import form_of
from schemas.times import local_day


class StatementPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store

    def pages(self) -> list[Page]:
        return [
            get("/statements", self.statements, asks=LISTED),
            get("/statements/{no}", self.statement, asks=("version",)),
            post("/statements", self.issue),
        ]

    async def statements(self, request: web.Request) -> web.StreamResponse:
        asked, part = listed(request, "statement")
        statements, total = await self._store.read(lambda c: lists.statements(c, asked))
        answered = {each.answer_seq_no for each in statements if each.answer_seq_no}
        cases = await self._store.read(
            lambda c: {seq_no: views.cases_of(c, seq_no)[-1:] for seq_no in answered}
        )
        today = local_day(self._node.office.clock.now())
        return self._frame.page(
            request,
            "statements.html",
            statements=statements,
            total=total,
            part=part,
            cases=cases,
            firms=await self._store.read(views.enterprises),
            today=today.isoformat(),
            month=(today - timedelta(days=30)).isoformat(),
        )

    async def statement(self, request: web.Request) -> web.StreamResponse:
        no, version = request.match_info["no"], words_of(request, "version")
        known = version.isascii() and version.isdigit() and len(version) < 7
        view = (
            await statement_view(self._node.office, no, int(version or 0))
            if known or not version
            else None
        )
        if view is None:
            raise unknown("stmt_no", f"{no} {version}"[:64].strip(), "对账单", "statement")
        return self._frame.page(request, "statement.html", view=view, s=view.statement)

    async def issue(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        first, last = day("from", form.get("from", "")), day("to", form.get("to", ""))
        if first is None or last is None:
            raise bad_value("from / to", "", "日期 yyyy-MM-dd", "days yyyy-MM-dd")
        kind = form.get("fault", "")
        fault = fault_of(kind, form.get("line", ""), form.get("amount", "")) if kind else None
        made = await self._node.cashier.state(
            form.get("enterprise", ""), first, last, fault, by=request[ACTOR]
        )
        return self._frame.back(
            link("/statements", made.no),
            good=True,
            lines=[
                (
                    f"对账单 {made.no} 第 {made.version} 版已下发, {made.count} 条明细",
                    f"statement {made.no} version {made.version} was sent, {made.count} lines",
                )
            ],
        )
