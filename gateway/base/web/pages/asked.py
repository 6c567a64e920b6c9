"""What a page is asked by its address. A parameter that cannot be used does not cost the page: the
page is shown without it, with the finding at its field, and with the status 400."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import NamedTuple

from aiohttp import web

from gateway.base.web.asked import oddity
from gateway.base.web.pages.text import Words
from schemas.findings import Place, Refused, finding, odd_address

ALWAYS = ("lang", "print")
"""Parameters that every page takes."""
MOST = 8
"""Parameters of one address that are told."""
TYPED: web.RequestKey[Mapping[str, str]] = web.RequestKey("typed", Mapping)
"""The query as it was typed, where a part of it is left out."""
BAD: web.RequestKey[Mapping[str, Words]] = web.RequestKey("bad", Mapping)
"""What cannot be used of the query, and why."""


class Part(NamedTuple):
    """The part of a list that a page shows: ``limit`` rows behind the first ``skip``."""

    skip: int
    limit: int


async def kindly(
    request: web.Request,
    known: Collection[str],
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> web.StreamResponse:
    """Answer a GET whose query may hold the ``known`` parameters, without those that cannot be
    used. ``answer`` raises Refused, 400, with the parameter as the field of its finding."""
    bad: dict[str, Words] = {}
    left = request
    while True:
        try:
            if odd := oddity(left, (*known, *ALWAYS)):
                raise Refused([odd_address(odd)], status=400)
            response = await answer(left)
        except Refused as refused:
            first = refused.findings[0]
            field = first.field or ""
            if refused.status != 400 or field not in left.query or len(bad) == MOST:
                raise
            bad[field] = first.message_zh, first.message_en
            left = request.clone(rel_url=request.rel_url.without_query_params(*bad))
            left[TYPED], left[BAD] = request.query, bad
            continue
        if bad and not response.prepared:
            response.set_status(400)
        return response


def part_of(request: web.Request, default: int = 100, most: int = 1000) -> Part:
    """Return the part of a list that ``page`` and ``limit`` ask for. Raise Refused, 400, for what
    is none."""
    limit = _whole(request, "limit", default, most)
    return Part((_whole(request, "page", 1, 10**6) - 1) * limit, limit)


def _whole(request: web.Request, name: str, default: int, most: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= most:
        return int(text)
    wanted = f"1 到 {most} 的整数", f"a whole number from 1 to {most}"
    made = finding("QUERY.01", Place(field=name), found=text, wanted=wanted[0], wanted_en=wanted[1])
    raise Refused([made], status=400)
