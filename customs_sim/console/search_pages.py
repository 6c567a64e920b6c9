"""The page that answers the search box of the header."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from customs_sim.console.asked import part_of
from customs_sim.console.frame import Frame
from customs_sim.console.page import Page, get
from customs_sim.control.http import words_of
from customs_sim.control.problems import bad_value
from customs_sim.desk import views
from customs_sim.desk.search import NAMES, SHOWN, Group, Hit, search
from customs_sim.node import CustomsNode
from gateway.base.web.addresses import link, segment

PAGES: Mapping[str, str] = {
    "case": "/cases",
    "levy": "/levies",
    "guarantee": "/guarantees",
    "message": "/messages",
    "parked": "/parked",
    "enterprise": "/enterprises",
}
"""Where a thing of this kind has a page of its own, found by its key."""
LISTS: Mapping[str, str] = {"payment": "/payments?q=", "statement": "/statements/"}
"""The list that shows a thing of this kind by its number."""


class SearchPages:
    """The page, one method."""

    def __init__(self, node: CustomsNode, frame: Frame) -> None:
        self._frame, self._store = frame, node.office.store

    def pages(self) -> list[Page]:
        return [get("/search", self.search, asks=("q", "kind", "limit"))]

    async def search(self, request: web.Request) -> web.StreamResponse:
        """Show what was found by kind; the only hit is gone to at once."""
        q, kind = words_of(request), request.query.get("kind", "")
        if kind and kind not in NAMES:
            raise bad_value("kind", kind, " | ".join(NAMES), " | ".join(NAMES))
        groups = await self._store.read(lambda c: search(c, q, (kind,) if kind else ()))
        if not kind and sum(group.total for group in groups) == 1:
            return web.Response(status=303, headers={"Location": address(groups[0].hits[0])})
        most = part_of(request).limit if kind else SHOWN
        return self._frame.page(
            request,
            "search.html",
            q=q,
            kind=kind,
            groups=[(group, self._shown(group, most)) for group in groups],
            total=sum(group.total for group in groups),
            names=NAMES,
            firms={code: name for code, name, _ in await self._store.read(views.enterprises)},
            address=address,
        )

    @staticmethod
    def _shown(group: Group, most: int) -> tuple[Hit, ...]:
        return group.hits[:most]


def address(hit: Hit) -> str:
    """Return where a hit is shown."""
    if hit.kind == "refund":  # it has no page: its register has its entries
        return "/search?q=" + segment(hit.what)
    if hit.kind in LISTS:
        return LISTS[hit.kind] + segment(hit.number)
    return link(PAGES[hit.kind], hit.key)
