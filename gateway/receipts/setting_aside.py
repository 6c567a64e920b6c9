"""What cannot be applied now: it waits for its declaration, or is set aside with the reason."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.base.message import Message
from gateway.base.ports import ACK, Clock, Disposition, park, wait
from gateway.base.store.sql import SqlStore
from gateway.receipts.customs_reader import Item, Reading, Unreadable
from gateway.store.numbers import Numbers
from gateway.store.sql import Sql
from schemas.times import micros

log = logging.getLogger("eport.reception")
BACK_OFF = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between two tries."""


def waited_after(tries: int) -> float:
    """Return the seconds that a message has waited when it comes for the time after ``tries``."""
    return sum(BACK_OFF[:tries]) + max(0, tries - len(BACK_OFF)) * BACK_OFF[-1]


class SetAside:
    """Keeps what waits for its declaration, and sets aside what nothing here explains."""

    def __init__(
        self,
        *,
        store: SqlStore,
        sql: Sql,
        numbers: Numbers,
        clock: Clock,
        wall: Clock,
        deadline: float,
    ) -> None:
        self._store, self._sql, self._numbers = store, sql, numbers
        self._clock, self._wall, self._deadline = clock, wall, deadline
        self._waits: bool | None = None
        """Whether the store holds marks of waiting; None: not looked yet."""

    def not_yet(
        self,
        connection: Connection,
        mid: int,
        item: Reading,
        what: str | None,
        at: int,
        message: Message,
    ) -> Disposition:
        """Let a message wait for what it is about; set it aside once that took too long.

        The time that it has waited is the sum of the pauses that it was given: no clock can be set
        on by an hour to end a wait, or back to make it last.
        """
        sql = self._sql
        if what is None:
            self.note(
                connection,
                mid,
                item,
                "nothing names the declaration it answers",
                message.attempts,
                at,
            )
            return ACK
        wall = micros(self._wall.now())
        since, tries = sql.waiting_since(connection, item.scope, item.message_id) or (wall, 0)
        waited = waited_after(tries)
        if tries and waited >= self._deadline:
            self.note(
                connection,
                mid,
                item,
                f"still not here after {self._deadline:g} s: {what}",
                message.attempts,
                at,
            )
            return ACK
        self._waits = True
        sql.put_waiting.many(connection, [(item.scope, item.message_id, since, tries + 1)])
        pause = min(waited_after(tries + 1), self._deadline) - waited
        return wait(pause, f"not here yet: {what}")

    def forget_waits(self, connection: Connection, applied: Sequence[tuple[str, str]]) -> None:
        """Drop the marks of messages that had to wait and now are done; costs nothing while nobody
        waits."""
        if self._waits is None:
            self._waits = self._sql.any_waiting(connection)
        if self._waits:
            self._sql.drop_waiting.many(connection, applied)

    def note(
        self, connection: Connection, mid: int, item: Item, reason: str, tries: int, at: int
    ) -> None:
        """Enter a message into the list of what is set aside, with the reason."""
        self._sql.insert_parked.many(
            connection,
            [
                (
                    mid,
                    item.scope,
                    item.message_id,
                    item.message_type,
                    reason[:2000],
                    tries,
                    item.body,
                    at,
                )
            ],
        )

    async def park(self, message: Message, reason: str) -> Disposition:
        """The fifth failure: kept as it came, with the reason. When even that fails, the broker
        parks it."""
        try:
            await self.take(replace(message, attempts=message.attempts + 1), reason)
        except Exception:
            log.exception(
                "message %s could not be parked here; the broker parks it",
                message.id,
                extra={"action": "park_failed"},
            )
            return park(reason)
        return ACK

    async def take(self, message: Message, reason: str) -> None:
        """Into the list of what is set aside, as it came; also what the broker set aside.
        ``attempts``: the tries it has had."""
        at, (mid,) = micros(self._clock.now()), await self._numbers.take("messages", 1)
        item = Unreadable(
            scope="customs",
            message_id=message.id,
            message_type=message.headers.get("message_type", ""),
            body=message.body,
            reason=reason,
        )

        def unit(connection: Connection) -> None:
            if not self._sql.is_parked(connection, message.id, reason[:2000]):
                self.note(connection, mid, item, reason, message.attempts, at)

        await self._store.write(unit)
