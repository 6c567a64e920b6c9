"""What ``ports.Broker`` promises, held against every adapter, and how the relay keeps its part
where one stores nothing.

A new adapter is one more row of ADAPTERS. Redelivery is watched at the consumer, so it does not
matter who does it: the broker, or the sender's outbox behind the relay.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
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
from gateway.base.errors import Unavailable, Undelivered
from gateway.base.message import Message
from gateway.base.ports import (
    ACK,
    Broker,
    Disposition,
    OnBatch,
    OnParked,
    Subscription,
    Verdict,
    park,
    retry,
    wait,
)
from gateway.base.relay import Parcel, Relay
from tests.conftest import AMQP, delete_queues, eventually, need_rabbitmq

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


@pytest.fixture(params=list(ADAPTERS))
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    async with ADAPTERS[request.param].make() as made:
        yield made


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


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
async def relay(broker: Broker, outbox: Outbox) -> AsyncIterator[Relay]:
    """The relay of ``outbox``; it polls so seldom that only a wake-up or a due time can move it."""
    made = Relay(broker, QUEUE, outbox, most=10, poll=60.0, longest_pause=0.1)
    made.start()
    yield made
    await made.close()


# publish and consume


async def test_published_messages_arrive_whole_and_in_order(broker: Broker) -> None:
    consumer = Consumer()
    subscription = await broker.consume(QUEUE, consumer.on_batch)
    sent = [message(n, attempts=n % 3) for n in range(20)]
    await broker.publish(QUEUE, sent)
    await eventually(lambda: consumer.done == 20)
    assert [(m.id, m.body, dict(m.headers), m.attempts) for m in consumer.seen] == [
        (m.id, m.body, dict(m.headers), m.attempts) for m in sent
    ]
    await subscription.close()


async def test_queues_are_apart(broker: Broker) -> None:
    one, two = Consumer(), Consumer()
    subscriptions = [
        await broker.consume(QUEUE, one.on_batch),
        await broker.consume(f"{QUEUE}.other", two.on_batch),
    ]
    await broker.publish(f"{QUEUE}.other", [message(1)])
    await eventually(lambda: two.done)
    assert (one.seen, [m.id for m in two.seen]) == ([], ["M1"])
    for subscription in subscriptions:
        await subscription.close()


@on("stores_nothing")
async def test_publish_returns_only_when_the_far_side_has_it(broker: Broker) -> None:
    consumer = Consumer(gate=asyncio.Event())
    await broker.consume(QUEUE, consumer.on_batch)
    publish = asyncio.create_task(broker.publish(QUEUE, [message(1)]))
    await consumer.inside.wait()
    assert not publish.done()
    consumer.gate.set()
    await publish
    assert consumer.done == 1


@on("stores_nothing")
async def test_publish_without_a_consumer_is_unavailable(broker: Broker) -> None:
    with pytest.raises(Unavailable):
        await broker.publish(QUEUE, [message(1)])
    subscription = await broker.consume(QUEUE, Consumer().on_batch)
    await subscription.close()
    with pytest.raises(Unavailable):
        await broker.publish(QUEUE, [message(1)])


@on("stores_nothing")
async def test_what_was_not_taken_comes_back_by_id_and_the_neighbours_are_done(
    broker: Broker,
) -> None:
    consumer = Consumer(
        {"M1": [retry(3.0, "later")], "M3": [park("never")], "M4": [wait(0.5, "not yet")]}
    )
    await broker.consume(QUEUE, consumer.on_batch)
    with pytest.raises(Undelivered) as raised:
        await broker.publish(QUEUE, [message(n) for n in range(6)])
    assert raised.value.rest == {
        "M1": retry(3.0, "later"),
        "M3": park("never"),
        "M4": wait(0.5, "not yet"),
    }


# redelivery


async def test_retry_is_handed_over_again_with_one_more_attempt_and_the_neighbours_are_not(
    broker: Broker, outbox: Outbox, relay: Relay
) -> None:
    consumer = Consumer({"M1": [retry(0.01), retry(0.01), retry(0.0)]})
    await broker.consume(QUEUE, consumer.on_batch)
    relay.offer([outbox.add(message(0), message(1), message(2))])
    await eventually(lambda: len(consumer.tries(1)) == 4 and not outbox.rows)
    assert consumer.tries(1) == [0, 1, 2, 3]
    assert (consumer.tries(0), consumer.tries(2)) == ([0], [0])


async def test_wait_is_handed_over_again_and_counts_no_attempt(
    broker: Broker, outbox: Outbox, relay: Relay
) -> None:
    consumer = Consumer({"M1": [wait(0.01), wait(0.01), retry(0.01), wait(0.01)]})
    await broker.consume(QUEUE, consumer.on_batch)
    relay.offer([outbox.add(message(1), message(2))])
    await eventually(lambda: len(consumer.tries(1)) == 5 and not outbox.rows)
    assert consumer.tries(1) == [0, 0, 0, 1, 1]
    assert consumer.tries(2) == [0]


@pytest.mark.parametrize("again", [retry, wait])
async def test_nothing_comes_again_before_its_time(
    broker: Broker, outbox: Outbox, relay: Relay, again: Callable[[float], Disposition]
) -> None:
    consumer, loop = Consumer({"M1": [again(0.2)]}), asyncio.get_running_loop()
    await broker.consume(QUEUE, consumer.on_batch)
    relay.offer([outbox.add(message(1))])
    await eventually(lambda: consumer.tries(1))
    began = loop.time()
    relay.offer([outbox.add(message(2))])  # a neighbour passes meanwhile
    await eventually(lambda: consumer.tries(2))
    assert len(consumer.tries(1)) == 1
    await eventually(lambda: len(consumer.tries(1)) == 2)
    assert loop.time() - began > 0.15


async def test_what_is_parked_is_never_handed_over_again_and_its_reason_is_visible(
    broker: Broker, outbox: Outbox, relay: Relay
) -> None:
    consumer = Consumer({"M1": [retry(0.0), park("订单不存在 / no such order")]})
    await broker.consume(QUEUE, consumer.on_batch)
    relay.offer([outbox.add(message(0), message(1))])
    if isinstance(broker, AmqpBroker):
        (aside,) = await eventually(lambda: parked(broker, QUEUE))
        assert (aside.message_id, aside.headers["reason"]) == ("M1", "订单不存在 / no such order")
        assert aside.body == message(1).body
    else:
        await eventually(lambda: outbox.parked)
        assert outbox.parked == {"M1": "订单不存在 / no such order"}
    relay.offer([outbox.add(message(2))])
    await eventually(lambda: consumer.tries(2) and not outbox.rows)
    assert consumer.tries(1) == [0, 1]
    assert consumer.tries(0) == [0]


async def test_a_consumer_that_raises_has_taken_nothing(
    broker: Broker, outbox: Outbox, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "eport")
    consumer, failures = Consumer(), [ValueError("a bug"), Unavailable("no database")]

    async def on_batch(messages: Sequence[Message]) -> list[Disposition]:
        if failures:
            raise failures.pop(0)
        return await consumer.on_batch(messages)

    await broker.consume(QUEUE, on_batch)
    relay.offer([outbox.add(message(0), message(1))])
    await eventually(lambda: not outbox.rows and consumer.done == 2)
    assert not failures
    assert (consumer.tries(0), consumer.tries(1)) == ([0], [0])


# the consumer goes and comes


async def test_a_consumer_closed_in_mid_batch_finishes_it(
    broker: Broker, outbox: Outbox, relay: Relay
) -> None:
    consumer = Consumer(gate=asyncio.Event())
    subscription = await broker.consume(QUEUE, consumer.on_batch)
    relay.offer([outbox.add(message(1), message(2))])
    await consumer.inside.wait()
    closing = asyncio.create_task(subscription.close())
    await asyncio.sleep(0)
    relay.offer([outbox.add(message(3))])
    assert not closing.done()
    consumer.gate.set()
    await closing
    assert consumer.done == 2
    await eventually(lambda: outbox.settled >= 1)
    assert [m.id for m in consumer.seen] == ["M1", "M2"]

    second = Consumer()
    await broker.consume(QUEUE, second.on_batch)
    relay.wake()
    await eventually(lambda: not outbox.rows and second.done)
    assert [m.id for m in second.seen] == ["M3"]


async def test_an_outage_loses_nothing_and_keeps_the_order(
    broker: Broker, outbox: Outbox, relay: Relay
) -> None:
    for n in range(30):
        relay.offer([outbox.add(message(n))])
        await asyncio.sleep(0)
    consumer = Consumer()
    await broker.consume(QUEUE, consumer.on_batch)
    relay.wake()
    await eventually(lambda: not outbox.rows and consumer.done == 30)
    assert [m.id for m in consumer.seen] == [f"M{n}" for n in range(30)]
    assert {m.attempts for m in consumer.seen} == {0}
    assert max(len(batch) for batch in consumer.batches) <= 10
    assert relay.available


async def test_what_an_earlier_process_left_over_is_sent_at_start(
    broker: Broker, outbox: Outbox
) -> None:
    outbox.add(message(1), message(2))
    consumer = Consumer()
    await broker.consume(QUEUE, consumer.on_batch)
    relay = Relay(broker, QUEUE, outbox, poll=60.0)
    relay.start()
    await eventually(lambda: not outbox.rows and consumer.done == 2)
    await relay.close()
    assert [m.id for m in consumer.seen] == ["M1", "M2"]


@on("stores_nothing")
async def test_a_sender_hears_of_a_new_consumer_at_once(broker: Broker, outbox: Outbox) -> None:
    assert isinstance(broker, LocalBroker | Linked)
    relay = Relay(broker, QUEUE, outbox, poll=60.0, longest_pause=60.0)
    broker.on_consumer(QUEUE, relay.wake)
    relay.start()
    relay.offer([outbox.add(message(1))])
    for _ in range(12):  # every vain try doubles the pause: now it is a minute
        await eventually(lambda: not relay._wake.is_set() and not relay.available)
        relay.wake()
    consumer = Consumer()
    await broker.consume(QUEUE, consumer.on_batch)
    await eventually(lambda: not outbox.rows)
    await relay.close()
    assert [m.id for m in consumer.seen] == ["M1"]


async def test_a_relay_that_is_closed_finishes_the_batch_in_its_hands(
    broker: Broker, outbox: Outbox, relay: Relay
) -> None:
    consumer = Consumer(gate=asyncio.Event())
    await broker.consume(QUEUE, consumer.on_batch)
    relay.offer([outbox.add(message(1))])
    await consumer.inside.wait()
    closing = asyncio.create_task(relay.close())
    await asyncio.sleep(0)
    consumer.gate.set()
    await closing
    assert outbox.settled == 1
    assert not outbox.rows


async def test_a_publish_of_nothing_is_a_question_that_reaches_no_consumer(broker: Broker) -> None:
    consumer = Consumer()
    if not isinstance(broker, AmqpBroker):
        with pytest.raises(Unavailable):
            await broker.publish(QUEUE, [])
    await broker.consume(QUEUE, consumer.on_batch)
    await broker.publish(QUEUE, [])
    await broker.publish(QUEUE, [message(1)])
    await eventually(lambda: consumer.done == 1)
    assert [[m.id for m in batch] for batch in consumer.batches] == [["M1"]]


@on("stores")
async def test_messages_published_without_a_consumer_are_kept_in_order(broker: Broker) -> None:
    await broker.publish(QUEUE, [message(n) for n in range(3)])
    await broker.publish(QUEUE, [message(3)])
    consumer = Consumer()
    await broker.consume(QUEUE, consumer.on_batch)
    await eventually(lambda: consumer.done == 4)
    assert [m.id for m in consumer.seen] == ["M0", "M1", "M2", "M3"]


@on("stores")
async def test_a_message_that_always_fails_is_parked_alone_after_five_tries(broker: Broker) -> None:
    assert isinstance(broker, AmqpBroker)
    consumer = Consumer({"M1": [retry(0.0, "it is rotten")] * 9})
    await broker.consume(QUEUE, consumer.on_batch)
    await broker.publish(QUEUE, [message(n) for n in range(4)])
    (aside,) = await eventually(lambda: parked(broker, QUEUE))
    assert consumer.tries(1) == [0, 1, 2, 3, 4]
    assert [consumer.tries(n) for n in (0, 2, 3)] == [[0], [0], [0]]
    assert (aside.headers["reason"], aside.headers["attempts"], aside.headers["parked_from"]) == (
        "it is rotten",
        5,
        QUEUE,
    )


@on("stores")
async def test_an_exception_over_one_message_does_not_hold_up_the_others(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "eport")
    consumer = Consumer()

    async def on_batch(messages: Sequence[Message]) -> list[Disposition]:
        if any(m.id == "M1" and m.attempts < 1 for m in messages):
            raise ValueError("a bug over M1")
        return await consumer.on_batch(messages)

    await broker.consume(QUEUE, on_batch)
    await broker.publish(QUEUE, [message(n) for n in range(3)])
    await eventually(lambda: consumer.done == 2)
    assert [m.id for m in consumer.seen] == ["M0", "M2"]
    await eventually(lambda: consumer.done == 3)
    assert consumer.tries(1) == [1]


@on("many_consumers")
async def test_consumers_share_a_queue_and_what_one_leaves_behind_the_other_gets(
    broker: Broker,
) -> None:
    stuck, free = Consumer(gate=asyncio.Event()), Consumer()
    first = await broker.consume(QUEUE, stuck.on_batch)
    await broker.publish(QUEUE, [message(1)])
    await stuck.inside.wait()
    for n in range(2, 20):
        await broker.publish(QUEUE, [message(n)])
    await broker.consume(QUEUE, free.on_batch)
    assert stuck.gate is not None
    closing = asyncio.create_task(first.close())
    stuck.gate.set()
    await closing
    await eventually(lambda: stuck.done + free.done == 19)
    assert sorted(m.id for m in (*stuck.seen, *free.seen)) == sorted(f"M{n}" for n in range(1, 20))
