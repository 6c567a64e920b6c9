"""Who may use the control API: whoever holds the operator's key, and a tester on the same machine without one."""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

from customs_sim.problems import forbidden, unauthorised

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
"""Headers of a proxy: then the peer on this machine is not the caller."""


def admit(request: web.Request, operator_key: str) -> None:
    """Return when the caller may steer customs; raise a Refusal 401 or 403 otherwise.

    A page in the tester's own browser also calls from this machine: a foreign Host (DNS rebinding) or Origin is
    refused.
    """
    given = request.headers.get("Authorization")
    if given is not None:
        scheme, _, key = given.partition(" ")
        right = hmac.compare_digest(key.strip().encode(), operator_key.encode())
        if scheme.lower() == "bearer" and operator_key and right:
            return
        raise unauthorised()
    if not _from_this_machine(request):
        raise unauthorised()
    host = request.headers.get("Host", "")
    if _name(host) not in LOCAL_HOSTS:
        raise forbidden("Host", host, ", ".join(sorted(LOCAL_HOSTS)))
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
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
    """The host without its port, lower case."""
    end = host.rfind("]") + 1
    return (host[:end] if end else host.partition(":")[0]).lower()
