"""Operators: their keys with roles, and the sessions of browsers.

The store has hashes only. A key is seen once, when it is made.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from customs_sim.store.desk_tables import operators, sessions
from customs_sim.store.tables import settings
from gateway.base.ports import Clock, Store
from schemas.times import micros

FRESH = 5.0
"""Seconds that what was read is trusted: a revocation takes at most that long."""
HOURS = 12
"""How long a session lasts."""
LONGEST = (HOURS * 60 + 10) * 60_000_000
"""Microseconds that a session may have left: ten minutes for a clock that is corrected a little."""
PREFIX = 12
"""Digits of a hash that are shown, and that revoking takes."""
LEAST = 6
"""Digits of a hash that name a key, at least."""
KEYLESS, OFF = "keyless", "off"
"""The setting that ends access without a key, and its value. A reset keeps it."""
FULL = 1000
"""Keys or sessions that are remembered; the memory starts over when there are more."""


class Role(StrEnum):
    """A role of an operator. Each may do all that those before it may."""

    VIEWER = "viewer"
    """Looks, and changes nothing."""
    OFFICER = "officer"
    """Decides cases, starts levies, registers payments, issues statements, deals with parked
    messages."""
    TESTER = "tester"
    """Also bends the world: profile, clock, scenarios, faults, keys."""

    def may(self, wanted: Role) -> bool:
        """Return whether this role includes ``wanted``."""
        order = list(Role)
        return order.index(self) >= order.index(wanted)


class Ended(StrEnum):
    """Why nobody goes without a key any more."""

    MADE = "made"
    """Somebody was given a key. This cannot be taken back."""
    FORBIDDEN = "forbidden"
    """A tester said so. Another may take it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person who acts at the desk, as the audit names them. ``session``: the hash of the
    session that they are logged in with; empty without one."""

    name: str
    role: Role
    session: str = ""


LOCAL = "本机 local"
"""The name of a caller on this machine without a key (``docs/contract.md`` 4: counts as tester)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A key as it is listed.

    Attributes:
        hash: SHA-256 of the key, hexadecimal.
        at: When it was made, in microseconds UTC.
    """

    hash: str
    name: str
    role: Role
    revoked: bool
    at: int


class _Remembered(NamedTuple):
    """Who has a key or a session, and when the store said so (monotonic seconds)."""

    at: float
    actor: Actor


def hashed(secret: str) -> str:
    """Return the hash under which a key or a session is stored."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def new_key() -> str:
    """Return a new key as it is given to a person."""
    return "ok_" + secrets.token_urlsafe(24)


def add_operator(connection: Connection, *, key: str, name: str, role: Role, at: int) -> None:
    """Store the hash of ``key``. A key that is known, also one that was revoked, is left as it
    is."""
    digest = hashed(key)
    known = select(operators.c.hash).where(operators.c.hash == digest)
    if connection.execute(known).first() is None:
        connection.execute(
            insert(operators).values(hash=digest, name=name, role=role.value, revoked=0, at=at)
        )


def listed(connection: Connection) -> list[Operator]:
    """Return all keys, oldest first."""
    c = operators.c
    return [
        Operator(
            hash=row.hash, name=row.name, role=Role(row.role), revoked=bool(row.revoked), at=row.at
        )
        for row in connection.execute(select(operators).order_by(c.at, c.hash))
    ]


def revoke(connection: Connection, named: str) -> Operator | None:
    """Revoke the one key that is ``named``, whole or by the beginning of its hash, and end its
    sessions. Return it as it is then; None unless exactly one key is named."""
    whole = hashed(named)
    matching = [
        each
        for each in listed(connection)
        if each.hash == whole or (len(named) >= LEAST and each.hash.startswith(named.lower()))
    ]
    if len(matching) != 1:
        return None
    digest = matching[0].hash
    connection.execute(update(operators).where(operators.c.hash == digest).values(revoked=1))
    connection.execute(delete(sessions).where(sessions.c.operator == digest))
    return replace(matching[0], revoked=True)


