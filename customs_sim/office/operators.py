"""Operators: keys with roles, and the sessions of browsers. The store holds hashes only; a key is
seen once, when it is made."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from customs_sim.store.desk_tables import operators, sessions
from gateway.base.ports import Clock, Store
from schemas.times import micros

FRESH = 5.0
"""Seconds that what was read is trusted: a revocation takes at most that long."""
HOURS = 12
"""How long a session lasts."""
PREFIX = 12
"""Digits of a hash that are shown, and that revoking takes."""
LEAST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One key as it is listed. ``at`` microseconds UTC."""

    hash: str
    name: str
    role: Role
    revoked: bool
    at: int


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_key() -> str:
    """A key as it is given to a person."""
    return "ok_" + secrets.token_urlsafe(24)


def add_operator(connection: Connection, *, key: str, name: str, role: Role, at: int) -> None:
    """Store the hash of ``key``; a key that is known, also one that was revoked, is left as it
    is."""
    digest = hashed(key)
    if (
        connection.execute(select(operators.c.hash).where(operators.c.hash == digest)).first()
        is None
    ):
        connection.execute(
            insert(operators).values(hash=digest, name=name, role=role.value, revoked=0, at=at)
        )


def listed(connection: Connection) -> list[Operator]:
    """All keys, oldest first."""
    c = operators.c
    return [
        Operator(
            hash=row.hash, name=row.name, role=Role(row.role), revoked=bool(row.revoked), at=row.at
        )
        for row in connection.execute(select(operators).order_by(c.at, c.hash))
    ]


def revoke(connection: Connection, named: str) -> Operator | None:
    """Revoke the one key that is ``named``, whole or by the beginning of its hash, and end its
    sessions; None unless it is one."""
    whole = hashed(named)
    found = [
        each
        for each in listed(connection)
        if each.hash == whole or (len(named) >= LEAST and each.hash.startswith(named.lower()))
    ]
    if len(found) != 1:
        return None
    connection.execute(update(operators).where(operators.c.hash == found[0].hash).values(revoked=1))
    connection.execute(delete(sessions).where(sessions.c.operator == found[0].hash))
    return next(each for each in listed(connection) if each.hash == found[0].hash)


class Operators:
    """Looks keys and sessions up, with a short memory. Used from the event loop."""

    def __init__(self, store: Store, wall: Clock) -> None:
        self._store, self._wall = store, wall
        self._keys: dict[str, tuple[float, Actor]] = {}
        self._sessions: dict[str, tuple[float, Actor]] = {}

    async def ensure(self, key: str, name: str, role: Role) -> None:
        """Have this key from now on, unless it was there before."""
        at = micros(self._wall.now())
        await self._store.write(lambda c: add_operator(c, key=key, name=name, role=role, at=at))

    async def by_key(self, key: str) -> Actor | None:
        """Whose key it is; None for one that is unknown or revoked."""
        return await self._known(self._keys, hashed(key), _by_key)

    async def of_session(self, token: str) -> Actor | None:
        """Who is logged in with this cookie; None when nobody is any more."""
        now = micros(self._wall.now())
        return await self._known(
            self._sessions, hashed(token), lambda c, digest: _of_session(c, digest, now)
        )

    async def log_in(self, key: str, token: str) -> Actor | None:
        """Open a session under ``token`` for the owner of ``key``; None for a key that is not good.
        Forgets sessions that are over."""
        now, digest = micros(self._wall.now()), hashed(key)

        def unit(connection: Connection) -> Actor | None:
            found = _by_key(connection, digest)
            connection.execute(delete(sessions).where(sessions.c.expires <= now))
            if found is not None:
                connection.execute(
                    insert(sessions).values(
                        hash=hashed(token), operator=digest, expires=now + HOURS * 3600 * 1_000_000
                    )
                )
            return found

        return await self._store.write(unit)

    async def log_out(self, token: str) -> None:
        digest = hashed(token)
        await self._store.write(
            lambda c: c.execute(delete(sessions).where(sessions.c.hash == digest))
        )
        self._sessions.pop(digest, None)

    async def listed(self) -> list[Operator]:
        return await self._store.read(listed)

    def forget(self) -> None:
        """Look everything up again: a key was revoked here."""
        self._keys.clear()
        self._sessions.clear()

    async def _known(
        self,
        memory: dict[str, tuple[float, Actor]],
        digest: str,
        look: Callable[[Connection, str], Actor | None],
    ) -> Actor | None:
        known = memory.get(digest)
        if known is not None and time.monotonic() - known[0] < FRESH:
            return known[1]
        found: Actor | None = await self._store.read(lambda c: look(c, digest))
        if found is None:
            memory.pop(digest, None)
            return None
        if len(memory) > 1000:
            memory.clear()
        memory[digest] = (time.monotonic(), found)
        return found


def _by_key(connection: Connection, digest: str) -> Actor | None:
    c = operators.c
    row = connection.execute(select(c.name, c.role).where(c.hash == digest, c.revoked == 0)).first()
    return None if row is None else Actor(name=row[0], role=Role(row[1]))


def _of_session(connection: Connection, digest: str, now: int) -> Actor | None:
    c, s = operators.c, sessions.c
    row = connection.execute(
        select(c.name, c.role)
        .join(sessions, s.operator == c.hash)
        .where(s.hash == digest, s.expires > now, c.revoked == 0)
    ).first()
    return None if row is None else Actor(name=row[0], role=Role(row[1]))


class Role(StrEnum):
    """What a person may do; each role may do all that those before it may."""

    VIEWER = "viewer"
    """Looks, and changes nothing."""
    OFFICER = "officer"
    """Decides cases, starts levies, registers payments, issues statements, deals with parked
    messages."""
    TESTER = "tester"
    """Also bends the world: profile, clock, scenarios, faults, keys."""

    def may(self, wanted: Role) -> bool:
        """Whether this role includes ``wanted``."""
        order = list(Role)
        return order.index(self) >= order.index(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, as the audit names them."""

    name: str
    role: Role


LOCAL = "本机 local"
"""The name of a caller on this machine without a key (``docs/contract.md`` 4: counts as tester)."""
