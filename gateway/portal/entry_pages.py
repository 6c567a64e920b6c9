"""Log in and out, choose an enterprise, and the front page."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from aiohttp import web

from gateway.api.http import json, not_found
from gateway.base.web.accepting import preferred
from gateway.base.web.addresses import safe
from gateway.base.web.pages.attempts import LogIns, too_many
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.kept import Kept
from gateway.base.web.pages.text import Words
from gateway.base.web.pages.visit import new_token
from gateway.portal.frame import Frame
from gateway.portal.hearts import Hearts
from gateway.portal.page import HOME, Page
from gateway.portal.visit import CHOSEN, VISITOR, chosen_of
from gateway.queries.counting import StatusCounts
from gateway.queries.filters import Filter
from gateway.service import Gateway
from gateway.store.sessions import Sessions
from handlers import queried
from handlers.lifecycle import Status

WAITING = (Status.PENDING, Status.DRAFT, Status.REFUSED, Status.RETURNED)
"""Statuses in which the enterprise is to act."""
NEWEST = 10
"""Receipts on the front page."""
OWN = frozenset({f"{HOME}/login", f"{HOME}/logout", f"{HOME}/enterprise"})
"""Where no kept form goes."""
UNKNOWN_KEY: Words = (
    "密钥不正确、已作废, 或不属于任何企业。",
    "The key is unknown, was revoked, or belongs to no enterprise.",
)
ANSWERS = ("text/html", "application/json")
"""What a log-in answers in: a page that goes on, or what a script needs."""


class EntryPages:
    """The pages, one method each."""

    def __init__(self, gateway: Gateway, sessions: Sessions, frame: Frame, hearts: Hearts) -> None:
        self._gateway, self._sessions, self._frame = gateway, sessions, frame
        self._hearts = hearts
        self._log_ins = LogIns()

    def pages(self) -> list[Page]:
        return [
            Page(path="", handle=self.home),
            Page(path="/login", handle=self.login, asked=("next",), open=True),
            Page(path="/login", handle=self.enter, method="POST", open=True),
            Page(path="/logout", handle=self.leave, method="POST", open=True),
            Page(path="/enterprise", handle=self.choose, method="POST"),
            Page(path="/events", handle=self.events, asked=("enterprise",)),
        ]

    async def login(self, request: web.Request) -> web.StreamResponse:
        return self.asked(request, to=_inside(request.query.get("next", HOME)))

    def asked(
        self,
        request: web.Request,
        *,
        to: str = HOME,
        status: int = 200,
        wrong: Words | None = None,
        kept: Kept | None = None,
    ) -> web.Response:
        """Return the page that asks for a key. ``kept``: the form that was being sent when the
        session ended; it goes on with the log-in."""
        return self._frame.page(request, "login.html", status=status, wrong=wrong, to=to, kept=kept)

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Open a session. Script that keeps its page open is told the new token of its forms."""
        form = await form_of(request)
        kept = await Kept.of_login(request, OWN)
        key, to = form.get("key", ""), _inside(form.get("next", HOME))
        if wait := self._log_ins.wait(request.remote or "", key):
            response = self.asked(request, to=to, status=429, kept=kept, wrong=too_many(wait))
            response.headers["Retry-After"] = str(wait)
            return response
        token = new_token()  # a new secret: what the browser had before may be known
        caller = await self._sessions.open(key, token) if key else None
        if caller is None:
            self._log_ins.failed(request.remote or "", key)
            return self.asked(request, to=to, status=401, wrong=UNKNOWN_KEY, kept=kept)
        request[VISITOR] = visitor = replace(
            request[VISITOR],
            token=token,
            fresh=True,
            caller=caller,
            enterprise=chosen_of(caller, request.cookies.get(CHOSEN, "")),
        )
        if preferred(request.headers.get("Accept", ""), ANSWERS) == ANSWERS[1]:
            return json({"csrf": visitor.csrf, "enterprise": visitor.enterprise})
        if kept is not None:
            return self._frame.page(request, "kept.html", kept=kept)
        return web.Response(status=303, headers={"Location": to})

    async def leave(self, request: web.Request) -> web.StreamResponse:
        await self._sessions.end(request[VISITOR].token)
        return web.Response(status=303, headers={"Location": f"{HOME}/login"})

    async def choose(self, request: web.Request) -> web.StreamResponse:
        form, visitor = await form_of(request), request[VISITOR]
        code = form.get("enterprise", "")
        if visitor.caller is None or code not in visitor.caller.enterprises:
            raise not_found(code, "企业海关编码", "enterprise")
        response = web.Response(status=303, headers={"Location": _inside(form.get("back", HOME))})
        response.set_cookie(CHOSEN, code, httponly=True, samesite="Strict", path=HOME)
        return response

    async def home(self, request: web.Request) -> web.StreamResponse:
        own, enterprise = request[VISITOR].own, request[VISITOR].enterprise
        listed = queried()
        queries = self._gateway.queries

        def narrowed(code: str, kinds: tuple[str, ...], status: Status | None = None) -> Filter:
            return Filter(
                enterprises=own.enterprises,
                message_types=(code,),
                kinds=kinds,
                or_pending=True,
                status=status,
            )

        counts: list[StatusCounts] = await asyncio.gather(
            *(queries.counts(narrowed(code, listing.kinds)) for code, listing in listed)
        )
        letters = await queries.declarations(narrowed("GRT101", ("setup",), Status.APPROVED))
        unanswered = [
            each for each in (await queries.statements(own.enterprises)).items if not each.answered
        ]
        return self._frame.page(
            request,
            "home.html",
            todo=[
                (listing, [each for each in found.items if each.status in WAITING and each.count])
                for (_, listing), found in zip(listed, counts, strict=True)
            ],
            guarantees=letters,
            overdue=await queries.overdue(own.enterprises),
            unanswered=unanswered,
            receipts=await queries.newest_receipts(enterprise, NEWEST),
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream what moves for the chosen enterprise, to all of its open pages."""
        enterprise = request[VISITOR].enterprise
        if request.query.get("enterprise", enterprise) != enterprise:
            raise not_found(request.query["enterprise"], "企业海关编码", "enterprise")
        return await self._hearts.of(enterprise).stream(request)


def _inside(to: str) -> str:
    """Return a path of the portal, whatever was asked for."""
    path = safe(to)
    return path if path == HOME or path.startswith((f"{HOME}/", f"{HOME}?")) else HOME
