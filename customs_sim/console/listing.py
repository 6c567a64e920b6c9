"""What the address of a page of registers or money asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from customs_sim.console.asked import part_of
from customs_sim.console.page import PAGED
from customs_sim.control.http import words_of
from customs_sim.control.sheets import sort_in
from customs_sim.desk.lists import Asked
from gateway.base.web.pages.asked import Part

LISTED = ("q", "enterprise", *PAGED)
"""The parameters of such a page."""


def listed(request: web.Request, sorts: Mapping[str, Any]) -> tuple[Asked, Part]:
    """Return what the list is asked for, and the part of it that is shown. Raise Refused, 400, for
    what cannot be searched or sorted by."""
    part = part_of(request)
    asked = Asked(
        most=part.limit,
        skip=part.skip,
        q=words_of(request),
        enterprise=words_of(request, "enterprise"),
        sort=sort_in(request.query, sorts),
    )
    return asked, part
