"""The broker on RabbitMQ: durable quorum queues, confirmed publishes, retries by TTL queues, parked
messages in a queue of their own.

Each queue has ``.parked`` and ``.retry.1s .10s .60s`` (one queue a step: a per-message TTL expires
only at the head). Tries are counted in a header of ours, never by the broker (``x-delivery-limit:
-1``). Nothing here knows what a message says.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import aio_pika
from aio_pika.exceptions import ChannelPreconditionFailed, PublishError

from gateway.base.broker.interchange import REASON, Spoiled, Wire, encode, packs
from gateway.base.broker.rabbitmq_connection import Link
from gateway.base.broker.rabbitmq_consumer import Consumer
from gateway.base.broker.rabbitmq_parked import ParkingPlace
from gateway.base.errors import Unavailable, Undelivered
from gateway.base.message import Message
from gateway.base.ports import Disposition, OnBatch, OnParked, park

log = logging.getLogger("eport.broker")
STEPS = ((1, "1s"), (10, "10s"), (60, "60s"))
"""Seconds of the retry queues and their names."""
LARGEST = 16 * 1024 * 1024
"""Bytes of one message: what every RabbitMQ takes. A larger one would close the channel under all
publishes on it."""
QUORUM: Mapping[str, Any] = {"x-queue-type": "quorum"}
UNLIMITED: Mapping[str, Any] = {"x-delivery-limit": -1}
"""From RabbitMQ 4 on, where the default is 20 deliveries. RabbitMQ 3 has no limit, and reads -1 as
"less than one": it drops a message at its first redelivery (seen on 3.10.8; ``docs/decisions``)."""


class AmqpBroker:
    """Broker on one RabbitMQ. ``prefix`` stands before every queue name; ``prefetch`` counts
    interchanges; ``most`` messages go to the consumer at once; ``watch``: seconds between two looks
    at the consumer count."""

    window = 1
    pace = 0.04

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "",
        prefetch: int = 8,
        most: int = 500,
        timeout: float = 10.0,
        connect: float = 3.0,
        heartbeat: int = 10,
        watch: float = 3.0,
        largest: int = LARGEST,
    ) -> None:
        self.prefix, self._most, self._largest = prefix, most, largest
        self._prefetch, self._watch = prefetch, watch
        self.out = Link(url, "out", timeout=timeout, connect=connect, heartbeat=heartbeat)
        # Of their own: a broker that blocks publishers (memory, disk) must not hold back
        # acknowledgements.
        self.inn = Link(url, "in", timeout=timeout, connect=connect, heartbeat=heartbeat)
        # And one that is never in the way of either: a queue that does not answer costs the
        # connection it was asked on.
        self.parked_link = Link(
            url, "parked", timeout=timeout, connect=connect, heartbeat=heartbeat
        )
        self._declared: set[str] = set()
        self._consumers: list[Consumer] = []

    async def publish(self, queue: str, messages: Sequence[Message]) -> None:
        """Publish in order; several interchanges are under way at once. Undelivered names
        messages that are too large for any broker."""
        large = {
            m.id: park(f"{len(m.body)} bytes; RabbitMQ takes at most {self._largest}")
            for m in messages
            if len(m.body) > self._largest
        }
        if large:
            messages = [m for m in messages if m.id not in large]
        name = self.prefix + queue
        await self.declare(queue)
        try:
            await self._all(name, [encode(pack) for pack in packs(messages)])
        except _TooLarge:
            large |= await self._one_by_one(name, messages)
        if large:
            raise Undelivered(large)

    async def consume(
        self, queue: str, on_batch: OnBatch, on_parked: OnParked | None = None
    ) -> Consumer:
        """Start consuming, even while RabbitMQ cannot be reached, and go on trying."""
        name = self.prefix + queue
        place = (
            ParkingPlace(self.parked_link, name, on_parked, every=self._watch)
            if on_parked
            else None
        )
        consumer = Consumer(
            self,
            name,
            queue,
            on_batch,
            prefetch=self._prefetch,
            most=self._most,
            watch=self._watch,
            place=place,
        )
        self._consumers.append(consumer)
        await consumer.start()
        return consumer

    async def close(self) -> None:
        for consumer in self._consumers:
            await consumer.close()
        await self.out.close()
        await self.inn.close()
        await self.parked_link.close()

    async def again(self, queue: str, message: Message, after: float) -> None:
        """Publish a message singly for another hand-over after at least ``after`` seconds (the next
        step of the retry queues)."""
        step = next((name for seconds, name in STEPS if after <= seconds), STEPS[-1][1])
        await self._all(
            f"{self.prefix}{queue}" + (f".retry.{step}" if after > 0 else ""), [encode([message])]
        )

    async def aside(self, queue: str, what: Message | Spoiled, reason: str) -> None:
        """Park singly, as it came, with the reason and the time."""
        extra = {
            REASON: reason[:1000],
            "parked_from": queue,
            "parked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        wire = (
            encode([what], extra)
            if isinstance(what, Message)
            else Wire(
                content_type=what.wire.content_type,
                message_id=what.wire.message_id,
                headers={**what.wire.headers, **extra},
                body=what.wire.body,
            )
        )
        await self._all(f"{self.prefix}{queue}.parked", [wire])

    async def declare(self, queue: str, *, again: bool = False) -> None:
        """Make a queue with its retry steps and its parking place; once a process unless
        ``again``."""
        if queue in self._declared and not again:
            return
        name = self.prefix + queue
        back = {
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": name,
            # At least once, or a broker that dies between two queues loses the message.
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
        channel = await self.out.channel("declare")
        quorum = {**QUORUM, **UNLIMITED} if self.out.major >= 4 else QUORUM
        async with self.out.frontier(f"declaring {name}"):
            for each, arguments in (
                (name, {}),
                (f"{name}.parked", {}),
                *(
                    (f"{name}.retry.{step}", back | {"x-message-ttl": seconds * 1000})
                    for seconds, step in STEPS
                ),
            ):
                try:
                    await channel.declare_queue(
                        each,
                        durable=True,
                        arguments={**quorum, **arguments},
                        timeout=self.out.timeout,
                    )
                except ChannelPreconditionFailed as error:
                    raise Unavailable(
                        f"queue {each} exists with other properties; delete it when it is empty"
                        f" ({error})"
                    ) from error
        self._declared.add(queue)

    async def _all(self, name: str, wires: Sequence[Wire]) -> None:
        """Publish, all confirmed when this returns. Raises Unavailable: unknown, offer all of them
        again."""
        results = await asyncio.gather(
            *[self._confirmed(name, wire) for wire in wires], return_exceptions=True
        )
        failed = [r for r in results if isinstance(r, BaseException)]
        for error in (*(e for e in failed if isinstance(e, _TooLarge)), *failed):
            raise error

    async def _confirmed(self, name: str, wire: Wire) -> None:
        try:
            await self._publish(name, wire)
        except _NoQueue:  # somebody deleted it
            await self.declare(
                name.removeprefix(self.prefix).partition(".retry.")[0].removesuffix(".parked"),
                again=True,
            )
            await self._publish(name, wire)

    async def _publish(self, name: str, wire: Wire) -> None:
        channel = await self.out.channel("publish")
        message = aio_pika.Message(
            wire.body,
            content_type=wire.content_type,
            message_id=wire.message_id,
            headers=dict(wire.headers),
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        async with self.out.frontier(f"publishing to {name}"):
            try:
                await channel.default_exchange.publish(
                    message, name, mandatory=True, timeout=self.out.timeout
                )
            except PublishError as error:
                raise _NoQueue(f"queue {name} does not exist") from error
            except ChannelPreconditionFailed as error:
                raise _TooLarge(str(error)) from error

    async def _one_by_one(self, name: str, messages: Sequence[Message]) -> dict[str, Disposition]:
        """Publish singly. This RabbitMQ takes less than others, and one refused message failed
        all that were under way: find it."""
        refused: dict[str, Disposition] = {}
        for message in messages:
            try:
                await self._confirmed(name, encode([message]))
            except _TooLarge as error:
                refused[message.id] = park(str(error)[:500])
        return refused


class _NoQueue(Unavailable):
    """A mandatory message came back: no queue of that name."""


class _TooLarge(Unavailable):
    """The broker closed the channel over a message, and with it everything that was under way on
    it."""
