"""A person's own queries (我的查询): names and addresses, kept by the browser in a cookie for each
key. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NamedTuple

import msgspec

from gateway.portal.page import HOME
from handlers import queried

MOST, LONGEST, ROOM = 12, 40, 3000
"""Queries that are kept, characters of a name, and characters of the cookie."""


class Saved(NamedTuple):
    """One query. ``address``: where it leads, with its filters."""

    name: str
    address: str


def cookie_of(key: str) -> str:
    """Return the name of the cookie: another key sees nothing of these queries."""
    return f"portal_queries_{hashlib.blake2s(key.encode(), digest_size=6).hexdigest()}"


def read(cookie: str | None) -> list[Saved]:
    """Return what a cookie keeps; nothing for what is none of ours."""
    if not cookie:
        return []
    try:
        kept = msgspec.json.decode(base64.urlsafe_b64decode(cookie), type=list[Saved])
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return []
    return [each for each in kept if leads_to_a_list(each.address)][:MOST]


def put(kept: list[Saved], name: str, address: str) -> list[Saved]:
    """Return the queries with one more in front; one of the same name is replaced."""
    name = " ".join(name.split())[:LONGEST]
    if not name or not leads_to_a_list(address):
        return kept
    more = [Saved(name, address), *drop(kept, name)][:MOST]
    while len(written(more)) > ROOM:
        more.pop()
    return more


def drop(kept: list[Saved], name: str) -> list[Saved]:
    """Return the queries without the one of this name."""
    return [each for each in kept if each.name != name]


def written(kept: list[Saved]) -> str:
    """Return the cookie that keeps them."""
    return base64.urlsafe_b64encode(msgspec.json.encode(kept)).decode()


def leads_to_a_list(address: str) -> bool:
    """Return whether an address is that of one of the queries."""
    path, _, _ = address.partition("?")
    return address.isascii() and path in {f"{HOME}/{listing.name}" for _, listing in queried()}
