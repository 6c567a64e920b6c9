"""Answers that take less room on the way: gzip, for a client that accepts it."""

from __future__ import annotations

import asyncio
import gzip

from aiohttp import web

LEAST, LARGE = 1024, 64 * 1024
"""Bytes below which packing is not worth it, and from which it must not hold up other requests."""
LEVEL = 4
KINDS = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/xml",
        "image/svg+xml",
        "text/css",
        "text/csv",
        "text/html",
        "text/javascript",
    }
)
NEVER = ("q=0", "q=0.0", "q=0.00", "q=0.000")


async def pack(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Pack an answer to GET where that is worth it and the client takes it.

    A page holds a secret (the token of its forms) beside what was asked for. That its length tells
    of the secret (BREACH) needs requests of another site that carry our cookie, and the cookie is
    SameSite=Strict.
    """
    if (
        request.method != "GET"
        or not isinstance(response, web.Response)
        or response.prepared
        or not isinstance(response.body, bytes)
        or len(response.body) < LEAST
        or response.content_type not in KINDS
        or "Content-Encoding" in response.headers
    ):
        return
    response.headers.add("Vary", "Accept-Encoding")
    if not takes_gzip(request.headers.get("Accept-Encoding", "")):
        return
    content = response.body
    if len(content) < LARGE:
        response.body = gzip.compress(content, LEVEL, mtime=0)
    else:
        response.body = await asyncio.to_thread(gzip.compress, content, LEVEL, mtime=0)
    response.headers["Content-Encoding"] = "gzip"


def takes_gzip(header: str) -> bool:
    """Return whether the header ``Accept-Encoding`` allows gzip (RFC 9110, 12.5.3)."""
    for part in header.lower().split(","):
        name, _, parameter = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return parameter.replace(" ", "") not in NEVER
    return False
