"""The pages of the registry: the enterprises that customs knows, entering one, correcting one, and
barring one from letters. The acts are the ``registry``'s."""

from __future__ import annotations

from aiohttp import web

from customs_sim.console.asked import part_of
from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, get, post
from customs_sim.control.http import ACTOR, words_of
from customs_sim.desk.registry import CHANGEABLE
from customs_sim.desk.registry_counts import counts
from customs_sim.node import CustomsNode
from gateway.base.web.addresses import link
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.question import Question
from schemas.registration import Registration, dxp_id_of


class RegistryPages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._node, self._frame = node, frame

    def pages(self) -> list[Page]:
        return [
            get("/enterprises", self.listed, asks=("q", "page", "limit")),
            get("/enterprises/{code}", self.one),
            post("/enterprises", self.add),
            post("/enterprises/{code}", self.change),
            post("/enterprises/{code}/letters", self.bar, ask=self.ask_bar),
        ]

    async def listed(self, request: web.Request) -> web.StreamResponse:
        part = part_of(request)
        found, total = await self._node.registry.listed(
            words_of(request), most=part.skip + part.limit
        )
        shown = found[part.skip :]
        return self._frame.page(
            request,
            "enterprises.html",
            enterprises=shown,
            total=total,
            part=part,
            counts=await self._node.office.store.read(
                lambda c: counts(c, [each.code for each in shown])
            ),
            districts=self._frame.districts(),
        )

    async def one(self, request: web.Request) -> web.StreamResponse:
        enterprise = await self._node.registry.one(request.match_info["code"])
        counted = await self._node.office.store.read(lambda c: counts(c, [enterprise.code]))
        return self._frame.page(
            request,
            "enterprise.html",
            e=enterprise,
            count=counted[enterprise.code],
            districts=self._frame.districts(),
        )

    async def add(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        code = form.get("code", "").upper()
        entered = await self._node.registry.add(
            Registration(
                code=code,
                name=form.get("name", ""),
                credit_code=form.get("credit_code", "").upper(),
                customs=form.get("customs", ""),
                dxp_id=form.get("dxp_id", "").upper() or dxp_id_of(code),
            ),
            by=request[ACTOR],
        )
        zh, en = (
            ("已登记", "is registered") if entered.fresh else ("早已登记", "was registered before")
        )
        return self._frame.back(
            link("/enterprises", code),
            good=True,
            lines=[
                (
                    f"企业 {code} {zh}。网关端用 eport enterprises add {code} --gateway-only"
                    " 登记, 并得到密钥。",
                    f"{code} {en}. At the gateway eport enterprises add {code} --gateway-only"
                    " enters it and makes its key.",
                )
            ],
        )

    async def change(self, request: web.Request) -> web.StreamResponse:
        code, form = request.match_info["code"], await form_of(request)
        await self._node.registry.change(
            code, {name: form[name] for name in CHANGEABLE if name in form}, by=request[ACTOR]
        )
        return self._frame.back(
            link("/enterprises", code),
            good=True,
            lines=[(f"企业 {code} 已修改", f"{code} was changed")],
        )

    async def ask_bar(self, request: web.Request) -> Question | None:
        if (await form_of(request)).get("barred") != "1":
            return None
        code = request.match_info["code"]
        return Question(
            title=(f"停用 {code} 的保函?", f"Bar {code} from letters?"),
            lines=(
                (
                    "以后以保函担保的总担保设立退单 (S101.19); 已有的保函不受影响。可以恢复。",
                    "Guarantees set up with a letter are returned from now on (S101.19); letters in"
                    " force stay so. It can be taken back.",
                ),
            ),
            button=("停用保函", "Bar from letters"),
            danger=True,
        )

    async def bar(self, request: web.Request) -> web.StreamResponse:
        code = request.match_info["code"]
        barred = (await form_of(request)).get("barred") == "1"
        await self._node.registry.change(code, {}, barred=barred, by=request[ACTOR])
        line = (
            (f"企业 {code} 的保函已停用", f"{code} may give no letters now")
            if barred
            else (f"企业 {code} 的保函已恢复", f"{code} may give letters again")
        )
        return self._frame.back(link("/enterprises", code), good=True, lines=[line])
