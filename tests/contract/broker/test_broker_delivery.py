"""What ``ports.Broker`` promises, held against every adapter, and how the relay keeps its part
where one stores nothing.

A new adapter is one more row of ADAPTERS. Redelivery is watched at the consumer, so it does not
matter who does it: the broker, or the sender's outbox behind the relay.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

import pytest

from gateway.base.broker.rabbitmq import AmqpBroker
from gateway.base.errors import Unavailable, Undelivered
from gateway.base.message import Message
from gateway.base.ports import Broker, Disposition, park, retry, wait
from gateway.base.relay import Relay
from tests.conftest import eventually
from tests.contract.broker.adapters import QUEUE, Consumer, Outbox, message, on, parked


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
    began = loop.time()  # before the first try: a busy machine may only lengthen what is measured
    relay.offer([outbox.add(message(1))])
    await eventually(lambda: consumer.tries(1))
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
