"""A consumer on RabbitMQ: gathers deliveries into batches, hands them over, carries the verdicts
out, then acknowledges.

What must be retried, must wait or is parked is republished singly and confirmed before its
interchange is acknowledged, so its neighbours are neither delayed nor handed over twice. A watchdog
looks at the consumer count: a connection can die without a sound, and a broker can forget a
consumer without closing anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from gateway.base.broker.interchange import Spoiled, decode
from gateway.base.broker.rabbitmq_delivery import Delivery, Sender, tried, wire_of
from gateway.base.broker.rabbitmq_parked import ParkingPlace
from gateway.base.errors import CommitUnknown, Unavailable
from gateway.base.message import Message
from gateway.base.ports import Disposition, OnBatch, Verdict, park, retry

log = logging.getLogger("eport.broker")
TRIES = 5
"""Failed tries after which a message is parked, whatever its consumer says."""
STALLED = 3
"""Looks in a row at messages that stand ready while nothing comes: then the subscription is made
anew."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds between two tries of what cannot be reached."""


class Consumer:
    """Subscription of one queue. Deliveries are taken in order, one batch at a time."""

    def __init__(
        self,
        broker: Sender,
        name: str,
        queue: str,
        on_batch: OnBatch,
        *,
        prefetch: int,
        most: int,
        watch: float,
        place: ParkingPlace | None = None,
    ) -> None:
        self._place = place
        self._broker, self._name, self._queue, self._on_batch = broker, name, queue, on_batch
        self._prefetch, self._most, self._watch = prefetch, most, watch
        self._role = f"consume {name} {id(self):x}"
        self._waiting: deque[Delivery] = deque()
        self._arrived = asyncio.Event()
        self._channel: AbstractChannel | None = None
        self._tag: str | None = None
        self._cancelled = False
        self._gone = asyncio.Event()
        self._busy = False
        self._taken = self._seen = self._idle = 0
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Listen now if RabbitMQ answers, else as soon as it does."""
        try:
            await self._listen()
        except Unavailable as error:
            log.warning(
                "queue %s is not reachable (%s); will go on trying",
                self._name,
                error,
                extra={"action": "consumer_unavailable"},
            )
        self._tasks = [asyncio.create_task(self._work()), asyncio.create_task(self._watch_on())]
        if self._place is not None:
            self._place.start()

    async def close(self) -> None:
        """Take no more deliveries; the batch in hand is finished; what was not begun goes back
        to its queue."""
        if self._closing:
            return
        self._closing = True
        self._arrived.set()
        if self._place is not None:
            await self._place.close()
        if self._tasks:
            self._tasks[1].cancel()
            await asyncio.gather(self._tasks[1], return_exceptions=True)
        channel, tag = self._channel, self._tag
        if channel is not None and tag is not None and self._alive():
            with contextlib.suppress(Unavailable):
                async with self._broker.inn.frontier(f"leaving {self._name}"):
                    await (await channel.get_underlay_channel()).basic_cancel(
                        tag, timeout=self._broker.inn.timeout
                    )
        await asyncio.gather(*self._tasks[:1], return_exceptions=True)
        self._waiting.clear()
        await self._broker.inn.drop(self._role)

    def _alive(self) -> bool:
        return self._channel is not None and not self._channel.is_closed and not self._cancelled

    async def _listen(self) -> None:
        """Subscribe on a fresh channel. What came by the old one is forgotten: the broker hands it
        over again."""
        await self._broker.declare(self._queue, again=True)
        link = self._broker.inn
        await link.drop(self._role)
        self._waiting.clear()
        channel = await link.channel(self._role, prefetch=self._prefetch)
        async with link.frontier(f"consuming {self._name}"):
            (await channel.get_underlay_channel()).on_consumer_cancel_callbacks.add(self._on_cancel)
            queue = await channel.get_queue(self._name, ensure=False)
            self._channel, self._cancelled = channel, False
            channel.close_callbacks.add(self._on_close)
            self._gone.clear()
            self._idle = 0

            async def take(raw: AbstractIncomingMessage) -> None:
                if self._closing or self._channel is not channel:
                    return
                self._taken += 1
                self._waiting.append(Delivery(raw, channel, decode(wire_of(raw))))
                self._arrived.set()

            self._tag = await queue.consume(take, timeout=link.timeout)

    def _on_cancel(self, _frame: object) -> None:
        self._cancelled = True
        self._gone.set()

    def _on_close(self, channel: object, _error: BaseException | None) -> None:
        if channel is self._channel:
            self._gone.set()

    async def _watch_on(self) -> None:
        """Listen again whenever the channel is gone, the broker cancelled us, or it counts no
        consumer."""
        pause = FIRST_PAUSE
        while not self._closing:  # asked too: wait_for of Python 3.11 can swallow a cancellation
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), self._watch)
            try:
                if not self._alive() or not await self._counted():
                    log.warning(
                        "queue %s lost its consumer; subscribing again",
                        self._name,
                        extra={"action": "consumer_lost"},
                    )
                    await self._listen()
                    log.warning(
                        "queue %s is consumed again", self._name, extra={"action": "consumer_back"}
                    )
                pause = FIRST_PAUSE
            except Unavailable as error:
                log.warning(
                    "queue %s is not reachable (%s); will retry in %.1f s",
                    self._name,
                    error,
                    pause,
                    extra={"action": "consumer_unavailable"},
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception:
                log.exception(
                    "the watchdog of queue %s failed; will go on",
                    self._name,
                    extra={"action": "watchdog_failed"},
                )
                await asyncio.sleep(LONGEST_PAUSE)

    async def _counted(self) -> bool:
        """Return whether the broker knows a consumer of the queue and gives it what stands
        there; the question is also the proof that the link still works. A quorum queue that was
        deleted and made again within milliseconds counts a consumer it never serves."""
        link = self._broker.inn
        channel = await link.channel("watch")
        async with link.frontier(f"watching {self._name}"):
            queue = await channel.declare_queue(self._name, passive=True, timeout=link.timeout)
            counted = queue.declaration_result
        idle = (
            bool(counted.message_count)
            and not self._waiting
            and not self._busy
            and self._taken == self._seen
        )
        self._idle = self._idle + 1 if idle else 0
        self._seen = self._taken
        return bool(counted.consumer_count) and self._idle < STALLED

    # batches

    async def _work(self) -> None:
        while not self._closing:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting and not self._closing:
                self._busy = True
                try:
                    await self._batch(self._gathered())
                except Exception:
                    log.exception(
                        "a batch of queue %s failed; it will be handed over again",
                        self._name,
                        extra={"action": "batch_failed"},
                    )
                    await self._broker.inn.drop(self._role)
                finally:
                    self._busy = False

    def _gathered(self) -> list[Delivery]:
        batch = [self._waiting.popleft()]
        size = len(batch[0].parts)
        while self._waiting and size + len(self._waiting[0].parts) <= self._most:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].parts)
        return batch

    async def _batch(self, batch: Sequence[Delivery]) -> None:
        messages = [
            part for delivery in batch for part in delivery.parts if isinstance(part, Message)
        ]
        said: list[Disposition] = []
        for start in range(0, len(messages), self._most):
            verdicts = await self._handed(messages[start : start + self._most], batch[0].channel)
            if verdicts is None:
                return
            said += verdicts
        left = iter(said)
        for delivery in batch:
            for part in delivery.parts:
                done = await self._carried_out(
                    part,
                    park(part.reason) if isinstance(part, Spoiled) else next(left),
                    delivery.channel,
                )
                if not done:
                    return
        last = batch[-1]
        with contextlib.suppress(
            Unavailable
        ):  # handed over again: what is durable here is dropped as a repeat
            async with self._broker.inn.frontier(f"acknowledging to {self._name}"):
                await (await last.channel.get_underlay_channel()).basic_ack(
                    last.raw.delivery_tag or 0, multiple=True
                )

    async def _handed(
        self, messages: Sequence[Message], channel: AbstractChannel
    ) -> Sequence[Disposition] | None:
        """Return the consumer's verdicts; None when the channel went away meanwhile or we are
        closing.

        What cannot be reached (a store) concerns the whole batch: it is handed over again, no try
        counted. Any other exception is looked for message by message, so that a bug over one does
        not hold up the rest."""
        pause = FIRST_PAUSE
        while messages:
            try:
                return await self._on_batch(messages)
            except (Unavailable, CommitUnknown) as error:
                log.warning(
                    "%d messages of %s could not be taken (%s); will retry in %.1f s",
                    len(messages),
                    self._name,
                    error,
                    pause,
                    extra={"action": "consumer_retry"},
                )
            except Exception as error:
                if len(messages) == 1:
                    log.exception(
                        "message %s of %s failed (try %d)",
                        messages[0].id,
                        self._name,
                        messages[0].attempts + 1,
                        extra={"action": "message_failed", "message_id": messages[0].id},
                    )
                    return [retry(1.0, f"{type(error).__name__}: {error}")]
                single: list[Disposition] = []
                for message in messages:
                    alone = await self._handed([message], channel)
                    if alone is None:
                        return None
                    single += alone
                return single
            await asyncio.sleep(pause)
            if self._closing or channel.is_closed:
                return None
            pause = min(pause * 2, LONGEST_PAUSE)
        return []

    async def _carried_out(
        self, part: Message | Spoiled, said: Disposition, channel: AbstractChannel
    ) -> bool:
        """Republish what was not acknowledged, confirmed; False when the delivery will come again
        anyway."""
        pause = FIRST_PAUSE
        while said.verdict is not Verdict.ACK:
            try:
                await self._republish(part, said)
                return True
            except Unavailable as error:
                log.warning(
                    "a message of %s could not be put back (%s); will retry in %.1f s",
                    self._name,
                    error,
                    pause,
                    extra={"action": "republish_failed"},
                )
            await asyncio.sleep(pause)
            if self._closing or channel.is_closed:
                return False
            pause = min(pause * 2, LONGEST_PAUSE)
        return True

    async def _republish(self, part: Message | Spoiled, said: Disposition) -> None:
        tries = (part.attempts if isinstance(part, Message) else 0) + (
            said.verdict is not Verdict.WAIT
        )
        if isinstance(part, Spoiled) or said.verdict is Verdict.PARK or tries >= TRIES:
            log.error(
                "a message of %s is parked after %d tries: %s",
                self._name,
                tries,
                said.reason,
                extra={"action": "parked"},
            )
            counted = part if isinstance(part, Spoiled) else tried(part, tries)
            await self._broker.aside(self._queue, counted, said.reason or "failed")
        else:
            await self._broker.again(self._queue, tried(part, tries), said.after)
