"""Reading what a page sends: the fields of a form."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web


async def form_of(request: web.Request) -> Mapping[str, str]:
    """Return the text fields of a form, without blanks around them; the last of each name. Browsers
    send lines with CRLF."""
    return {
        name: value.replace("\r\n", "\n").strip()
        for name, value in (await request.post()).items()
        if isinstance(value, str)
    }


async def all_of(request: web.Request, name: str) -> list[str]:
    """Return every value of one field, each once, in order."""
    found = (await request.post()).getall(name, [])
    return list(dict.fromkeys(value for value in found if isinstance(value, str)))
