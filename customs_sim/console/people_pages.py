"""The pages about people: logging in and out with a key, and the keys themselves."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from customs_sim.console.frame import Frame
from customs_sim.console.kept import Kept
from customs_sim.console.page import Page, get, post
from customs_sim.console.visit import VISITOR, keyed_token
from customs_sim.control.access import Door
from customs_sim.control.http import ACTOR
from customs_sim.control.operators import new_operator, revoked, set_keyless
from customs_sim.node import CustomsNode
from customs_sim.office.operators import PREFIX, Operators, Role
from gateway.base.web.addresses import safe
from gateway.base.web.pages.attempts import LogIns, too_many
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.question import Question, asking
from gateway.base.web.pages.text import Words
from gateway.base.web.pages.visit import new_token
from schemas.findings import Refused

OWN = frozenset({"/login", "/login/local", "/logout"})
"""Where no kept form goes."""
UNKNOWN_KEY: Words = ("密钥不正确或已作废。", "The key is unknown or was revoked.")
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

    def __init__(self, node: CustomsNode, people: Operators, door: Door, frame: Frame) -> None:
        self._node, self._people, self._door, self._frame = node, people, door, frame
        self._log_ins = LogIns()

    def pages(self) -> list[Page]:
        return [
            Page(path="/login", handle=self.login, open=True),
            Page(path="/login", handle=self.enter, method="POST", open=True),
            Page(path="/login/local", handle=self.enter_local, method="POST", open=True),
            Page(path="/logout", handle=self.leave, method="POST", open=True),
            get("/operators", self.listed, Role.TESTER),
            post("/operators", self.add, Role.TESTER),
            post("/operators/key", self.shown_again, Role.TESTER),
            post("/operators/revoke", self.revoke, Role.TESTER, ask=REVOKING),
            post("/operators/keyless", self.keyless, Role.TESTER, ask=self.ask_keyless),
        ]

    async def login(self, request: web.Request) -> web.StreamResponse:
        return await self.asked(request, to=safe(request.query.get("next", "/")))

    async def asked(
        self,
        request: web.Request,
        *,
        to: str = "/",
        status: int = 200,
        wrong: Words | None = None,
        kept: Kept | None = None,
    ) -> web.Response:
        """Return the page that asks for a key. ``kept``: the form that was being sent when the
        session ended; it goes on with the log-in."""
        try:
            await self._door.local(request)
            local = True
        except Refused:
            local = False
        return self._frame.page(
            request, "login.html", status=status, wrong=wrong, to=to, kept=kept, local=local
        )

    async def enter(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        kept = await Kept.of_login(request, OWN)
        key, to = form.get("key", ""), safe(form.get("next", "/"))
        if wait := self._log_ins.wait(request.remote or "", key):
            response = await self.asked(request, to=to, status=429, kept=kept, wrong=too_many(wait))
            response.headers["Retry-After"] = str(wait)
            return response
        token = keyed_token()  # a new secret: what the browser had before may be known
        actor = await self._people.log_in(key, token) if key else None
        if actor is None:
            self._log_ins.failed(request.remote or "", key)
            return await self.asked(request, to=to, status=401, wrong=UNKNOWN_KEY, kept=kept)
        await self._node.office.note(actor, "login")
        request[VISITOR] = replace(
            request[VISITOR], token=token, fresh=True, session=True, actor=actor, ended=False
        )
        if kept is not None:
            return self._frame.page(request, "kept.html", kept=kept, actor=actor)
        return web.Response(status=303, headers={"Location": to})

    async def enter_local(self, request: web.Request) -> web.StreamResponse:
        """Let the person who started it go on without a key, because they chose to. Raise Refused
        where that is not offered."""
        actor = await self._door.local(request)
        await self._node.office.note(actor, "login")
        request[VISITOR] = replace(
            request[VISITOR], token=new_token(), fresh=True, actor=actor, ended=False
        )
        to = safe((await form_of(request)).get("next", "/"))
        return web.Response(status=303, headers={"Location": to})

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """End the session. The browser stays one that a key is asked from."""
        await self._people.log_out(request[VISITOR].token)
        return web.Response(status=303, headers={"Location": "/login"})

    async def _listed(self, request: web.Request, key: str | None = None) -> web.Response:
        return self._frame.page(
            request,
            "operators.html",
            operators=await self._people.listed(),
            key=key,
            roles=tuple(Role),
            digits=PREFIX,
            keyless=await self._door.keyless(),
        )

    async def listed(self, request: web.Request) -> web.StreamResponse:
        return await self._listed(request)

    async def add(self, request: web.Request) -> web.StreamResponse:
        """Make a key. It stands in the answer itself, never in a cookie or an address."""
        form = await form_of(request)
        key = await new_operator(
            self._node, form.get("name", ""), form.get("role", ""), request[ACTOR]
        )
        return await self._listed(request, key)

    async def shown_again(self, request: web.Request) -> web.StreamResponse:
        """Show a key once more, in another language: the page that has it sends it. Any text that
        is no valid key is not shown."""
        key = (await form_of(request)).get("key", "")
        known = await self._people.by_key(key) if key else None
        return await self._listed(request, key if known else None)

    async def ask_keyless(self, request: web.Request) -> Question | None:
        if (await form_of(request)).get("allowed") != "0":
            return None
        return Question(
            title=("不再允许免密钥访问?", "End access without a key?"),
            lines=(
                (
                    "从现在起作业台和控制接口都要密钥, 本机也一样。eport up 的密钥是 keys.json 的"
                    " operator_key。",
                    "From now on desk and control API ask for a key, on this machine too. That of"
                    " eport up is operator_key of keys.json.",
                ),
            ),
            button=("要求密钥", "Ask for a key"),
            danger=True,
        )

    async def keyless(self, request: web.Request) -> web.StreamResponse:
        allowed = (await form_of(request)).get("allowed") == "1"
        await set_keyless(self._node, allowed, request[ACTOR])
        line = (
            ("本机免密钥访问已恢复", "access without a key is allowed again")
            if allowed
            else ("不再允许免密钥访问", "everybody needs a key now")
        )
        return self._frame.back("/operators", good=True, lines=[line])

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        operator = await revoked(self._node, self._people, form.get("hash", ""), request[ACTOR])
        return self._frame.back(
            "/operators",
            good=True,
            lines=[(f"密钥 {operator.name} 已作废", f"the key of {operator.name} was revoked")],
        )
