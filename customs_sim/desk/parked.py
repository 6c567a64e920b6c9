"""Messages that were set aside: one is looked at, taken again, or dropped.

A retry is one transaction: the row goes, and the message is taken as if it had just been delivered,
with one try. When it fails again it is set aside again with the new reason. An answer of customs
goes back into the outbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from customs_sim.flow.intake import Intake
from customs_sim.office.office import Office
from customs_sim.office.work import Work, outbox_row
from customs_sim.store import tables as t
from customs_sim.store.numbers import OUTBOX
from gateway.base.errors import DataRefused
from gateway.base.message import Message
from schemas.times import micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What became of a retry.

    Attributes:
        outcome: ``applied``: taken; ``sent``: back in the outbox; ``parked``: set aside again.
        id: The new number of a message that was set aside again; None otherwise.
        reason: Why it was set aside again.
    """

    outcome: str
    id: int | None = None
    reason: str = ""


class ParkedMessages:
    """What a person does with messages that were set aside. One per process."""

    def __init__(self, office: Office, intake: Intake) -> None:
        self._office, self._intake = office, intake

    async def one(self, number: int) -> Any | None:
        """Return a row of c_parked; None when there is none."""
        return await self._office.store.read(
            lambda c: c.execute(select(t.parked).where(t.parked.c.id == number)).first()
        )

    async def drop(self, number: int) -> bool:
        """Delete one for good; return False when there is none."""
        return await self._office.store.write(
            lambda c: c.execute(delete(t.parked).where(t.parked.c.id == number)).rowcount > 0
        )

    async def retry(self, number: int) -> Retried | None:
        """Take one again; return None when there is none."""
        row = await self.one(number)
        if row is None:
            return None
        if row.direction == "out":
            sent = await self._office.perform(lambda work: self._send(work, row))
            self._office.relay.wake()
            return sent
        message = Message(
            id=row.message_id, body=bytes(row.body), attempts=self._office.settings.tries - 1
        )
        try:
            await self._intake.again(message, lambda connection: self._forget(connection, row))
        except DataRefused as error:
            return Retried(outcome="parked", id=number, reason=str(error))
        again = await self._office.store.read(
            lambda c: c.execute(
                select(t.parked.c.id, t.parked.c.reason).where(
                    t.parked.c.direction == "in",
                    t.parked.c.scope == row.scope,
                    t.parked.c.message_id == row.message_id,
                )
            ).first()
        )
        return (
            Retried(outcome="parked", id=again.id, reason=again.reason)
            if again
            else Retried(outcome="applied")
        )

    def _send(self, work: Work, row: Any) -> Retried:
        """Put an archived answer into a new row of the outbox."""
        c = work.connection
        archived = work.sql.ids_of(c, row.scope, [row.message_id]).get(row.message_id)
        if archived is None:
            return Retried(outcome="parked", id=row.id, reason="its archive row is gone")
        c.execute(delete(t.parked).where(t.parked.c.id == row.id))
        work.blocks.require({OUTBOX: 1})
        due_at = micros(self._office.wall.now())
        work.sql.add_outbox.many(c, [outbox_row(work.blocks.draw(OUTBOX), due_at, [archived])])
        return Retried(outcome="sent")

    def _forget(self, connection: Connection, row: Any) -> None:
        """Delete its row, and what would make it a repeat: the archive row that an earlier reading
        left, and the DxpRep that answered it."""
        connection.execute(delete(t.parked).where(t.parked.c.id == row.id))
        key = (
            t.messages.c.scope == row.scope,
            t.messages.c.message_id == row.message_id,
            t.messages.c.direction == "in",
        )
        if connection.execute(delete(t.messages).where(*key)).rowcount:
            connection.execute(
                delete(t.messages).where(
                    t.messages.c.gateway_msg_id == row.message_id,
                    t.messages.c.direction == "out",
                    t.messages.c.message_type == "DxpRep",
                )
            )
