"""Who looks at a page: the cookie of a browser, its session, its token against forged forms. Owns
no page."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from aiohttp import web

from customs_sim.control.access import Door, same_origin
from customs_sim.control.http import posted
from customs_sim.control.problems import said
from customs_sim.office.operators import HOURS, Actor, Operators
from schemas.findings import Refused

COOKIE, LANGUAGE = "desk", "lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """``actor`` None: nobody is logged in, and the caller needs a key. ``token`` is the
    browser's secret; ``fresh``: it must still be told. ``session``: logged in with a key."""

    actor: Actor | None
    token: str
    fresh: bool
    session: bool
    english: bool

    @property
    def csrf(self) -> str:
        """Return what every form carries: it follows from the cookie, which no other site can
        read."""
        return hmac.new(self.token.encode(), b"form", hashlib.sha256).hexdigest()

    def remember(self, request: web.Request, response: web.StreamResponse) -> None:
        """Tell the browser its secret and its language."""
        secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
        if self.fresh:
            response.set_cookie(
                COOKIE,
                self.token,
                httponly=True,
                samesite="Strict",
                secure=secure,
                path="/",
                max_age=HOURS * 3600,
            )
        if request.query.get(LANGUAGE) in ("zh", "en"):
            response.set_cookie(
                LANGUAGE,
                "en" if self.english else "zh",
                samesite="Strict",
                secure=secure,
                path="/",
                max_age=365 * 86400,
            )


VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor", Visitor)


async def visitor_of(request: web.Request, people: Operators, door: Door) -> Visitor:
    """Return who sent the request. Refuses nobody: a page that asks for a key may still be
    shown."""
    given = request.cookies.get(COOKIE, "")
    token = given if 20 <= len(given) <= 64 and given.isascii() else secrets.token_urlsafe(24)
    actor = await people.of_session(token) if token == given else None
    session = actor is not None
    if actor is None:
        try:
            actor = await door.local(request)
        except Refused:
            actor = None
    chosen = request.query.get(LANGUAGE) or request.cookies.get(LANGUAGE, "zh")
    return Visitor(
        actor=actor, token=token, fresh=token != given, session=session, english=chosen == "en"
    )


async def checked_form(request: web.Request) -> None:
    """Raise Refused, 403, unless one of our own pages sent this form."""
    same_origin(request)
    form = await posted(request)
    given = form.get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode(errors="surrogatepass"), request[VISITOR].csrf.encode()
    ):
        raise said(
            "AUTH.04",
            403,
            "表单已过期或不是本系统的页面发出的",
            "the form is out of date, or no page of this desk sent it",
            "请刷新页面后重试",
            "reload the page and try again",
        )
