"""What the address of a page of the desk asks for: known parameters, codes that something has, and
the part of a list. What nothing has is told: a list that it narrows to nothing looks as if there
were nothing."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from customs_sim.console.page import Page
from customs_sim.control.http import check_address, word_in
from customs_sim.control.problems import bad_value
from customs_sim.desk import views
from customs_sim.desk.search import NAMES
from customs_sim.node import CustomsNode
from gateway.base.web.pages.asked import ALWAYS, Bad, Part
from schemas.catalogue import catalogue
from schemas.findings import Refused


async def looked_at(node: CustomsNode, page: Page, request: web.Request) -> web.StreamResponse:
    """Answer a GET. Raise Refused, 400, for a parameter that the page does not take, and for one
    that names nothing."""
    check_address(request, (*(page.asks or ()), *ALWAYS))
    await _check_codes(node, request.query)
    return await page.handle(request)


def explained(error: Exception) -> Bad | None:
    """Return the parameter that a refusal is about; None for any other error."""
    if not isinstance(error, Refused) or error.status != 400:
        return None
    first = error.findings[0]
    return Bad(first.field or "", (first.message_zh, first.message_en))


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
    raise bad_value(name, text, f"1 到 {most} 的整数", f"a whole number from 1 to {most}")


async def _check_codes(node: CustomsNode, query: Mapping[str, str]) -> None:
    """Raise Refused, 400, for an enterprise, a district or a message type that is unknown."""
    if code := word_in(query, "enterprise"):
        known = {firm.code for firm in await node.office.store.read(views.enterprises)}
        if code not in known:
            raise bad_value("enterprise", code, "已登记企业的代码", "the code of an enterprise")
    code = word_in(query, "customs")
    if code and node.office.codes.find("customs", code) is None:
        raise bad_value("customs", code, "关区代码, 如 0100", "the code of a district, like 0100")
    if kind := word_in(query, "kind"):
        kinds = tuple(catalogue().filings)
        if kind not in kinds and kind not in NAMES:
            raise bad_value("kind", kind, " | ".join(kinds), " | ".join(kinds))
