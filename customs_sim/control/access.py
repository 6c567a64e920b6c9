"""Who may use the control port: a caller with an operator's key, and without one a tester on the
same machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

from customs_sim.control.problems import forbidden, unauthorised
from customs_sim.office.operators import LOCAL, Actor, Operators, Role

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
"""Headers of a proxy: then the peer on this machine is not the caller."""


class Door:
    """Finds out who a caller is."""

    def __init__(self, people: Operators) -> None:
        self._people = people

    async def enter(self, request: web.Request) -> Actor:
        """Return who calls: the owner of the key, or without one a tester on this machine. Raise
        Refused, 401 or 403, for anybody else."""
        given = request.headers.get("Authorization")
        if given is None:
            return local(request)
        scheme, _, key = given.partition(" ")
        actor = (
            await self._people.by_key(key.strip())
            if scheme.lower() == "bearer" and key.strip()
            else None
        )
        if actor is None:
            raise unauthorised()
        return actor


def local(request: web.Request) -> Actor:
    """Return the tester that a caller on this machine without a key is (``docs/contract.md`` 4).
    Raise Refused, 401 or 403, for a caller from elsewhere.

    A page in the tester's own browser also calls from this machine: a foreign Host (DNS rebinding)
    or Origin is refused.
    """
    if not _from_this_machine(request):
        raise unauthorised()
    host = request.headers.get("Host", "")
    if _name(host) not in LOCAL_HOSTS:
        raise forbidden("Host", host, ", ".join(sorted(LOCAL_HOSTS)))
    same_origin(request)
    return Actor(name=LOCAL, role=Role.TESTER)


def same_origin(request: web.Request) -> None:
    """Raise Refused, 403, when a page of another origin sent the request."""
    origin, host = request.headers.get("Origin"), request.headers.get("Host", "")
    try:
        place = None if origin is None else urlsplit(origin).netloc.lower()
    except ValueError:  # no address at all
        place = ""
    if origin is not None and place != host.lower():
        raise forbidden("Origin", origin, f"{request.scheme}://{host}")


def _from_this_machine(request: web.Request) -> bool:
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address((request.remote or "").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _name(host: str) -> str:
    """Return the host without its port, in lower case."""
    end = host.rfind("]") + 1
    return (host[:end] if end else host.partition(":")[0]).lower()
