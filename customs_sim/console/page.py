"""A page as a row of a table: method, path, who may, and what answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from customs_sim.office.operators import Role
from gateway.base.web.pages.question import Ask

PAGED = ("page", "limit", "sort")
"""Parameters of a list that is paged and sorted."""
Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One row.

    Attributes:
        open: Whether anybody may see it.
        ask: What is asked back before it is done.
        asks: The parameters that may stand in its address; None where nobody looks.
        file: Whether it answers with a file: one that cannot be used costs the whole answer.
    """

    path: str
    handle: Handle
    role: Role = Role.VIEWER
    method: str = "GET"
    open: bool = False
    ask: Ask | None = None
    asks: tuple[str, ...] | None = None
    file: bool = False


def get(path: str, handle: Handle, role: Role = Role.VIEWER, *, asks: tuple[str, ...] = ()) -> Page:
    return Page(path=path, handle=handle, role=role, asks=asks)


def get_file(path: str, handle: Handle, *, asks: tuple[str, ...] = ()) -> Page:
    return Page(path=path, handle=handle, asks=asks, file=True)


def post(path: str, handle: Handle, role: Role = Role.OFFICER, *, ask: Ask | None = None) -> Page:
    return Page(path=path, handle=handle, role=role, method="POST", ask=ask)
