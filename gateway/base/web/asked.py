"""What a request asks by its address: only parameters that the row of the route names, each once,
and only text that a store can take."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass

from aiohttp import web

MOST_SHOWN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """What is wrong with an address.

    Attributes:
        code: The finding: QUERY.05 unknown, QUERY.06 repeated, QUERY.07 no text for a store.
        name: The parameter; empty for the path.
        value: What was found.
        near: The known name that was probably meant; empty without one.
        known: All that the route takes.
    """

    code: str
    name: str
    value: str
    near: str = ""
    known: tuple[str, ...] = ()


def oddity(request: web.Request, known: Collection[str]) -> Oddity | None:
    """Return the first thing wrong with the address of a request; None for a sound one."""
    url = request.rel_url
    if url.raw_query_string:
        seen: set[str] = set()
        for name, value in url.query.items():
            if name not in known:
                near = difflib.get_close_matches(name.lower()[:MOST_SHOWN], known, n=1)
                return Oddity(
                    code="QUERY.05",
                    name=name[:MOST_SHOWN],
                    value=value,
                    near=near[0] if near else "",
                    known=tuple(known),
                )
            if name in seen:
                return Oddity(code="QUERY.06", name=name, value=value)
            seen.add(name)
            if not storable(value):
                return Oddity(code="QUERY.07", name=name, value=value)
    for name, value in request.match_info.items():
        if not storable(value):
            return Oddity(code="QUERY.07", name=name, value=value)
    return None


def storable(text: str) -> bool:
    """Return whether every store takes ``text``: PostgreSQL holds no NUL, UTF-8 no half of a
    surrogate pair."""
    if text.isascii():
        return "\0" not in text
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
