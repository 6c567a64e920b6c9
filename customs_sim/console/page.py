"""A page as a row of a table: method, path, who may, and what answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from customs_sim.office.operators import Role
from gateway.base.web.pages.question import Ask

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
