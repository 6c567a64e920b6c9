"""What is kept of a refused message: time, key, size, SHA-256, findings and the first 4 KB; the
latest 10,000 of each key."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from gateway.base.batching import Batcher
from gateway.base.ports import Clock
from gateway.base.store.sql import SqlStore
from gateway.store.numbers import Numbers
from gateway.store.sql import Sql
from schemas.findings import Finding
from schemas.times import micros

HEAD = 4096
"""Bytes of the beginning of the body that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMessage:
    """A refused message on its way into the store.

    Attributes:
        caller: The key that sent it.
        size: Bytes of the whole body; ``body`` may be its beginning.
    """

    caller: str
    body: bytes
    size: int
    findings: tuple[Finding, ...]


class Refusals:
    """Keeps refusals, in batches; trims each key's to ``kept``."""

    def __init__(
        self, *, store: SqlStore, sql: Sql, numbers: Numbers, clock: Clock, kept: int
    ) -> None:
        self._store, self._sql, self._numbers = store, sql, numbers
        self._clock, self._kept = clock, kept
        self._since_trim: dict[str, int] = {}
        self.batcher: Batcher[RefusedMessage, None] = Batcher(self._flush)

    async def keep(self, refused: RefusedMessage) -> None:
        """Return when the refusal is stored."""
        await self.batcher.put(refused)

    async def _flush(self, items: Sequence[RefusedMessage]) -> list[None]:
        at = micros(self._clock.now())
        ids = await self._numbers.take("refusals", len(items))
        rows = [
            (
                mid,
                r.caller,
                r.size,
                hashlib.sha256(r.body).digest(),
                msgspec.json.encode(r.findings).decode(),
                r.body[:HEAD],
                at,
            )
            for mid, r in zip(ids, items, strict=True)
        ]
        trims = []
        for item in items:
            self._since_trim[item.caller] = self._since_trim.get(item.caller, self._kept) + 1
            if self._since_trim[item.caller] > self._kept // 100:
                self._since_trim[item.caller] = 0
                trims.append(item.caller)

        def store(connection: Connection) -> None:
            self._sql.insert_refusal.many(connection, rows)
            for caller in trims:
                self._sql.trim_refusals(connection, caller, self._kept)

        await self._store.write(store)
        return [None] * len(items)
