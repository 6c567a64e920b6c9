"""Live parts of a page: elements with an id and ``data-live``. A page that is open already asks for
itself again and says what it has; it gets only the parts that are not so any more."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from aiohttp import web

HEADER, ASK = "X-Live", "ask"
"""What our script sends: the parts that a page has; with a form, that it only asks for the question
before the act."""
_PLACE = re.compile(r'<([a-z]+)\b(?=[^<>]*\sdata-live)(?=[^<>]*\sid="([\w-]+)")[^<>]*>')


def parts_of(request: web.Request) -> Mapping[str, str] | None:
    """Return the parts that the page has: id and mark. None where a whole page is asked for."""
    given = request.headers.get(HEADER) if request.method == "GET" else None
    if given is None:
        return None
    return dict(pair.split("=", 1) for pair in given.split(" ") if "=" in pair)


def only_asks(request: web.Request) -> bool:
    """Return whether a form wants to know the question only: nothing may be done."""
    return request.method == "POST" and request.headers.get(HEADER) == ASK


def changed(page: str, has: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the live parts of ``page`` whose mark the other side has not: id to ``hash`` and
    ``html``."""
    found = {}
    for name, inside in _parts(page):
        mark = hashlib.blake2s(inside.encode(), digest_size=6).hexdigest()
        if has.get(name) != mark:
            found[name] = {"hash": mark, "html": inside}
    return found


def _parts(page: str) -> Iterator[tuple[str, str]]:
    """Yield id and inside of every live part; one inside another belongs to the outer."""
    at = 0
    while (place := _PLACE.search(page, at)) is not None:
        depth, end = 1, len(page)
        for tag in re.compile(rf"<(/?){place[1]}\b").finditer(page, place.end()):
            depth += -1 if tag[1] else 1
            if not depth:
                end = tag.start()
                break
        yield place[2], page[place.end() : end]
        at = end
