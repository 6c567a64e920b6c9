"""Customs' outbox: the relay's port on c_outbox. A row names the archived answers of one unit; it
goes when confirmed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from customs_sim.office.unit import UnitTools, as_message
from customs_sim.steering.disturbance import broker_id, number_of
from customs_sim.store import steering_sql as steering_store
from customs_sim.store.numbers import OUTBOX, PARKED, Short
from customs_sim.wire.calendar import Moment
from gateway.base.message import Message
from gateway.base.ports import Clock, Disposition, Store, Verdict
from gateway.base.relay import Parcel
from schemas.times import micros

Fate = tuple[Verdict, float, int, str]
"""What becomes of a message that was not taken: verdict, seconds to wait, tries so far, reason."""


class Outbox:
    """Parcels of the queue to the gateway. Due times are wall time.

    ``lease`` (microseconds): a row that is found is left to this process so long; 0 when no other
    shares the store.
    """

    def __init__(
        self, *, store: Store, tools: UnitTools, clock: Clock, wall: Clock, tries: int, lease: int
    ) -> None:
        self._store, self._tools, self._clock, self._wall = store, tools, clock, wall
        self._tries, self._lease = tries, lease

    async def due(self, most: int, without: frozenset[int]) -> Sequence[Parcel]:
        now = micros(self._wall.now())

        def find(connection: Connection) -> list[Parcel]:
            taken: list[Any] = []
            size = 0
            for row in self._tools.sql.due_outbox(connection, now, most + len(without)):
                if row[0] in without:
                    continue
                if taken and size + row[3] > most:
                    break
                taken.append(row)
                size += row[3]
            items = {row[0]: msgspec.json.decode(row[2], type=list[int]) for row in taken}
            if self._lease and taken:
                self._tools.sql.lease_outbox(connection, list(items), now + self._lease)
            bodies = self._tools.sql.bodies(
                connection, [archive_id for ids in items.values() for archive_id in ids]
            )
            self._put_disturbed(connection, items, bodies)
            return [
                Parcel(
                    id=row[0],
                    notes=row[4],
                    messages=[
                        as_message(found[1], found[2], bytes(found[3]), attempts=row[4])
                        for archive_id in items[row[0]]
                        if (found := bodies.get(archive_id))
                    ],
                )
                for row in taken
            ]

        return await (self._store.write(find) if self._lease else self._store.read(find))

    async def settle(self, parcels: Sequence[Parcel], rest: Mapping[str, Disposition]) -> None:
        """Delete the rows; write what was not taken into new ones, due later, or set it aside."""
        now, wall = Moment.of(self._clock.now()), micros(self._wall.now())

        def note(connection: Connection) -> None:
            sql, blocks = self._tools.sql, self._tools.blocks
            left = self._left(parcels, rest)
            again = {key: messages for key, messages in left.items() if key[0] is not Verdict.PARK}
            aside = [
                (key, message)
                for key, messages in left.items()
                if key[0] is Verdict.PARK
                for message in messages
            ]
            if left:
                blocks.require({OUTBOX: len(again), PARKED: len(aside)})
                archived = sql.ids_of(
                    connection, self._tools.node, [m.id for each in left.values() for m in each]
                )
                for (_, after, tries, _), messages in again.items():
                    items = [
                        item for m in messages if (item := archived.get(m.id) or -number_of(m.id))
                    ]
                    sql.add_outbox.many(
                        connection,
                        [
                            (
                                blocks.draw(OUTBOX),
                                wall + int(after * 1_000_000),
                                msgspec.json.encode(items).decode(),
                                len(items),
                                tries,
                            )
                        ],
                    )
                sql.add_parked.many(
                    connection,
                    [
                        (
                            blocks.draw(PARKED),
                            now.at,
                            "out",
                            m.id,
                            self._tools.node,
                            reason or "refused",
                            m.body,
                            tries,
                        )
                        for (_, _, tries, reason), m in aside
                    ],
                )
            sql.drop_outbox(connection, [parcel.id for parcel in parcels])

        while True:
            try:
                return await self._store.write(
                    note, lazy=True
                )  # lost: the parcel is sent again, and known
            except Short as short:
                await self._tools.blocks.refill(short.needs)

    @staticmethod
    def _put_disturbed(
        connection: Connection, items: Mapping[int, Sequence[int]], bodies: dict[int, Any]
    ) -> None:
        """Negative items are answers as a fault makes them (c_disturbed)."""
        numbers = [-item for ids in items.values() for item in ids if item < 0]
        if numbers:
            for number, row in steering_store.going(connection, numbers).items():
                bodies[-number] = (
                    -number,
                    broker_id(row.message_id, number),
                    row.message_type,
                    row.body,
                )

    async def next_due(self) -> float | None:
        at = await self._store.read(self._tools.sql.next_outbox)
        return None if at is None else (at - micros(self._wall.now())) / 1_000_000

    def _left(
        self, parcels: Sequence[Parcel], rest: Mapping[str, Disposition]
    ) -> dict[Fate, list[Message]]:
        """Messages by what becomes of them. RETRY counts a try, WAIT none."""
        left: dict[Fate, list[Message]] = defaultdict(list)
        for parcel in parcels:
            tries = int(parcel.notes or 0)
            for message in parcel.messages:
                said = rest.get(message.id)
                if said is None or said.verdict is Verdict.ACK:
                    continue
                counted = tries + (said.verdict is not Verdict.WAIT)
                verdict = (
                    Verdict.PARK
                    if said.verdict is Verdict.RETRY and counted >= self._tries
                    else said.verdict
                )
                left[
                    verdict, said.after, counted, said.reason if verdict is Verdict.PARK else ""
                ].append(message)
        return left
