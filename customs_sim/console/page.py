"""A page as a row of a table: method, path, who may, and what answers. And reading forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from customs_sim.console.question import Ask
from customs_sim.control.http import posted
from customs_sim.office.operators import Role

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One row. ``open``: may be seen by anybody. ``ask``: what is asked back before it is done."""

    path: str
    handle: Handle
    role: Role = Role.VIEWER
    method: str = "GET"
    open: bool = False
    ask: Ask | None = None


def get(path: str, handle: Handle, role: Role = Role.VIEWER) -> Page:
    return Page(path=path, handle=handle, role=role)


def post(path: str, handle: Handle, role: Role = Role.OFFICER, *, ask: Ask | None = None) -> Page:
    return Page(path=path, handle=handle, role=role, method="POST", ask=ask)


async def form_of(request: web.Request) -> Mapping[str, str]:
    """Return the text fields of a form, without blanks around them; the last of each name. Browsers
    send lines with CRLF."""
    return {
        name: value.replace("\r\n", "\n").strip()
        for name, value in (await posted(request)).items()
        if isinstance(value, str)
    }


async def all_of(request: web.Request, name: str) -> list[str]:
    """Return every value of one field, each once, in order."""
    return list(
        dict.fromkeys(
            value for value in (await posted(request)).getall(name, []) if isinstance(value, str)
        )
    )


def page_size(request: web.Request, default: int = 100, most: int = 1000) -> int:
    """Return how many rows the page shows. Anything odd is the default: a page does not fail for
    it."""
    text = request.query.get("limit", "")
    return (
        min(int(text), most)
        if text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text)
        else default
    )
