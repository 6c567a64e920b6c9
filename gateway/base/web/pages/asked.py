"""What a page is asked by its address. A parameter that cannot be used does not cost the page: the
page is shown without it, with what is wrong at its field, and with the status 400."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from aiohttp import web

from gateway.base.web.pages.text import Words

ALWAYS = ("lang", "print")
"""Parameters that every page takes."""
MOST = 8
"""Parameters of one address that are told."""
TYPED: web.RequestKey[Mapping[str, str]] = web.RequestKey("typed", Mapping)
"""The query as it was typed, where a part of it is left out."""
BAD: web.RequestKey[Mapping[str, Words]] = web.RequestKey("bad", Mapping)
"""What cannot be used of the query, and why."""

WHOLE: web.RequestKey[bool] = web.RequestKey("whole", bool)
"""Set where the page is to stand alone: a file that needs no other."""


def printing(request: web.Request) -> bool:
    """Return whether the page is asked for as paper: without what only a screen can use."""
    return bool(request.query.get("print")) or request.get(WHOLE, False)


class Part(NamedTuple):
    """The part of a list that a page shows: ``limit`` rows behind the first ``skip``."""

    skip: int
    limit: int


class Bad(NamedTuple):
    """A parameter that cannot be used, and why."""

    name: str
    words: Words


async def kindly(
    request: web.Request,
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
    explained: Callable[[Exception], Bad | None],
) -> web.StreamResponse:
    """Answer a GET without the parameters that ``answer`` cannot use. It raises what ``explained``
    tells a parameter from; None for any other error, which is raised."""
    bad: dict[str, Words] = {}
    left = request
    while True:
        try:
            response = await answer(left)
        except Exception as error:
            told = explained(error)
            if told is None or told.name not in left.query or len(bad) == MOST:
                raise
            bad[told.name] = told.words
            left = request.clone(rel_url=request.rel_url.without_query_params(*bad))
            left[TYPED], left[BAD] = request.query, bad
            continue
        if bad and not response.prepared:
            response.set_status(400)
        return response
