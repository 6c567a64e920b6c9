"""How far each message of customs got, as far as customs knows: to the broker, which confirmed it,
and no further. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection

from customs_sim.steering.disturbance import broker_id
from customs_sim.store import delivery_sql
from customs_sim.store.delivery_sql import Record


class Way(StrEnum):
    """Where a message is."""

    RECEIVED = "received"
    """Customs has it."""
    SENT = "sent"
    """The broker has confirmed it."""
    WAITING = "waiting"
    """It is committed; the broker has not confirmed it yet."""
    HELD = "held"
    """A fault keeps it back until a time."""
    DROPPED = "dropped"
    """A fault let nothing out."""
    DISTURBED = "disturbed"
    """The broker has confirmed what a fault made of it."""
    PARKED = "parked"
    """It was sent in vain, and set aside."""


class Sent(NamedTuple):
    """A message of the archive, as far as its delivery asks."""

    id: int
    direction: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far one message got.

    Attributes:
        fault: The name of the fault that struck it; empty for none.
        pieces: How many messages go out in its place.
        until: Business time until which a fault keeps it back, in microseconds UTC; 0 otherwise.
        record: The number of the first record of what a fault made of it; 0 without one.
    """

    way: Way
    fault: str = ""
    pieces: int = 1
    until: int = 0
    record: int = 0

    @property
    def arrived(self) -> bool:
        """Return whether it is known to have got to the broker, or from there to customs."""
        return self.way in (Way.RECEIVED, Way.SENT, Way.DISTURBED)


RECEIVED = Delivery(way=Way.RECEIVED)


def deliveries(connection: Connection, messages: Sequence[Sent]) -> dict[int, Delivery]:
    """Return how far each of these messages got, by its archive id."""
    out = [each for each in messages if each.direction == "out"]
    made = {each.id: RECEIVED for each in messages if each.direction != "out"}
    if not out:
        return made
    records: dict[int, list[Record]] = defaultdict(list)
    for record in delivery_sql.records_of(connection, [each.id for each in out]):
        records[record.message].append(record)
    known = _Known.of(connection, out, records)
    return made | {each.id: known.delivery(each, records.get(each.id, [])) for each in out}


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says of all messages that are asked for, read once."""

    waiting: set[int]
    kept: set[int]
    aside: set[str]

    @classmethod
    def of(
        cls, connection: Connection, out: Sequence[Sent], records: Mapping[int, list[Record]]
    ) -> _Known:
        all_of = [record for each in records.values() for record in each]
        names = [each.message_id for each in out]
        names += [broker_id(record.message_id, record.id) for record in all_of]
        due = [record.id for record in all_of if record.due_at]
        return cls(
            delivery_sql.waiting_items(connection),
            delivery_sql.kept_back(connection, due) if due else set(),
            delivery_sql.set_aside(connection, names),
        )

    def delivery(self, message: Sent, records: Sequence[Record]) -> Delivery:
        if not records:
            return Delivery(way=self._way(message.id, message.message_id, Way.SENT))
        going = [record for record in records if record.message_id]
        ways = [
            Way.HELD
            if record.id in self.kept
            else self._way(-record.id, broker_id(record.message_id, record.id), Way.DISTURBED)
            for record in going
        ]
        first = min(ways, key=_FIRST.index, default=Way.DROPPED)
        return Delivery(
            way=first,
            fault=records[0].fault,
            pieces=len(going),
            until=min((r.due_at for r in going if r.id in self.kept), default=0),
            record=records[0].id,
        )

    def _way(self, item: int, name: str, gone: Way) -> Way:
        return Way.PARKED if name in self.aside else Way.WAITING if item in self.waiting else gone


_FIRST = (Way.PARKED, Way.HELD, Way.WAITING, Way.DISTURBED)
"""Which way counts where several things go out in the place of one: the one that got least far."""
