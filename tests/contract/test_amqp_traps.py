"""RabbitMQ and aio-pika: the traps found when these adapters were built, one test each, and what an
interchange looks like to other AMQP programs."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aio_pika
import msgspec
import pytest
from yarl import URL

from gateway.base.broker.interchange import Spoiled, Wire, decode, encode, packs
from gateway.base.broker.rabbitmq import AmqpBroker
from gateway.base.errors import BadSetting, Unavailable, Undelivered
from gateway.base.message import Message
from gateway.base.ports import retry
from tests.bounds import within
from tests.conftest import AMQP, delete_queues, eventually, need_rabbitmq
from tests.contract.broker.adapters import QUEUE, Consumer, message, parked
from tests.support.scale import Proxy


@dataclass(slots=True)
class Room:
    """A broker behind a proxy, a plain AMQP program beside it."""

    broker: AmqpBroker
    proxy: Proxy
    channel: aio_pika.abc.AbstractChannel

    @property
    def name(self) -> str:
        return self.broker.prefix + QUEUE

    async def send(self, body: bytes, **properties: object) -> None:
        """As any AMQP program would."""
        await self.channel.default_exchange.publish(aio_pika.Message(body, **properties), self.name)  # type: ignore[arg-type]

    async def read(self) -> list[aio_pika.abc.AbstractIncomingMessage]:
        queue, found = await self.channel.get_queue(self.name, ensure=False), []
        while (raw := await queue.get(fail=False, no_ack=True)) is not None:
            found.append(raw)
        return found


@pytest.fixture
async def room(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Room]:
    await need_rabbitmq()
    caplog.set_level(logging.CRITICAL)
    url = URL(AMQP)
    proxy = Proxy(url.host or "127.0.0.1", url.port or 5672)
    behind = url.with_host("127.0.0.1").with_port(await proxy.start())
    prefix = f"t{os.getpid()}.{secrets.token_hex(4)}."
    broker = AmqpBroker(
        str(behind), prefix=prefix, timeout=1.0, connect=1.0, watch=0.2, largest=1_000_000
    )
    async with await aio_pika.connect(AMQP, timeout=5) as connection:
        yield Room(broker, proxy, await connection.channel())
        proxy.heal()
        await broker.close()
    await proxy.close()
    await delete_queues(prefix, [QUEUE])


# traps


@pytest.mark.timed
async def test_a_publish_into_a_black_hole_is_unavailable_in_time_and_cancels_nobody(
    room: Room,
) -> None:
    await room.broker.publish(QUEUE, [message(1)])
    room.proxy.silence()
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await room.broker.publish(QUEUE, [message(2)])
    assert within(time.monotonic() - began, 4)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    room.proxy.heal()

    async def again() -> bool:
        try:
            await room.broker.publish(QUEUE, [message(2)])
        except Unavailable:
            return False
        return True

    await eventually(again)
    assert {m.message_id for m in await room.read()} == {
        "M1",
        "M2",
    }  # M2 perhaps twice: a time-out is unknown, not failed


async def test_a_cancelled_publish_is_cancelled(room: Room) -> None:
    await room.broker.publish(QUEUE, [message(1)])
    room.proxy.silence()
    task = asyncio.create_task(room.broker.publish(QUEUE, [message(2)]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_queue_that_was_deleted_is_made_again_and_the_message_is_in_it(room: Room) -> None:
    """An unroutable message raises nothing by itself: without ``on_return_raises`` this publish
    would be lost in silence."""
    await room.broker.publish(QUEUE, [message(1)])
    await room.channel.queue_delete(room.name, if_unused=False, if_empty=False)
    await room.broker.publish(QUEUE, [message(2)])
    assert [m.message_id for m in await room.read()] == ["M2"]


async def test_a_message_that_is_too_large_is_named_and_its_neighbours_are_sent(room: Room) -> None:
    large = Message(id="LARGE", body=bytes(1_000_001))
    with pytest.raises(Undelivered) as raised:
        await room.broker.publish(QUEUE, [message(1), large, message(2)])
    assert set(raised.value.rest) == {"LARGE"}
    assert "1000000" in raised.value.rest["LARGE"].reason
    assert [
        m.id for raw in await room.read() for m in decode(_wire(raw)) if isinstance(m, Message)
    ] == ["M1", "M2"]


async def test_channels_do_not_grow_with_what_is_sent(room: Room) -> None:
    consumer = Consumer({"M3": [retry(0.0)]})
    await room.broker.consume(QUEUE, consumer.on_batch)
    for n in range(30):
        await room.broker.publish(QUEUE, [message(n)])
    await eventually(lambda: consumer.done == 31)
    assert (room.broker.out.channels, room.broker.inn.channels) <= (2, 2)


async def test_a_consumer_that_the_broker_cancelled_is_back(room: Room) -> None:
    consumer = Consumer()
    await room.broker.consume(QUEUE, consumer.on_batch)
    await room.channel.queue_delete(room.name, if_unused=False, if_empty=False)

    async def arrives() -> bool:
        await room.broker.publish(QUEUE, [message(1)])
        return consumer.done > 0

    await eventually(arrives, every=0.1)


async def test_a_consumer_behind_a_silent_link_is_back_after_it_healed(room: Room) -> None:
    consumer = Consumer()
    await room.broker.consume(QUEUE, consumer.on_batch)
    room.proxy.silence()
    await room.send(b"<A/>", message_id="X1")
    await eventually(lambda: room.broker.inn.channels == 0, what="the watchdog noticing")
    assert not consumer.done
    room.proxy.heal()
    await eventually(lambda: consumer.done)
    assert {m.id for m in consumer.seen} == {"X1"}


async def test_redelivery_without_end_loses_nothing(room: Room) -> None:
    """Tries are ours: a broker that counts deliveries would drop this message (RabbitMQ 3 with
    x-delivery-limit -1: at once)."""
    await room.broker.publish(QUEUE, [message(1)])
    queue = await room.channel.get_queue(room.name, ensure=False)
    for _ in range(30):
        raw = await queue.get(fail=True)
        assert raw is not None
        await raw.nack(requeue=True)
    assert [m.message_id for m in await room.read()] == ["M1"]


async def test_a_queue_with_other_properties_is_named(room: Room) -> None:
    await room.channel.declare_queue(room.name, durable=True)
    with pytest.raises(Unavailable, match="exists with other properties"):
        await room.broker.publish(QUEUE, [message(1)])


async def test_an_unreachable_broker_is_unavailable() -> None:
    broker = AmqpBroker("amqp://guest:guest@127.0.0.1:1/", connect=1.0)
    with pytest.raises(Unavailable):
        await broker.publish(QUEUE, [message(1)])
    await broker.close()


@pytest.mark.parametrize("url", ["http://h/", "amqp://", "amqp://h:99999999/", "nonsense"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(BadSetting, match="EPORT_AMQP_URL"):
        AmqpBroker(url)


# the wire


async def test_one_message_travels_as_plain_xml_and_several_as_one_interchange(room: Room) -> None:
    await room.broker.publish(QUEUE, [message(1, attempts=2)])
    await room.broker.publish(QUEUE, [message(2), message(3, attempts=1)])
    one, several = await room.read()
    assert (one.content_type, one.message_id, one.body) == (
        "application/xml",
        "M1",
        message(1).body,
    )
    assert {k: v for k, v in one.headers.items() if not k.startswith("x-")} == {
        "message_type": "GRT101",
        "note": "保税",
        "attempts": 2,
    }
    assert one.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    assert several.content_type == "application/msgpack"
    assert msgspec.msgpack.decode(several.body) == [
        [{**message(2).headers, "id": "M2"}, message(2).body],
        [{**message(3).headers, "id": "M3", "attempts": 1}, message(3).body],
    ]


async def test_a_foreign_programs_message_without_our_headers_is_handed_over(room: Room) -> None:
    consumer = Consumer()
    await room.broker.consume(QUEUE, consumer.on_batch)
    await room.send(b"<A/>", headers={"x": 1.5, "deep": {"a": [1]}, "attempts": "many"})
    await eventually(lambda: consumer.done == 1)
    (found,) = consumer.seen
    assert (found.body, found.attempts, found.headers["content_type"], found.headers["x"]) == (
        b"<A/>",
        0,
        "application/xml",
        "1.5",
    )
    assert found.id  # the library's own, or one from the bytes


def test_a_message_without_an_id_gets_one_from_its_bytes() -> None:
    plain = Wire(content_type="", message_id="", headers={}, body=b"<A/>")
    (one,), (same,), (other,) = (
        decode(plain),
        decode(plain),
        decode(msgspec.structs.replace(plain, body=b"<B/>")),
    )
    assert isinstance(one, Message)
    assert isinstance(other, Message)
    assert one == same
    assert one.id != other.id


async def test_a_spoiled_interchange_is_parked_and_its_sound_items_are_not(room: Room) -> None:
    consumer = Consumer()
    await room.broker.consume(QUEUE, consumer.on_batch)
    await room.send(b"\xc1 no msgpack", content_type="application/msgpack", message_id="BAD1")
    await room.send(
        msgspec.msgpack.encode([[{"id": "S1"}, b"<A/>"], ["no", "pair"], [{"id": "S2"}, b"<B/>"]]),
        content_type="application/msgpack",
        message_id="BAD2",
    )
    await eventually(lambda: consumer.done == 2)
    assert [m.id for m in consumer.seen] == ["S1", "S2"]
    aside = await eventually(lambda: _two(room))
    assert {raw.message_id for raw in aside} == {"BAD1", "BAD2"}
    assert all("interchange" in str(raw.headers["reason"]) for raw in aside)


async def test_what_is_parked_goes_to_whoever_lists_it_and_stays_while_that_fails(
    room: Room,
) -> None:
    consumer, listed = (
        Consumer({"M1": [retry(0.0, "it is rotten")] * 9}),
        dict[str, tuple[bytes, int, str]](),
    )
    refusals = [Unavailable("no store"), Unavailable("no store")]

    async def take(message: Message, reason: str) -> None:
        if refusals:
            raise refusals.pop()
        listed[message.id] = (message.body, message.attempts, reason)

    subscription = await room.broker.consume(QUEUE, consumer.on_batch, take)
    await room.broker.publish(QUEUE, [message(n) for n in range(3)])
    await room.send(b"\xc1 no msgpack", content_type="application/msgpack", message_id="BAD1")
    await room.send(
        msgspec.msgpack.encode([["no", "pair"], ["nor", "this"]]),
        content_type="application/msgpack",
        message_id="BAD2",
    )
    await eventually(lambda: len(listed) == 4)
    assert sorted(name.partition("~")[0] for name in listed) == ["BAD1", "BAD2", "BAD2", "M1"], (
        "two bad items of one interchange are two"
    )
    assert listed["M1"] == (message(1).body, 5, "it is rotten")
    body, _, reason = next(found for name, found in listed.items() if name.startswith("BAD1~"))
    assert body == b"\xc1 no msgpack"
    assert "no msgpack array" in reason
    assert not refusals
    await subscription.close()
    assert await parked(room.broker, QUEUE) == []


async def _two(room: Room) -> list[aio_pika.abc.AbstractIncomingMessage]:
    found = await parked(room.broker, QUEUE)
    return found if len(found) == 2 else []


def test_packs_keep_the_order_and_their_limits() -> None:
    sizes = [10, 990, 1, 2000, 5, 5]
    made = [Message(id=str(n), body=bytes(size)) for n, size in enumerate(sizes)]
    assert [[m.id for m in pack] for pack in packs(made, most=2, size=1000)] == [
        ["0", "1"],
        ["2"],
        ["3"],
        ["4", "5"],
    ]
    assert list(packs([])) == []


def test_what_is_encoded_is_decoded() -> None:
    made = [message(n, attempts=n) for n in range(3)]
    for pack in (made[:1], made):
        assert decode(encode(pack)) == pack
    assert not any(isinstance(part, Spoiled) for part in decode(encode(made)))


def _wire(raw: aio_pika.abc.AbstractIncomingMessage) -> Wire:
    from gateway.base.broker.rabbitmq_delivery import wire_of as wire

    return wire(raw)
