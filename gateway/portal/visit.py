"""Who looks at a screen of the portal: a browser, the key whose session it holds, and which of its
enterprises was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import msgspec
from aiohttp import web

from gateway.base.web.pages.visit import YEAR, Browser, english, secret_of
from gateway.store.keys import Caller
from gateway.store.sessions import Sessions

CHOSEN = "enterprise"
"""The cookie with the enterprise that was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor(Browser):
    """``caller`` None: nobody is logged in. ``enterprise``: the chosen one of the key's own; empty
    without a caller."""

    COOKIE: ClassVar[str] = "portal"
    SECONDS: ClassVar[int] = YEAR  # longer than a session: a form that outlives it is still ours

    caller: Caller | None
    enterprise: str

    @property
    def own(self) -> Caller:
        """Return the caller as one who sees the chosen enterprise only. Raise LookupError when
        nobody is logged in."""
        if self.caller is None:
            raise LookupError("nobody is logged in")
        return msgspec.structs.replace(self.caller, enterprises=frozenset({self.enterprise}))


VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor", Visitor)


async def visitor_of(request: web.Request, sessions: Sessions) -> Visitor:
    """Return who sent the request. Refuses nobody."""
    token, fresh = secret_of(request, Visitor.COOKIE)
    caller = None if fresh else await sessions.caller(token)
    return Visitor(
        caller=caller,
        enterprise=chosen_of(caller, request.cookies.get(CHOSEN, "")),
        token=token,
        fresh=fresh,
        english=english(request),
    )


def chosen_of(caller: Caller | None, wanted: str) -> str:
    """Return the wanted enterprise if the key acts for it, else the first that it acts for; empty
    without a caller."""
    if caller is None:
        return ""
    return wanted if wanted in caller.enterprises else min(caller.enterprises)
