"""Keys: who may call, as which operator, for which enterprises. The store holds only hashes."""

from __future__ import annotations

import hashlib
import time

import msgspec
from sqlalchemy import Connection, select

from gateway.base.store.sql import SqlStore
from gateway.store import tables as t
from gateway.store.registry import Registry

ADMIN = "*"
"""In the place of enterprise codes: the key of an operator of the gateway."""
FRESH = 5.0
"""Seconds that a key read from the store is trusted: a revocation takes at most that long."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """One key: an operator (the scope of message ids) and the enterprises it may act for. ``key``
    is the hash."""

    operator: str
    name: str
    enterprises: frozenset[str]
    key: str

    @property
    def admin(self) -> bool:
        """Return whether it is the key of an operator of the gateway, who sees what was set aside
        and acts for no enterprise."""
        return ADMIN in self.enterprises


def hashed(key: str) -> str:
    """Return what the store holds of a key: its SHA-256 in hexadecimal."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def add_key(
    connection: Connection,
    *,
    key: str,
    operator: str,
    name: str,
    enterprises: tuple[str, ...],
    at: int,
) -> None:
    """Store the hash of ``key``; a known key is left as it is."""
    if (
        connection.execute(select(t.keys.c.hash).where(t.keys.c.hash == hashed(key))).first()
        is None
    ):
        connection.execute(
            t.keys.insert().values(
                hash=hashed(key),
                operator=operator,
                name=name,
                enterprises=msgspec.json.encode(enterprises).decode(),
                revoked=0,
                at=at,
            )
        )


class Access:
    """Looks keys up, with a short memory. Used from the event loop."""

    def __init__(self, store: SqlStore, registry: Registry) -> None:
        self._store, self._registry = store, registry
        self._known: dict[str, tuple[float, Caller]] = {}

    async def caller(self, key: str) -> Caller | None:
        """Return the caller of a key; None when there is no such key or it was revoked."""
        known = self._known.get(key)
        if known is not None and time.monotonic() - known[0] < FRESH:
            return known[1]
        caller = await self._store.read(lambda c: caller_of_hash(c, hashed(key)))
        if caller is None:
            self._known.pop(key, None)
            return None
        await self._registry.refresh()  # a new key is that of a new enterprise, more often than not
        self._known[key] = (time.monotonic(), caller)
        return caller


def caller_of_hash(connection: Connection, digest: str) -> Caller | None:
    """Return the caller of the key with this hash; None when there is no such key or it was
    revoked."""
    row = (
        connection.execute(select(t.keys).where(t.keys.c.hash == digest, t.keys.c.revoked == 0))
        .mappings()
        .fetchone()
    )
    if row is None:
        return None
    return Caller(
        operator=row["operator"],
        name=row["name"],
        key=digest,
        enterprises=frozenset(msgspec.json.decode(row["enterprises"])),
    )
