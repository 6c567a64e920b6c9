"""What ``ports.Broker`` promises, held against every adapter: consumers and senders that go and
come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import pytest

from gateway.base.broker.local import LocalBroker
from gateway.base.broker.rabbitmq import AmqpBroker
from gateway.base.errors import Unavailable
from gateway.base.message import Message
from gateway.base.ports import Broker, Disposition, retry
from gateway.base.relay import Relay
from tests.conftest import eventually
from tests.contract.broker.adapters import QUEUE, Consumer, Linked, Outbox, message, on, parked


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
