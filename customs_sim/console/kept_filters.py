"""Filters that an operator keeps by name: in a cookie of the browser, since they are addresses and
nothing else."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from aiohttp import web

from gateway.base.web.addresses import safe
from gateway.base.web.pages.visit import YEAR

COOKIE, MOST, LONGEST = "filters", 20, 3500
"""Name of the cookie, filters in it, and characters that a browser surely keeps."""


class KeptFilter(NamedTuple):
    """A filter of the list at ``path``: its name and its query."""

    path: str
    name: str
    query: str


def kept_filters(request: web.Request) -> list[KeptFilter]:
    """Return what the browser keeps; nothing for a cookie that is none of ours."""
    try:
        raw = base64.urlsafe_b64decode(request.cookies.get(COOKIE, ""))
        found = msgspec.json.decode(raw or b"[]", type=list[KeptFilter])
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return []
    return [each for each in found if safe(each.path) == each.path][:MOST]


def keep_filters(response: web.Response, filters: Sequence[KeptFilter]) -> None:
    """Tell the browser what to keep: the newest that fit."""
    kept = list(filters[-MOST:])
    while len(told := base64.urlsafe_b64encode(msgspec.json.encode(kept)).decode()) > LONGEST:
        kept = kept[1:]
    response.set_cookie(COOKIE, told, httponly=True, samesite="Strict", path="/", max_age=YEAR)
