"""Parked: what was set aside, for a person to look at, put through the normal path again, or drop.

A retry is the consumer's own work on the message as it came. Its row goes only when that is
durable, so a crash in between leaves it, and the archive drops what was applied already. Times are
business time.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select

from gateway.base.message import Message
from gateway.base.ports import Verdict
from gateway.base.store.sql import SqlStore
from gateway.receipts.reception import TRIES, Reception
from gateway.store import tables as t

COLUMNS = tuple(c for c in t.parked.c if c.name != "body")


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """What a retry came to: ``applied``, ``parked`` (again: under number ``id``, with the new
    reason) or ``waiting`` (left as it was)."""

    outcome: str
    id: int | None = None
    reason: str = ""


class ParkedMessages:
    """The gateway's set-aside messages of customs."""

    def __init__(self, store: SqlStore, reception: Reception) -> None:
        self._store, self._reception = store, reception

    async def page(self, *, limit: int, before: int | None) -> tuple[list[Any], int]:
        """Rows without their bodies, newest first, and how many there are."""
        query = (
            select(*COLUMNS, func.length(t.parked.c.body).label("size"))
            .order_by(t.parked.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(t.parked.c.id < before)
        return await self._store.read(
            lambda c: (
                list(c.execute(query)),
                int(c.execute(select(func.count()).select_from(t.parked)).scalar_one()),
            )
        )

    async def one(self, number: int) -> Any | None:
        """The whole row; None when there is none."""
        return await self._store.read(
            lambda c: c.execute(select(t.parked).where(t.parked.c.id == number)).first()
        )

    async def drop(self, number: int) -> bool:
        """Forget it for good; False when there is none."""
        return await self._store.write(
            lambda c: c.execute(delete(t.parked).where(t.parked.c.id == number)).rowcount > 0
        )

    async def retry(self, number: int) -> Retried | None:
        """Apply it as if it came now, with one try; None when there is none."""
        row = await self.one(number)
        if row is None:
            return None
        await self._store.write(lambda c: self._forget_wait(c, row))
        message = Message(
            id=row.message_id,
            body=bytes(row.body),
            attempts=TRIES - 1,
            headers={"message_type": row.message_type or ""},
        )
        (said,) = await self._reception.on_batch([message])
        if said.verdict is not Verdict.ACK:
            return Retried(outcome="waiting", id=number, reason=said.reason)
        return await self._store.write(lambda c: self._settle(c, row))

    def _forget_wait(self, connection: Connection, row: Any) -> None:
        """A fresh deadline for what it waits for."""
        connection.execute(
            delete(t.waiting).where(
                t.waiting.c.scope == row.scope, t.waiting.c.message_id == row.message_id
            )
        )

    def _settle(self, connection: Connection, row: Any) -> Retried:
        connection.execute(delete(t.parked).where(t.parked.c.id == row.id))
        again = connection.execute(
            select(t.parked.c.id, t.parked.c.reason)
            .where(t.parked.c.message_id == row.message_id, t.parked.c.id > row.id)
            .order_by(t.parked.c.id.desc())
        ).first()
        return (
            Retried(outcome="parked", id=again.id, reason=again.reason)
            if again
            else Retried(outcome="applied")
        )
