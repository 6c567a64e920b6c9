"""Who may use the control port: a caller with an operator's key; without one the person who started
it, on this machine, where that was asked for."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import HttpVersion11, web

from customs_sim.control.problems import forbidden, not_direct, unauthorised
from customs_sim.office.operators import LOCAL, Actor, Ended, Operators, Role
from gateway.base.web.neighbours import Address, another_users
from schemas.findings import shown

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
DIRECT = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "date",
        "dnt",
        "expect",
        "host",
        "if-modified-since",
        "if-none-match",
        "keep-alive",
        "last-event-id",
        "origin",
        "pragma",
        "priority",
        "range",
        "referer",
        "te",
        "transfer-encoding",
        "upgrade-insecure-requests",
        "user-agent",
        "x-live",
        "x-request-id",
        "x-requested-with",
    }
)
"""Headers that programs and browsers send by themselves. Any other one was added on the way, or is
nothing that a call without a key needs."""
OF_BROWSERS = "sec-"
"""The beginning of headers that only a browser can set, and a page cannot."""
OWN_PAGE = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site of a page of ours, and of an address that was typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyless:
    """Access without a key. ``asked_for``: this process was started so; ``ended``: why nobody has
    it any more."""

    asked_for: bool
    ended: Ended | None

    @property
    def allowed(self) -> bool:
        return self.asked_for and self.ended is None


class Door:
    """Finds out who a caller is. ``keyless``: the person who started this process needs no key, as
    long as nobody has made one."""

    def __init__(self, people: Operators, *, keyless: bool) -> None:
        self._people, self._keyless = people, keyless

    async def enter(self, request: web.Request) -> Actor:
        """Return who calls: the owner of the key, or without one a tester. Raise Refused, 401 or
        403, for anybody else."""
        given = request.headers.get("Authorization")
        if given is None:
            return await self.local(request)
        scheme, _, key = given.partition(" ")
        actor = (
            await self._people.by_key(key.strip())
            if scheme.lower() == "bearer" and key.strip()
            else None
        )
        if actor is None:
            raise unauthorised()
        return actor

    async def keyless(self) -> Keyless:
        """Return whether the person who started this needs a key, and what may be done about
        it."""
        ended = await self._people.keyless_ended()
        return Keyless(asked_for=self._keyless, ended=ended)

    async def local(self, request: web.Request) -> Actor:
        """Return the tester that a direct caller without a key is (``docs/contract.md`` 4). Raise
        Refused for every other caller: 401, and 403 for a page that is none of ours."""
        if not self._keyless or not _from_this_machine(request):
            raise unauthorised()
        await _direct(request)
        if ended := await self._people.keyless_ended():
            raise unauthorised(ended=ended)
        return Actor(name=LOCAL, role=Role.TESTER)


DOOR: web.AppKey[Door] = web.AppKey("door", Door)


def is_loopback(host: str) -> bool:
    """Return whether a server that listens on ``host`` is reached from this machine only."""
    name = host.strip("[]").partition("%")[0]
    if name.lower() == "localhost":
        return True
    try:
        return _loopback(name)
    except ValueError:
        return False


def same_origin(request: web.Request) -> None:
    """Raise Refused, 403, when a page of another origin sent the request."""
    origin, host = request.headers.get("Origin"), request.headers.get("Host", "")
    try:
        place = None if origin is None else urlsplit(origin).netloc.lower()
    except ValueError:  # no address at all
        place = ""
    if origin is not None and place != host.lower():
        raise forbidden("Origin", origin, f"{request.scheme}://{host}")


async def _direct(request: web.Request) -> None:
    """Raise Refused unless a program of the same user, or a page of ours in their browser, sent the
    request itself.

    A proxy on this machine hands on what strangers send. It is another user's (the system knows
    whose a socket is), or shows itself: by a header that no direct caller sends, by the address
    that it was asked by, or by HTTP/1.0. A page of anybody in the tester's own browser also calls
    from this machine: by a foreign Host (DNS rebinding), Origin or Sec-Fetch-Site.
    """
    peer, own = (_end(request, name) for name in ("peername", "sockname"))
    if peer is not None and own is not None:
        strange = await asyncio.to_thread(another_users, peer, own)
        if strange:
            raise not_direct("调用程序属于本机的其他用户", "the calling program is another user's")
    if request.version < HttpVersion11:
        raise not_direct("HTTP 版本低于 1.1", "its HTTP version is below 1.1")
    for name in request.headers:
        if name.lower() not in DIRECT and not name.lower().startswith(OF_BROWSERS):
            raise not_direct(f"带有请求头 {shown(name)}", f"it has the header {shown(name)}")
    host = request.headers.get("Host", "")
    wanted = sorted(f"{name}:{own[1]}" if own else name for name in LOCAL_HOSTS)
    if _name(host) not in LOCAL_HOSTS or (own and _port(host) != own[1]):
        raise forbidden("Host", host, ", ".join(wanted))
    same_origin(request)
    site = request.headers.get("Sec-Fetch-Site", "none").lower()
    if site not in OWN_PAGE:
        raise forbidden("Sec-Fetch-Site", site, ", ".join(sorted(OWN_PAGE)))


def _end(request: web.Request, name: str) -> Address | None:
    """Return one end of the connection; None where it has no address and port."""
    end = None if request.transport is None else request.transport.get_extra_info(name)
    if not isinstance(end, tuple) or len(end) < 2:
        return None
    return str(end[0]), int(end[1])


def _from_this_machine(request: web.Request) -> bool:
    try:
        return _loopback((request.remote or "").partition("%")[0])
    except ValueError:
        return False


def _loopback(ip: str) -> bool:
    address = ipaddress.ip_address(ip)
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _name(host: str) -> str:
    """Return the host without its port, in lower case."""
    end = host.rfind("]") + 1
    return (host[:end] if end else host.partition(":")[0]).lower()


def _port(host: str) -> int:
    """Return the port of a Host header; 0 for one that is none."""
    text = host[len(_name(host)) :].removeprefix(":") or "80"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