class Operators:
    """Looks keys and sessions up, and remembers them for ``FRESH`` seconds. Used from the event
    loop."""

    def __init__(self, store: Store, wall: Clock) -> None:
        self._store, self._wall = store, wall
        self._keys: dict[str, _Remembered] = {}
        self._sessions: dict[str, _Remembered] = {}
        self._ensured: set[str] = set()
        self._made = False

    async def ensure(self, key: str, name: str, role: Role) -> None:
        """Store the key of a home unless it is known. It comes by itself: nobody made it."""
        self._ensured.add(hashed(key))
        at = micros(self._wall.now())
        await self._store.write(lambda c: add_operator(c, key=key, name=name, role=role, at=at))

    async def anybody_was_made(self) -> bool:
        """Return whether a person was ever given a key, also one that is revoked by now. Then
        everybody needs one, for good."""
        if not self._made:
            others = select(operators.c.hash).where(operators.c.hash.not_in(self._ensured)).limit(1)
            self._made = await self._store.read(lambda c: c.execute(others).first() is not None)
        return self._made

    async def keyless_ended(self) -> Ended | None:
        """Return why everybody needs a key, whoever they are; None while the person who started
        this needs none."""
        if await self.anybody_was_made():
            return Ended.MADE
        forbidden = select(settings.c.value).where(settings.c.key == KEYLESS)
        told = await self._store.read(lambda c: c.execute(forbidden).scalar())
        return Ended.FORBIDDEN if told == OFF else None

    async def by_key(self, key: str) -> Actor | None:
        """Return who owns ``key``; None for a key that is unknown or revoked."""
        return await self._known(self._keys, hashed(key), _by_key)

    async def of_session(self, token: str) -> Actor | None:
        """Return who is logged in with this cookie; None when the session is over."""
        now = micros(self._wall.now())
        return await self._known(
            self._sessions, hashed(token), lambda c, digest: _of_session(c, digest, now)
        )

    async def log_in(self, key: str, token: str) -> Actor | None:
        """Open a session under ``token`` for the owner of ``key`` and return the owner; None for a
        key that is unknown or revoked. Delete sessions that are over."""
        now, digest = micros(self._wall.now()), hashed(key)

        def open_session(connection: Connection) -> Actor | None:
            owner = _by_key(connection, digest)
            connection.execute(delete(sessions).where(sessions.c.expires <= now))
            if owner is None:
                return None
            connection.execute(
                insert(sessions).values(
                    hash=hashed(token), operator=digest, expires=now + HOURS * 3600 * 1_000_000
                )
            )
            return replace(owner, session=hashed(token))

        return await self._store.write(open_session)

    async def log_out(self, token: str) -> None:
        """End the session under ``token``."""
        digest = hashed(token)
        await self._store.write(
            lambda c: c.execute(delete(sessions).where(sessions.c.hash == digest))
        )
        self._sessions.pop(digest, None)

    async def listed(self) -> list[Operator]:
        """Return all keys, oldest first."""
        return await self._store.read(listed)

    def forget(self) -> None:
        """Empty the memory: a key was revoked by this process."""
        self._keys.clear()
        self._sessions.clear()

    async def _known(
        self,
        memory: dict[str, _Remembered],
        digest: str,
        look: Callable[[Connection, str], Actor | None],
    ) -> Actor | None:
        known = memory.get(digest)
        if known is not None and time.monotonic() - known.at < FRESH:
            return known.actor
        actor: Actor | None = await self._store.read(lambda c: look(c, digest))
        if actor is None:
            memory.pop(digest, None)
            return None
        if len(memory) > FULL:
            memory.clear()
        memory[digest] = _Remembered(time.monotonic(), actor)
        return actor


def _by_key(connection: Connection, digest: str) -> Actor | None:
    c = operators.c
    row = connection.execute(select(c.name, c.role).where(c.hash == digest, c.revoked == 0)).first()
    return None if row is None else Actor(name=row.name, role=Role(row.role))


def _of_session(connection: Connection, digest: str, now: int) -> Actor | None:
    c, s = operators.c, sessions.c
    row = connection.execute(
        select(c.name, c.role)
        .join(sessions, s.operator == c.hash)
        .where(
            s.hash == digest,
            s.expires > now,
            # Dated by a clock that has been set back since: it must not last for that much longer.
            s.expires <= now + LONGEST,
            c.revoked == 0,
        )
    ).first()
    return None if row is None else Actor(name=row.name, role=Role(row.role), session=digest)
