"""The broker between two processes of one home: like the embedded one it stores nothing, and a
socket stands in the middle.

``publish`` hands the batch to the process at the other end and returns when that has committed it.
Without a consumer there, or without the other end, it raises Unavailable and the sender's outbox
keeps the rows. A batch whose answer was lost with the connection is unknown: the sender offers it
again and the far side drops what it has. ``ask`` carries what is no message.

Frames: 4 bytes length, then msgpack.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import msgspec

from gateway.base.errors import Unavailable, Undelivered
from gateway.base.message import Message
from gateway.base.ports import Disposition, OnBatch, OnParked, Verdict

log = logging.getLogger("eport.link")
OnAsk = Callable[[Any], Awaitable[Any]]
OPENED, CLOSED, BATCH, TAKEN, ASKED, REPLY = range(6)
"""Kinds of a frame: a consumer came, a consumer went, a batch, its dispositions, a question, its
reply."""
PATIENCE = 5.0
"""Seconds that a consumer waits for the other end to hear that it came or went."""
_ENCODE = msgspec.msgpack.Encoder().encode


class _Frame(msgspec.Struct, array_like=True):
    """``number`` ties an answer to what it answers; ``name`` is a queue or a topic."""

    kind: int
    number: int
    name: str
    content: Any


class _Taken(msgspec.Struct, array_like=True):
    """What the consumer said of those it did not take, by position in the batch; or why the whole
    batch failed."""

    rest: list[tuple[int, str, float, str]]
    error: str = ""


class LinkSubscription:
    """A consumer at this end."""

    def __init__(self, link: LinkBroker, queue: str, on_batch: OnBatch) -> None:
        self._link, self._queue, self.on_batch = link, queue, on_batch
        self.busy = 0
        self._turn = asyncio.Lock()  # batches in the order in which they came
        self._idle = asyncio.Event()
        self._idle.set()

    async def deliver(self, messages: Sequence[Message]) -> _Taken:
        self.busy += 1
        self._idle.clear()
        try:
            async with self._turn:
                said = await self.on_batch(messages)
        except Exception as error:
            log.exception(
                "the consumer of %s failed; the sender keeps the batch",
                self._queue,
                extra={"action": "consumer_failed"},
            )
            return _Taken([], f"{type(error).__name__}: {error}")
        finally:
            self.busy -= 1
            if not self.busy:
                self._idle.set()
        return _Taken(
            [
                (at, d.verdict.value, d.after, d.reason)
                for at, d in enumerate(said)
                if d.verdict is not Verdict.ACK
            ]
        )

    async def close(self) -> None:
        await self._link.stopped(self._queue, self)
        await self._idle.wait()


class LinkBroker:
    """One end. ``connect`` before anything else; ``on_lost`` is called once when the other end went
    away."""

    window = 2
    """While the other end works on one batch, the next one is made ready here and lies there:
    neither process waits for the way."""
    pace = 0.0

    def __init__(self, on_lost: Callable[[], None] = lambda: None) -> None:
        self._on_lost = on_lost
        self._here: dict[str, LinkSubscription] = {}
        self._there: set[str] = set()
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._answers: dict[str, OnAsk] = {}
        self._open: dict[int, asyncio.Future[Any]] = {}
        self._last = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.Transport | None = None

    async def connect(self, end: socket.socket) -> None:
        """Take over one end of a connected pair of sockets. A second call replaces an end that was
        lost."""
        loop = asyncio.get_running_loop()
        if self._transport is not None:
            self._transport.abort()
        make = (
            loop.create_unix_connection
            if end.family == getattr(socket, "AF_UNIX", None)
            else loop.create_connection
        )
        await make(lambda: _Wire(self._made, self._arrived, self._lost), sock=end)
        for queue in self._here:
            self._send(OPENED, 0, queue)  # nobody waits for this one

    async def publish(self, queue: str, messages: Sequence[Message]) -> None:
        if queue not in self._there:
            raise Unavailable(f"nobody consumes {queue}")
        if not messages:
            return
        taken = await self._call(
            BATCH, queue, [(m.id, m.headers, m.body, m.attempts, m.opened) for m in messages]
        )
        verdicts = msgspec.convert(taken, _Taken)
        if verdicts.error:
            raise Unavailable(f"{queue}: {verdicts.error}")
        if verdicts.rest:
            raise Undelivered(
                {
                    messages[at].id: Disposition(Verdict(verdict), after=after, reason=reason)
                    for at, verdict, after, reason in verdicts.rest
                }
            )

    async def consume(
        self, queue: str, on_batch: OnBatch, on_parked: OnParked | None = None
    ) -> LinkSubscription:
        """Consume a queue. The other end knows of the consumer when this returns; one that comes
        later hears of it when it connects."""
        subscription = self._here[queue] = LinkSubscription(self, queue, on_batch)
        await self._announce(OPENED, queue)
        return subscription

    async def stopped(self, queue: str, subscription: LinkSubscription) -> None:
        """Note that ``subscription`` takes no more batches, and tell the other end."""
        if self._here.get(queue) is subscription:
            del self._here[queue]
            await self._announce(CLOSED, queue)

    def on_consumer(self, queue: str, call: Callable[[], None]) -> None:
        """Call ``call`` whenever a consumer of ``queue`` appears at the other end."""
        self._listeners.setdefault(queue, []).append(call)

    def answer(self, topic: str, reply: OnAsk) -> None:
        """Give ``reply`` what the other end asks about ``topic``; plain values that msgpack
        knows."""
        self._answers[topic] = reply

    async def ask(self, topic: str, content: Any = None) -> Any:
        """Return what the other end replies. Raise Unavailable when it is not there or cannot
        say."""
        error, value = await self._call(ASKED, topic, content)
        if error:
            raise Unavailable(f"{topic}: {error}")
        return value

    async def close(self) -> None:
        self._here.clear()
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        self._forget("the link is closed")
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _announce(self, kind: int, queue: str) -> None:
        with contextlib.suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._call(kind, queue, None)

    async def _call(self, kind: int, name: str, content: Any) -> Any:
        if self._transport is None:
            raise Unavailable("the other process is not there")
        self._last += 1
        number, future = self._last, asyncio.get_running_loop().create_future()
        self._open[number] = future
        try:
            self._send(kind, number, name, content)
            return await future
        finally:
            self._open.pop(number, None)

    def _send(self, kind: int, number: int, name: str, content: Any = None) -> None:
        if self._transport is not None:
            text = _ENCODE(_Frame(kind, number, name, content))
            self._transport.writelines((len(text).to_bytes(4, "big"), text))

    def _arrived(self, frame: _Frame) -> None:
        if frame.kind in (TAKEN, REPLY):
            if (future := self._open.get(frame.number)) is not None and not future.done():
                future.set_result(frame.content)
        elif frame.kind in (OPENED, CLOSED):
            if frame.number:
                self._send(REPLY, frame.number, frame.name)
            self._heard(frame)
        else:
            task = asyncio.create_task(
                self._deliver(frame) if frame.kind == BATCH else self._reply(frame)
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _heard(self, frame: _Frame) -> None:
        if frame.kind == CLOSED:
            self._there.discard(frame.name)
            return
        self._there.add(frame.name)
        for call in self._listeners.get(frame.name, ()):
            call()

    async def _deliver(self, frame: _Frame) -> None:
        subscription = self._here.get(frame.name)
        if subscription is None:  # it went while the batch was on its way
            self._send(TAKEN, frame.number, frame.name, _Taken([], "nobody consumes it any more"))
            return
        messages = [
            Message(id=mid, headers=headers, body=body, attempts=attempts, opened=opened)
            for mid, headers, body, attempts, opened in frame.content
        ]
        self._send(TAKEN, frame.number, frame.name, await subscription.deliver(messages))

    async def _reply(self, frame: _Frame) -> None:
        answer = self._answers.get(frame.name)
        try:
            said = (
                ("nobody answers that here", None)
                if answer is None
                else ("", await answer(frame.content))
            )
        except Exception as error:
            log.exception("question %s failed", frame.name, extra={"action": "ask_failed"})
            said = (f"{type(error).__name__}: {error}", None)
        self._send(REPLY, frame.number, frame.name, said)

    def _made(self, transport: asyncio.Transport) -> None:
        """Take the connection at once, not when ``connect`` goes on: what the other end sent
        already is read, and replied to, before that."""
        self._transport = transport

    def _lost(self, wire: _Wire) -> None:
        if self._transport is None or wire.transport is not self._transport:
            return  # closed here, or replaced
        self._transport = None
        self._forget("the other process went away")
        self._on_lost()

    def _forget(self, reason: str) -> None:
        self._there.clear()
        for future in tuple(self._open.values()):
            if not future.done():
                with contextlib.suppress(asyncio.InvalidStateError):
                    future.set_exception(Unavailable(reason))


class _Wire(asyncio.Protocol):
    """Cuts what arrives into frames."""

    def __init__(
        self,
        made: Callable[[asyncio.Transport], None],
        arrived: Callable[[_Frame], None],
        lost: Callable[[_Wire], None],
    ) -> None:
        self._made, self._arrived, self._lost = made, arrived, lost
        self._decode = msgspec.msgpack.Decoder(_Frame).decode
        self._kept = bytearray()
        self.transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._made(cast(asyncio.Transport, transport))

    def data_received(self, data: bytes) -> None:
        kept = self._kept
        kept += data
        at = 0
        while len(kept) - at >= 4 and len(kept) - at - 4 >= (
            size := int.from_bytes(kept[at : at + 4], "big")
        ):
            frame = self._decode(memoryview(kept)[at + 4 : at + 4 + size].tobytes())
            at += 4 + size
            self._arrived(frame)
        if at:
            del kept[:at]

    def connection_lost(self, _: Exception | None) -> None:
        self._lost(self)
