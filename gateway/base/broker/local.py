"""The embedded broker: stores nothing. ``publish`` hands the batch to the other side and returns
when it has committed.

With no consumer it raises Unavailable and the sender's outbox keeps the rows; what the consumer did
not take comes back as Undelivered, and the sender offers it again. Outbox and inbox are the durable
queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from gateway.base.errors import Unavailable, Undelivered
from gateway.base.message import Message
from gateway.base.ports import OnBatch, OnParked, Verdict


class LocalSubscription:
    """One consumer of one queue."""

    def __init__(self, on_batch: OnBatch, gone: Callable[[], None]) -> None:
        self._on_batch, self._gone = on_batch, gone
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def deliver(self, messages: Sequence[Message]) -> None:
        self._busy += 1
        self._idle.clear()
        try:
            dispositions = await self._on_batch(messages)
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()
        rest = {
            m.id: d
            for m, d in zip(messages, dispositions, strict=True)
            if d.verdict is not Verdict.ACK
        }
        if rest:
            raise Undelivered(rest)

    async def close(self) -> None:
        self._gone()
        await self._idle.wait()


class LocalBroker:
    """Queues by name, each with at most one consumer. ``on_consumer`` callbacks tell senders that
    somebody listens again."""

    window = 1
    pace = 0.0

    def __init__(self) -> None:
        self._consumers: dict[str, LocalSubscription] = {}
        self._listeners: dict[str, list[Callable[[], None]]] = {}

    async def publish(self, queue: str, messages: Sequence[Message]) -> None:
        consumer = self._consumers.get(queue)
        if consumer is None:
            raise Unavailable(f"nobody consumes {queue}")
        if messages:
            await consumer.deliver(messages)

    async def consume(
        self, queue: str, on_batch: OnBatch, on_parked: OnParked | None = None
    ) -> LocalSubscription:
        def gone() -> None:
            if self._consumers.get(queue) is subscription:
                del self._consumers[queue]

        subscription = LocalSubscription(on_batch, gone)
        self._consumers[queue] = subscription
        for call in self._listeners.get(queue, ()):
            call()
        return subscription

    def on_consumer(self, queue: str, call: Callable[[], None]) -> None:
        """Call ``call`` whenever a consumer of ``queue`` appears."""
        self._listeners.setdefault(queue, []).append(call)

    async def close(self) -> None:
        self._consumers.clear()
