"""The pages about people: logging in and out with a key, and the keys themselves."""

from __future__ import annotations

import secrets
from dataclasses import replace

from aiohttp import web

from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, get, post
from customs_sim.console.visit import VISITOR
from customs_sim.control.http import ACTOR
from customs_sim.control.operators import new_operator, revoked
from customs_sim.node import CustomsNode
from customs_sim.office.operators import PREFIX, Operators, Role
from gateway.base.web.addresses import safe
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.question import asking

REVOKING = asking(
    ("作废密钥", "Revoke key"),
    (
        "密钥和用它登录的会话立即失效, 不能恢复; 可以另发一把。",
        "It and every session opened with it end at once, for good; another may be made.",
    ),
    field="name",
)


class PeoplePages:
    """The pages, one method each."""

    def __init__(self, node: CustomsNode, people: Operators, frame: Frame) -> None:
        self._node, self._people, self._frame = node, people, frame

    def pages(self) -> list[Page]:
        return [
            Page(path="/login", handle=self.login, open=True),
            Page(path="/login", handle=self.enter, method="POST", open=True),
            Page(path="/logout", handle=self.leave, method="POST", open=True),
            get("/operators", self.listed, Role.TESTER),
            post("/operators", self.add, Role.TESTER),
            post("/operators/revoke", self.revoke, Role.TESTER, ask=REVOKING),
        ]

    async def login(self, request: web.Request) -> web.StreamResponse:
        return self._frame.page(
            request, "login.html", wrong=False, to=safe(request.query.get("next", "/"))
        )

    async def enter(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        token = secrets.token_urlsafe(24)  # a new secret: what the browser had before may be known
        actor = await self._people.log_in(form.get("key", ""), token) if form.get("key") else None
        to = safe(form.get("next", "/"))
        if actor is None:
            return self._frame.page(request, "login.html", status=401, wrong=True, to=to)
        await self._node.office.note(actor, "login")
        request[VISITOR] = replace(
            request[VISITOR], token=token, fresh=True, session=True, actor=actor
        )
        return web.Response(status=303, headers={"Location": to})

    async def leave(self, request: web.Request) -> web.StreamResponse:
        await self._people.log_out(request[VISITOR].token)
        return web.Response(status=303, headers={"Location": "/login"})

    async def listed(self, request: web.Request) -> web.StreamResponse:
        return self._frame.page(
            request,
            "operators.html",
            operators=await self._people.listed(),
            key=None,
            roles=tuple(Role),
            digits=PREFIX,
        )

    async def add(self, request: web.Request) -> web.StreamResponse:
        """Make a key. It stands in the answer itself, never in a cookie or an address."""
        form = await form_of(request)
        key = await new_operator(
            self._node, form.get("name", ""), form.get("role", ""), request[ACTOR]
        )
        return self._frame.page(
            request,
            "operators.html",
            operators=await self._people.listed(),
            key=key,
            roles=tuple(Role),
            digits=PREFIX,
        )

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        operator = await revoked(self._node, self._people, form.get("hash", ""), request[ACTOR])
        return self._frame.back(
            "/operators",
            good=True,
            lines=[(f"密钥 {operator.name} 已作废", f"the key of {operator.name} was revoked")],
        )
