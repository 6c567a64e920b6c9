"""The outbox of customs: the relay's port on c_outbox.

A row names the answers of one work. It goes when the broker has confirmed them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from customs_sim.office.work import WorkTools, as_message, outbox_row
from customs_sim.steering.disturbance import broker_id, number_of
from customs_sim.store import steering_sql as steering_store
from customs_sim.store.numbers import OUTBOX, PARKED, Short
from customs_sim.store.rows import BodyRow, OutboxRow
from customs_sim.wire.calendar import Moment
from gateway.base.message import Message
from gateway.base.ports import Clock, Disposition, Store, Verdict
from gateway.base.relay import LONGEST_RETRY, Parcel
from schemas.times import micros


class Fate(NamedTuple):
    """What becomes of a message that was not taken.

    Attributes:
        verdict: RETRY or WAIT: sent again; PARK: set aside.
        after: Seconds until it is sent again.
        tries: How often it was sent in vain.
        reason: Why it is set aside; empty otherwise.
    """

    verdict: Verdict
    after: float
    tries: int
    reason: str


class Outbox:
    """Parcels of the queue to the gateway (``gateway.base.relay.Parcels``). Due times are wall
    time. It may be set back: what is found at a start is due at once, or as soon as nobody else can
    be sending it, and nothing is ever due later than the longest retry."""

    def __init__(
        self, *, store: Store, tools: WorkTools, clock: Clock, wall: Clock, tries: int, lease: int
    ) -> None:
        """Take what it reads and writes with. ``tries``: how often a message is sent before it is
        set aside. ``lease``: microseconds for which a row that was read is left to this process; 0
        when no other process shares the store."""
        self._store, self._tools, self._clock, self._wall = store, tools, clock, wall
        self._tries, self._lease = tries, lease
        self._begun = False

    async def due(self, most: int, without: frozenset[int]) -> Sequence[Parcel]:
        """Return parcels that fell due, oldest first, with at most ``most`` messages (or one row),
        without the ids in ``without``."""
        now = micros(self._wall.now())

        def read_due(connection: Connection) -> list[Parcel]:
            if not self._begun:
                self._tools.sql.bring_forward(connection, now + self._lease)
            taken: list[OutboxRow] = []
            size = 0
            for row in self._tools.sql.due_outbox(connection, now, most + len(without)):
                if row.id in without:
                    continue
                if taken and size + row.n > most:
                    break
                taken.append(row)
                size += row.n
            items = {row.id: msgspec.json.decode(row.items, type=list[int]) for row in taken}
            if self._lease and taken:
                self._tools.sql.lease_outbox(connection, list(items), now + self._lease)
            bodies = self._bodies(connection, [item for each in items.values() for item in each])
            return [
                Parcel(
                    id=row.id,
                    notes=row.tries,
                    messages=[
                        as_message(
                            body.message_id, body.message_type, bytes(body.body), attempts=row.tries
                        )
                        for item in items[row.id]
                        if (body := bodies.get(item))
                    ],
                )
                for row in taken
            ]

        writes = self._lease or not self._begun
        parcels = await (self._store.write(read_due) if writes else self._store.read(read_due))
        self._begun = True
        return parcels

    async def settle(self, parcels: Sequence[Parcel], rest: Mapping[str, Disposition]) -> None:
        """Delete the rows of ``parcels``. Write what was not taken into new rows that fall due
        later, or set it aside."""
        now, wall = Moment.of(self._clock.now()), micros(self._wall.now())
        left = self._left(parcels, rest)

        def write_rest(connection: Connection) -> None:
            if left:
                self._keep(connection, left, now.at, wall)
            self._tools.sql.drop_outbox(connection, [parcel.id for parcel in parcels])

        while True:
            try:
                # Lazy: when the commit is lost, the parcel is sent again, and is known.
                return await self._store.write(write_rest, lazy=True)
            except Short as short:
                await self._tools.blocks.refill(short.needs)

    async def next_due(self) -> float | None:
        """Return the seconds until the next row falls due, negative when it is overdue; None
        without one."""
        now = micros(self._wall.now())
        at = await self._store.read(lambda c: self._tools.sql.next_outbox(c, now))
        return None if at is None else (at - now) / 1_000_000

    def _left(
        self, parcels: Sequence[Parcel], rest: Mapping[str, Disposition]
    ) -> dict[Fate, list[Message]]:
        """Return the messages that were not taken by what becomes of them. RETRY counts a try, WAIT
        none."""
        left: dict[Fate, list[Message]] = defaultdict(list)
        for parcel in parcels:
            tries = int(parcel.notes or 0)
            for message in parcel.messages:
                said = rest.get(message.id)
                if said is None or said.verdict is Verdict.ACK:
                    continue
                counted = tries + (said.verdict is not Verdict.WAIT)
                worn_out = said.verdict is Verdict.RETRY and counted >= self._tries
                verdict = Verdict.PARK if worn_out else said.verdict
                reason = said.reason if verdict is Verdict.PARK else ""
                left[Fate(verdict, said.after, counted, reason)].append(message)
        return left

    def _keep(
        self, connection: Connection, left: Mapping[Fate, Sequence[Message]], now: int, wall: int
    ) -> None:
        """Write the messages that were not taken."""
        sql, blocks = self._tools.sql, self._tools.blocks
        again = {fate: each for fate, each in left.items() if fate.verdict is not Verdict.PARK}
        aside = [
            (fate, message)
            for fate, messages in left.items()
            if fate.verdict is Verdict.PARK
            for message in messages
        ]
        blocks.require({OUTBOX: len(again), PARKED: len(aside)})
        archived = sql.ids_of(
            connection, self._tools.node, [m.id for each in left.values() for m in each]
        )
        for fate, messages in again.items():
            items = [item for m in messages if (item := archived.get(m.id) or -number_of(m.id))]
            due_at = wall + int(min(fate.after, LONGEST_RETRY) * 1_000_000)
            sql.add_outbox.many(
                connection, [outbox_row(blocks.draw(OUTBOX), due_at, items, tries=fate.tries)]
            )
        sql.set_aside(
            connection,
            [
                (
                    blocks.draw(PARKED),
                    now,
                    "out",
                    m.id,
                    self._tools.node,
                    fate.reason or "refused",
                    m.body,
                    fate.tries,
                    0,
                    0,
                )
                for fate, m in aside
            ],
        )

    def _bodies(self, connection: Connection, items: Sequence[int]) -> dict[int, BodyRow]:
        """Return what ``items`` of outbox rows stand for. A negative item is an answer as a fault
        made it (c_disturbed)."""
        bodies = self._tools.sql.bodies(connection, items)
        numbers = [-item for item in items if item < 0]
        if numbers:
            for number, row in steering_store.going(connection, numbers).items():
                bodies[-number] = BodyRow(
                    -number, broker_id(row.message_id, number), row.message_type, row.body
                )
        return bodies
