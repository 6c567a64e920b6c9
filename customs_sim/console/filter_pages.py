"""Keeping and forgetting a filter by name: forms of every list."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from customs_sim.console.kept_filters import KeptFilter, keep_filters, kept_filters
from customs_sim.console.page import Page, post
from customs_sim.control.problems import bad_value
from customs_sim.office.operators import Role
from gateway.base.web.addresses import safe
from gateway.base.web.pages.forms import form_of


class FilterPages:
    """The forms, one method each."""

    def pages(self) -> list[Page]:
        return [
            post("/filters", self.keep, Role.VIEWER),
            post("/filters/forget", self.forget, Role.VIEWER),
        ]

    async def keep(self, request: web.Request) -> web.StreamResponse:
        """Keep the filter of the page that the form stood on; one of the same name is replaced."""
        form = await form_of(request)
        name, back = form.get("name", ""), safe(form.get("back", "/"))
        if not 1 <= len(name) <= 40 or not name.isprintable():
            raise bad_value("name", name, "1 到 40 个可见字符", "1 to 40 printable characters")
        place = urlsplit(back)
        new = KeptFilter(place.path, name, place.query)
        return _answer(back, [*_others(request, new.path, name), new])

    async def forget(self, request: web.Request) -> web.StreamResponse:
        form = await form_of(request)
        back = safe(form.get("back", "/"))
        return _answer(back, _others(request, urlsplit(back).path, form.get("name", "")))


def _others(request: web.Request, path: str, name: str) -> list[KeptFilter]:
    return [each for each in kept_filters(request) if each[:2] != (path, name)]


def _answer(back: str, filters: list[KeptFilter]) -> web.Response:
    response = web.Response(status=303, headers={"Location": back})
    keep_filters(response, filters)
    return response
