"""Who looks at a page of the desk: a browser, and the officer whose session it holds. Owns no
page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from customs_sim.control.access import Door, same_origin
from customs_sim.control.http import posted
from customs_sim.control.problems import said
from customs_sim.office.operators import Actor, Operators
from gateway.base.web.pages.forms import form_of
from gateway.base.web.pages.visit import YEAR, Browser, english, new_token, secret_of
from schemas.findings import Refused

KEYED = "key-"
"""The beginning of the secret of a browser in which somebody logged in with a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor(Browser):
    """``actor`` None: nobody is logged in, and the caller needs a key. ``session``: logged in with
    a key. ``ended``: was logged in with one, and is no more.

    Who logged in with a key is nobody else until they log out and choose to be: an ended session
    asks for a key, also where callers of this machine need none. The secret says so by its
    beginning, so the browser keeps it longer than a session lasts.
    """

    COOKIE: ClassVar[str] = "desk"
    SECONDS: ClassVar[int] = YEAR

    actor: Actor | None
    session: bool
    ended: bool


VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor", Visitor)


async def visitor_of(request: web.Request, people: Operators, door: Door) -> Visitor:
    """Return who sent the request. Refuses nobody: a page that asks for a key may still be
    shown."""
    token, fresh = secret_of(request, Visitor.COOKIE)
    actor = None if fresh else await people.of_session(token)
    session, keyed = actor is not None, token.startswith(KEYED)
    if actor is None and not keyed:
        try:
            actor = await door.local(request)
        except Refused:
            actor = None
    return Visitor(
        actor=actor,
        token=token,
        fresh=fresh,
        session=session,
        ended=keyed and not session,
        english=english(request),
    )


def keyed_token() -> str:
    """Return a new secret for a browser in which somebody logs in with a key."""
    return KEYED + new_token()


def from_here(request: web.Request) -> bool:
    """Return whether the browser says that a page of this desk sent the request."""
    try:
        same_origin(request)
    except Refused:
        return False
    return "Origin" in request.headers


async def checked_form(request: web.Request) -> None:
    """Raise Refused, 403, unless one of our own pages sent this form."""
    same_origin(request)
    if not request[VISITOR].sent((await posted(request)).get("csrf")):
        raise said(
            "AUTH.04",
            403,
            "表单已过期或不是本系统的页面发出的",
            "the form is out of date, or no page of this desk sent it",
            "请刷新页面后重试",
            "reload the page and try again",
        )


async def typed_form(request: web.Request) -> Mapping[str, str]:
    """Return the fields of a form that was refused; none where it cannot be read."""
    try:
        await posted(request)
    except (Refused, ConnectionError):
        return {}
    return await form_of(request)
