"""The pages of the registers: levies and guarantees, what customs starts about them, and a
guarantee's balances over time. The acts are the ``counter``'s."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from customs_sim.console.bars import use_of
from customs_sim.console.chart import chart
from customs_sim.console.frame import Frame
from customs_sim.console.listing import LISTED, listed
from customs_sim.console.page import Page, get, post
from customs_sim.control.http import ACTOR, day, number
from customs_sim.desk import lists, views
from customs_sim.desk.business_steps import BUSINESS_STEPS
from customs_sim.desk.dossier import Dossiers
from customs_sim.desk.levies import LevyOrder
from customs_sim.desk.refusal import unknown
from customs_sim.ledger.history import LedgerLine, entries_about
from customs_sim.node import CustomsNode
from gateway.base.web.addresses import link
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.question import Question, asking
from schemas.times import micros

TAKING_BACK = asking(
    ("撤销征收单", "Take back levy"),
    (
        "企业会收到通知 (GRT302), 这份征收单不再征收, 也不能恢复。",
        "The enterprise is told (GRT302). The levy is owed no more and cannot come back.",
    ),
    named="no",
)


class RegisterPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame, self._store = node, frame, node.office.store
        self._dossiers = Dossiers(node.office, node.desk)

    def pages(self) -> list[Page]:
        return [
            get("/levies", self.levies, asks=LISTED),
            get("/levies/{no}", self.levy),
            post("/levies", self.issue, ask=self.ask_customs),
            post("/levies/{no}/reissue", self.reissue),
            post("/levies/{no}/take-back", self.take_back, ask=TAKING_BACK),
            post("/business-events", self.step, ask=self.ask_customs),
            get("/guarantees", self.guarantees, asks=LISTED),
            get("/guarantees/{no}", self.guarantee),
            post("/guarantee-requests", self.ask),
        ]

    async def levies(self, request: web.Request) -> web.StreamResponse:
        asked, part = listed(request, "levy")
        levies, total = await self._store.read(lambda c: lists.levies(c, asked))
        return self._frame.page(
            request,
            "levies.html",
            levies=levies,
            total=total,
            part=part,
            firms=await self._store.read(views.enterprises),
            steps=tuple(BUSINESS_STEPS),
            districts=self._frame.districts(),
        )

    async def levy(self, request: web.Request) -> web.StreamResponse:
        no = request.match_info["no"]
        levy = await self._store.read(lambda c: lists.levy(c, no))
        if levy is None:
            raise unknown("levy_no", no[:64], "征收单", "levy")
        document = {**levy.fields, **levy.amounts.wire()}
        return self._frame.page(
            request,
            "levy.html",
            levy=levy,
            lines=self._dossiers.lines("GRT111", "GrtDpstLevyBlBsc", document),
            entries=await self._entries(no),
            generations=await self._store.read(lambda c: views.generations(c, no)),
        )

    async def issue(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        valid = day("oriact_valid_until", form.get("oriact_valid_until", ""))
        made = await self._node.counter.issue(
            _order(form, form.get("oriact_no", ""), valid.isoformat() if valid else ""),
            by=request[ACTOR],
        )
        return self._frame.back(
            link("/levies", made.levy_no),
            good=True,
            lines=[
                (
                    f"征收单 {made.levy_no} 已下发给企业, 等企业确认 (GRT111)",
                    (
                        f"levy {made.levy_no} was sent to the enterprise, which now confirms it"
                        " (GRT111)"
                    ),
                )
            ],
        )

    async def ask_customs(self, request: web.Request) -> Question | None:
        """Ask before a levy goes out under another district than the enterprise's own."""
        form = await form_of(request)
        customs, code = form.get("customs", ""), form.get("enterprise", "")
        firms = await self._store.read(views.enterprises)
        firm = next((each for each in firms if each.code == code), None)
        digits = self._node.office.settings.review.same_customs
        if firm is None or customs in ("", firm.customs):
            return None
        if customs[:digits] != firm.customs[:digits]:
            return None  # refused anyway
        return Question(
            title=(f"关区 {customs}?", f"Customs {customs}?"),
            lines=(
                (
                    f"{firm.name} {code} 的主管关区是 {firm.customs}, 征收单将由 {customs} 下发。",
                    f"{firm.name} {code} is registered at {firm.customs}; the levy would be that of"
                    f" {customs}.",
                ),
            ),
            button=(f"按 {customs} 下发", f"Issue at {customs}"),
        )

    async def step(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        biz_no = number("biz_no", form.get("biz_no", ""))
        made = await self._node.counter.business_event(
            _order(form, biz_no if len(biz_no) == 12 else ""), by=request[ACTOR]
        )
        if not made:
            return self._frame.back(
                "/levies",
                good=True,
                lines=[("此业务环节不产生征收单", "this business step raises no levy")],
            )
        return self._frame.back(
            link("/levies", made[0].levy_no),
            good=True,
            lines=[
                (
                    f"业务环节产生征收单 {each.levy_no}, 金额 {each.amount} 元",
                    f"the step raised levy {each.levy_no} of {each.amount}",
                )
                for each in made
            ],
        )

    async def reissue(self, request: web.Request) -> web.StreamResponse:
        no, form = request.match_info["no"], await form_of(request)
        made = await self._node.counter.reissue(no, form.get("amount", ""), by=request[ACTOR])
        return self._frame.back(
            link("/levies", no),
            good=True,
            lines=[
                (
                    f"已按 {made.amount} 元重新下发, 变更次数 {made.change_no}",
                    f"issued anew with {made.amount}, change no. {made.change_no}",
                )
            ],
        )

    async def take_back(self, request: web.Request) -> web.StreamResponse:
        no = request.match_info["no"]
        await self._node.counter.take_back(no, by=request[ACTOR])
        return self._frame.back(
            link("/levies", no),
            good=True,
            lines=[(f"征收单 {no} 已撤销", f"levy {no} was taken back")],
        )

    async def guarantees(self, request: web.Request) -> web.StreamResponse:
        asked, part = listed(request, "guarantee", micros(self._node.office.clock.now()))
        guarantees, total = await self._store.read(lambda c: lists.guarantees(c, asked))
        return self._frame.page(
            request,
            "guarantees.html",
            guarantees=guarantees,
            total=total,
            part=part,
            uses={each.gasr_no: use_of(each) for each in guarantees},
            firms=await self._store.read(views.enterprises),
        )

    async def guarantee(self, request: web.Request) -> web.StreamResponse:
        no = request.match_info["no"]
        guarantee = await self._store.read(lambda c: lists.guarantee(c, no))
        if guarantee is None:
            raise unknown("gasr_no", no[:64], "总担保", "guarantee")
        entries = await self._entries(no)
        levies = await self._store.read(lambda c: lists.levies_under(c, no, 200))
        change = await self._store.read(lambda c: views.waiting_change(c, no))
        document = await self._dossiers.document(guarantee.message, "GrtGasrLevyBsc")
        return self._frame.page(
            request,
            "guarantee.html",
            firms=await self._store.read(views.enterprises),
            g=guarantee,
            entries=entries,
            change=change,
            chart=chart(
                entries,
                no,
                micros(self._node.office.clock.now()),
                ends=guarantee.valid_until,
                asked=change.amount if change else 0,
            ),
            levies=levies,
            lines=self._dossiers.lines(
                "GRT101", "GrtGasrLevyBsc", document | guarantee.amounts.wire()
            ),
            generations=await self._store.read(lambda c: views.generations(c, no)),
        )

    async def ask(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        until = day("valid_until", form.get("valid_until", ""))
        await self._node.counter.ask_guarantee(
            form.get("enterprise", ""),
            form.get("gasr_no", ""),
            form.get("amount", ""),
            until.isoformat() if until else "",
            by=request[ACTOR],
        )
        return self._frame.back(
            "/guarantees",
            good=True,
            lines=[
                ("已向企业发出 GRT301, 等企业申报", "GRT301 was sent; the enterprise now files")
            ],
        )

    async def _entries(self, no: str) -> list[LedgerLine]:
        sql = self._node.office.sql.ledger
        return await self._store.read(lambda c: entries_about(sql, c, no))


def _order(form: Mapping[str, str], oriact_no: str, oriact_valid: str = "") -> LevyOrder:
    return LevyOrder(
        enterprise=form.get("enterprise", ""),
        customs=form.get("customs", ""),
        amount=form.get("amount", "").replace(",", ""),
        biz_type=form.get("biz_type", ""),
        biz_no=number("biz_no", form.get("biz_no", "")),
        oriact_no=number("oriact_no", oriact_no),
        oriact_valid=oriact_valid,
    )
