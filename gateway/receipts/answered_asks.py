"""Requests of customs (GRT301) that a restore lost together with the filing that answered them.

The filing is back (``gateway.filing.recovering``). To apply the request by the usual way would ask
for what was answered long ago; here it only comes into the register, the timeline and the feed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.base.message import Message
from gateway.receipts.customs_reader import CustomsReader, Reading
from gateway.store.archive import Flag
from gateway.store.numbers import Numbers
from gateway.store.registers import LEVY, Registers, newer
from gateway.store.sql import Sql
from handlers.contract import Push
from handlers.declaration import Declaration, Entry
from handlers.lifecycle import Event


class Ask(NamedTuple):
    """A request of customs that the gateway does not have.

    Attributes:
        number: Its place in customs' archive.
        body: The message as it was sent.
        at: When it was sent, business time in microseconds UTC.
        seq_no: The filing that customs received as the answer.
    """

    number: int
    body: bytes
    at: int
    seq_no: int


class AnsweredAsks:
    """Takes such requests, in one transaction."""

    def __init__(
        self, *, sql: Sql, numbers: Numbers, registers: Registers, reader: CustomsReader
    ) -> None:
        self._sql, self._numbers = sql, numbers
        self._registers, self._reader = registers, reader

    def take(self, connection: Connection, asks: Sequence[Ask]) -> set[int]:
        """Store ``asks``, in the order in which customs sent them. Return which of them are here
        now, by their places; the others go by the usual way."""
        return {ask.number for ask in asks if self._one(connection, ask)}

    def _one(self, connection: Connection, ask: Ask) -> bool:
        item = self._reader.read(Message(id="", body=ask.body))
        filing = self._sql.declarations_by_seq(connection, [ask.seq_no]).get(ask.seq_no)
        if not isinstance(item, Reading) or not isinstance(item.content, Push) or filing is None:
            return False
        push = item.content
        if filing.deleted or (filing.enterprise, filing.message_type) != (
            push.enterprise,
            push.filing,
        ):
            return False
        (mid,) = self._numbers.take_here(connection, "messages", 1)
        row = (
            mid,
            item.scope,
            item.message_id,
            item.message_type,
            filing.seq_no,
            0,
            int(Flag.FROM_CUSTOMS),
            hashlib.sha256(item.body).digest(),
            item.body,
            None,
            ask.at,
        )
        self._sql.archive.many(connection, [row])
        if self._sql.winners(connection, [mid]):
            self._tell(connection, item, push, filing, mid, ask.at)
        return True

    def _tell(
        self,
        connection: Connection,
        item: Reading,
        push: Push,
        filing: Declaration,
        mid: int,
        at: int,
    ) -> None:
        """Bring register, timeline and feed up to date; the status of the filing stays."""
        if push.subject == LEVY:
            loaded = self._registers.load(connection, [(LEVY, push.number)])
            known = loaded.levies.get(push.number)
            if known is None or newer(push, known):
                self._registers.replace(loaded, push, filing.seq_no, mid, at)
                self._registers.write(connection, loaded)
        now = replace(filing, events=filing.events + 1)
        entry = Entry(
            seq_no=now.seq_no,
            n=now.events,
            at=at,
            event=Event.ASKED,
            status=now.status,
            attempt=now.attempt,
            source="customs",
            stale=True,
            message=mid,
        )
        self._sql.move(connection, [(filing, now)])
        self._sql.add_entries(connection, [entry])
        self._sql.insert_feed.many(
            connection,
            [
                (
                    push.enterprise,
                    self._sql.feed_numbers(connection, push.enterprise, 1),
                    mid,
                    now.seq_no,
                    item.message_type,
                    None,
                    push.number or None,
                    None,
                    None,
                    0,
                    at,
                )
            ],
        )
