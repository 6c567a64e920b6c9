"""A screen as a row of a table: method, path, what its address may ask, and what answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

HOME = "/portal"
Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One row.

    Attributes:
        path: Below ``/portal``; empty for the front page.
        asked: The names that may stand in its query, beside the language.
        open: Whether it may be seen by anybody.
        asks: Whether its form may raise a question before it is done.
    """

    path: str
    handle: Handle
    method: str = "GET"
    asked: tuple[str, ...] = ()
    open: bool = False
    asks: bool = False
