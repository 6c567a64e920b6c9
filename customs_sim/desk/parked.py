"""Messages that were set aside: looked at by their cause, taken again, or thrown away.

A retry is one transaction: the row goes, and the message is taken as if it had just been delivered,
with one try. When it fails again it is set aside again with the new reason. An answer of customs
goes back into the outbox. What is thrown away can be brought back for BIN_DAYS working days of the
business clock.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from customs_sim.flow.intake import Intake
from customs_sim.office.office import Office
from customs_sim.office.operators import Actor
from customs_sim.office.work import Work, outbox_row
from customs_sim.store import tables as t
from customs_sim.store.numbers import AUDIT, OUTBOX
from customs_sim.wire.calendar import working_days_after
from gateway.base.errors import DataRefused
from gateway.base.message import Message
from schemas.times import micros, to_wire

BIN_DAYS = 7
"""Working days for which what was thrown away can be brought back."""
MOST_BINNED = 500
GONE = -1
"""``binned_until`` of an answer that was thrown away and is gone."""
VARIES = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|\w*\d[\w.:+-]*")
"""What differs between messages that were set aside for one reason: numbers, ids, times."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Messages that were set aside for one reason.

    Attributes:
        id: What names the cause, the same while its reason is.
        reason: Of one of them, the newest.
        first: When the first was set aside, business time in microseconds UTC; ``last``: the last.
    """

    id: str
    direction: str
    reason: str
    count: int
    first: int
    last: int


def cause_of(direction: str, reason: str) -> str:
    """Return the id of the cause of a reason: what is left of it without its numbers and ids."""
    plain = VARIES.sub("#", reason)
    return hashlib.sha256(f"{direction} {plain}".encode()).hexdigest()[:12]


class ParkedMessages:
    """What a person does with messages that were set aside. One per process."""

    def __init__(self, office: Office, intake: Intake) -> None:
        self._office, self._intake = office, intake

    async def one(self, number: int) -> Any | None:
        """Return a row of c_parked; None when there is none."""
        return await self._office.store.read(
            lambda c: c.execute(
                select(t.parked).where(t.parked.c.id == number, t.parked.c.binned_until >= 0)
            ).first()
        )

    async def causes(self) -> list[Cause]:
        """Return why messages were set aside, the most frequent cause first."""
        p = t.parked.c

        def read(connection: Connection) -> list[Any]:
            return list(
                connection.execute(
                    select(
                        p.direction,
                        p.reason,
                        func.count().label("count"),
                        func.min(p.at).label("first"),
                        func.max(p.at).label("last"),
                    )
                    .where(p.binned_until == 0)
                    .group_by(p.direction, p.reason)
                )
            )

        made: dict[str, Cause] = {}
        for row in sorted(await self._office.store.read(read), key=lambda row: -int(row.last)):
            name = cause_of(row.direction, row.reason)
            known = made.get(name)
            made[name] = Cause(
                id=name,
                direction=row.direction,
                reason=known.reason if known else row.reason,
                count=row.count + (known.count if known else 0),
                first=min(row.first, known.first) if known else row.first,
                last=max(row.last, known.last) if known else row.last,
            )
        return sorted(made.values(), key=lambda cause: (-cause.count, cause.id))

    async def of_cause(self, cause: str) -> list[int]:
        """Return the numbers of the messages of a cause, oldest first."""
        p = t.parked.c
        rows = await self._office.store.read(
            lambda c: c.execute(
                select(p.id, p.direction, p.reason).where(p.binned_until == 0).order_by(p.id)
            ).fetchall()
        )
        return [row.id for row in rows if cause_of(row.direction, row.reason) == cause]

    async def binned(self) -> list[Any]:
        """Return what was thrown away and can still be brought back, without bodies, the newest
        MOST_BINNED first; what cannot any more is deleted."""
        p, now = t.parked.c, micros(self._office.clock.now())
        over = select(p.id).where(p.binned_until > 0, p.binned_until <= now).limit(1)
        if await self._office.store.read(lambda c: c.execute(over).first()) is not None:
            await self._office.store.write(self._empty)
        columns = [column for column in p if column is not p.body]
        return await self._office.store.read(
            lambda c: list(
                c.execute(
                    select(*columns)
                    .where(p.binned_until > 0)
                    .order_by(p.binned_at.desc(), p.id.desc())
                    .limit(MOST_BINNED)
                )
            )
        )

    async def drop(self, numbers: Sequence[int], *, by: Actor) -> int:
        """Throw messages away, and return how many were there. They can be brought back for
        BIN_DAYS working days."""
        p = t.parked.c

        def throw(work: Work) -> int:
            work.blocks.require({AUDIT: len(numbers)})
            self._empty(work.connection)
            until = working_days_after(work.now.at, BIN_DAYS)
            count = 0
            for number in numbers:
                gone = work.connection.execute(
                    update(t.parked)
                    .where(p.id == number, p.binned_until == 0)
                    .values(binned_at=work.now.at, binned_until=until)
                    .returning(p.message_id, p.reason)
                ).first()
                if gone is not None:
                    count += 1
                    work.note(
                        "parked_drop",
                        gone.message_id,
                        before={"reason": gone.reason},
                        after={"until": to_wire(until)},
                    )
            return count

        return await self._office.perform(throw, by=by)

    async def restore(self, number: int, *, by: Actor) -> bool:
        """Bring back what was thrown away; return False when it is not there any more."""
        p = t.parked.c

        def bring(work: Work) -> bool:
            work.blocks.require({AUDIT: 1})
            self._empty(work.connection)
            back = work.connection.execute(
                update(t.parked)
                .where(p.id == number, p.binned_until > 0)
                .values(binned_at=0, binned_until=0)
                .returning(p.message_id, p.reason)
            ).first()
            if back is not None:
                work.note("parked_restore", back.message_id, after={"reason": back.reason})
            return back is not None

        return await self._office.perform(bring, by=by)

    def _empty(self, connection: Connection) -> None:
        """Delete for good what was thrown away long enough ago. Of an answer of customs the key
        stays, so that nobody takes it for sent."""
        p, now = t.parked.c, micros(self._office.clock.now())
        over = (p.binned_until > 0, p.binned_until <= now)
        connection.execute(delete(t.parked).where(*over, p.direction == "in"))
        connection.execute(update(t.parked).where(*over).values(body=b"", binned_until=GONE))

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
