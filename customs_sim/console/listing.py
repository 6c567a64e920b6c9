"""What the address of a page of registers or money asks for."""

from __future__ import annotations

from aiohttp import web

from customs_sim.console.asked import part_of
from customs_sim.console.page import PAGED
from customs_sim.control.http import one_of, sort_in, words_of
from customs_sim.desk.lists import ONLY, SORTS, Asked
from gateway.base.web.pages.asked import Part

LISTED = ("q", "enterprise", "only", *PAGED)
"""The parameters of such a page."""


def listed(request: web.Request, kind: str, now: int = 0) -> tuple[Asked, Part]:
    """Return what the list of ``kind`` is asked for at ``now``, business time, and the part of it
    that is shown. Raise Refused, 400, for what cannot be searched or sorted by."""
    part = part_of(request)
    asked = Asked(
        most=part.limit,
        skip=part.skip,
        q=words_of(request),
        enterprise=words_of(request, "enterprise"),
        sort=sort_in(request.query, SORTS.get(kind, {})),
        only=one_of(request.query, "only", ONLY.get(kind, {})),
        now=now,
    )
    return asked, part
