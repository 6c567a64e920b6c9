"""Sessions of browsers: each was shown a key once. The store has hashes only."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from gateway.base.ports import Clock
from gateway.base.store.sql import SqlStore
from gateway.store.keys import Caller, caller_of_hash, hashed
from gateway.store.tables import sessions
from schemas.times import micros

HOURS = 12
"""How long a session lasts."""


class Sessions:
    """The sessions of one store. Whoever revokes a key ends its sessions: each request asks for
    both."""

    def __init__(self, store: SqlStore, wall: Clock) -> None:
        self._store, self._wall = store, wall

    async def caller(self, token: str) -> Caller | None:
        """Return who is logged in with this cookie; None when the session is over."""
        now, digest = micros(self._wall.now()), hashed(token)

        def look(connection: Connection) -> Caller | None:
            key = connection.execute(
                select(sessions.c.key).where(
                    sessions.c.hash == digest,
                    sessions.c.expires > now,
                    sessions.c.expires <= now + HOURS * 3600 * 1_000_000,  # no clock set back
                )
            ).scalar()
            return None if key is None else caller_of_hash(connection, key)

        return await self._store.read(look)

    async def open(self, key: str, token: str) -> Caller | None:
        """Open a session under ``token`` for the owner of ``key`` and return the owner; None for a
        key that is unknown or revoked, and for one that acts for no enterprise. Delete sessions
        that are over."""
        now = micros(self._wall.now())

        def begin(connection: Connection) -> Caller | None:
            caller = caller_of_hash(connection, hashed(key))
            if caller is None or caller.admin:
                return None
            connection.execute(delete(sessions).where(sessions.c.expires <= now))
            connection.execute(
                insert(sessions).values(
                    hash=hashed(token), key=caller.key, expires=now + HOURS * 3600 * 1_000_000
                )
            )
            return caller

        return await self._store.write(begin)

    async def end(self, token: str) -> None:
        """End the session under ``token``."""
        digest = hashed(token)
        await self._store.write(
            lambda c: c.execute(delete(sessions).where(sessions.c.hash == digest))
        )
