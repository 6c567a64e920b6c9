"""Brokers of every kind, a consumer that is watched, and an outbox, for the contract of the broker.

A new adapter is one more row of ADAPTERS.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import aio_pika
import pytest

from gateway.base.broker.link import LinkBroker
from gateway.base.broker.local import LocalBroker
from gateway.base.broker.rabbitmq import AmqpBroker
from gateway.base.message import Message
from gateway.base.ports import ACK, Broker, Disposition, OnBatch, OnParked, Subscription, Verdict
from gateway.base.relay import Parcel
from tests.conftest import AMQP, delete_queues, need_rabbitmq

QUEUE = "eport.test"
PATIENCE = 10.0


@contextlib.asynccontextmanager
async def _local() -> AsyncIterator[Broker]:
    broker = LocalBroker()
    yield broker
    await broker.close()


class Linked:
    """Both ends of a link as one broker: what is published at one end is consumed at the other."""

    window, pace = LinkBroker.window, LinkBroker.pace

    def __init__(self) -> None:
        self.near, self.far = LinkBroker(), LinkBroker()

    async def connect(self) -> None:
        near, far = socket.socketpair()
        await self.near.connect(near)
        await self.far.connect(far)

    async def publish(self, queue: str, messages: Sequence[Message]) -> None:
        await self.near.publish(queue, messages)

    async def consume(
        self, queue: str, on_batch: OnBatch, on_parked: OnParked | None = None
    ) -> Subscription:
        return await self.far.consume(queue, on_batch, on_parked)

    def on_consumer(self, queue: str, call: Callable[[], None]) -> None:
        self.near.on_consumer(queue, call)

    async def close(self) -> None:
        await self.near.close()
        await self.far.close()


@contextlib.asynccontextmanager
async def _link() -> AsyncIterator[Broker]:
    broker = Linked()
    await broker.connect()
    yield broker
    await broker.close()


@contextlib.asynccontextmanager
async def _rabbitmq() -> AsyncIterator[Broker]:
    """Queues of this test's own, deleted at the end."""
    await need_rabbitmq()
    prefix = f"t{os.getpid()}.{secrets.token_hex(4)}."
    broker = AmqpBroker(AMQP, prefix=prefix, most=10)
    try:
        yield broker
    finally:
        await broker.close()
        await delete_queues(prefix, (QUEUE, f"{QUEUE}.other"))


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter and what it can do: ``stores_nothing``: without a consumer nothing is taken, and
    what a consumer did not take comes back to the sender as Undelivered; ``one_consumer``: a queue
    has one at most; ``stores``: takes messages without a consumer and keeps them, with their
    retries and what is parked; ``many_consumers``: a queue has as many as come.
    """

    make: Callable[[], AbstractAsyncContextManager[Broker]]
    features: frozenset[str] = frozenset()


ADAPTERS = {
    "local": Adapter(_local, frozenset({"stores_nothing", "one_consumer"})),
    "link": Adapter(_link, frozenset({"stores_nothing", "one_consumer"})),
    "rabbitmq": Adapter(_rabbitmq, frozenset({"stores", "many_consumers"})),
}


def on(*features: str) -> pytest.MarkDecorator:
    """Run the test on the adapters that have all ``features`` only."""
    return pytest.mark.parametrize(
        "broker", [n for n, a in ADAPTERS.items() if a.features >= set(features)], indirect=True
    )


def message(number: int, *, attempts: int = 0) -> Message:
    return Message(
        id=f"M{number}",
        body=f"<A>{number}</A>".encode() + bytes([0, 255]),
        attempts=attempts,
        headers={"content_type": "application/xml", "message_type": "GRT101", "note": "保税"},
    )


@dataclass(slots=True)
class Consumer:
    """A far side that writes down what it is handed and answers by the plan: per id, one
    disposition a try, then ACK."""

    plan: Mapping[str, Sequence[Disposition]] = field(default_factory=dict)
    batches: list[list[Message]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    inside: asyncio.Event = field(default_factory=asyncio.Event)
    done: int = 0

    async def on_batch(self, messages: Sequence[Message]) -> list[Disposition]:
        before = [m.id for m in self.seen]
        self.batches.append(list(messages))
        self.inside.set()
        if self.gate is not None:
            await asyncio.wait_for(self.gate.wait(), PATIENCE)
        out = []
        for m in messages:
            plan = self.plan.get(m.id, ())
            out.append(plan[before.count(m.id)] if before.count(m.id) < len(plan) else ACK)
        self.done += len(out)
        return out

    @property
    def seen(self) -> list[Message]:
        return [m for batch in self.batches for m in batch]

    def tries(self, number: int) -> list[int]:
        """``attempts`` of each time that a message was handed over."""
        return [m.attempts for m in self.seen if m.id == f"M{number}"]


async def parked(broker: AmqpBroker, queue: str) -> list[aio_pika.abc.AbstractIncomingMessage]:
    """What stands in the parking place of ``queue``; it stays there."""
    async with await aio_pika.connect(AMQP, timeout=5) as connection:
        place = await (await connection.channel()).get_queue(
            f"{broker.prefix}{queue}.parked", ensure=False
        )
        found = []
        while (raw := await place.get(fail=False)) is not None:
            found.append(raw)
        return found


@dataclass(slots=True)
class _Row:
    messages: list[Message]
    due: float


@dataclass(slots=True)
class Outbox:
    """A sender's outbox in memory: rows go after the confirm, RETRY counts a try, WAIT none, PARK
    keeps the reason."""

    rows: dict[int, _Row] = field(default_factory=dict)
    parked: dict[str, str] = field(default_factory=dict)
    settled: int = 0
    last: int = 0

    def add(self, *messages: Message) -> Parcel:
        self.last += 1
        self.rows[self.last] = _Row(list(messages), 0.0)
        return Parcel(id=self.last, messages=messages)

    async def due(self, most: int, without: frozenset[int]) -> Sequence[Parcel]:
        now, found, size = asyncio.get_running_loop().time(), [], 0
        for number, row in sorted(self.rows.items()):
            if number in without or row.due > now or (found and size + len(row.messages) > most):
                continue
            size += len(row.messages)
            found.append(Parcel(id=number, messages=tuple(row.messages)))
        return found

    async def settle(self, parcels: Sequence[Parcel], rest: Mapping[str, Disposition]) -> None:
        now = asyncio.get_running_loop().time()
        for parcel in parcels:
            del self.rows[parcel.id]
            self.settled += 1
            for m in parcel.messages:
                said = rest.get(m.id, ACK)
                if said.verdict is Verdict.PARK:
                    self.parked[m.id] = said.reason
                elif said.verdict is not Verdict.ACK:
                    self.last += 1
                    later = Message(
                        id=m.id,
                        body=m.body,
                        headers=m.headers,
                        attempts=m.attempts + (said.verdict is Verdict.RETRY),
                    )
                    self.rows[self.last] = _Row([later], now + said.after)

    async def next_due(self) -> float | None:
        first = min((row.due for row in self.rows.values()), default=None)
        return None if first is None else max(0.0, first - asyncio.get_running_loop().time())
