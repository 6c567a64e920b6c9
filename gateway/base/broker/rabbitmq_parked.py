"""What stands in a parking place of RabbitMQ goes into the list of the side whose queue it is,
where a person sees it, retries or drops it.

A message is parked at the broker when its consumer could not even record the failure, or when the
bytes are no interchange. It leaves the broker once the side has it; while the side cannot take it,
it stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging

from aio_pika.abc import AbstractIncomingMessage

from gateway.base.broker.interchange import REASON, Spoiled, Wire, decode
from gateway.base.broker.rabbitmq_connection import Link
from gateway.base.errors import CommitUnknown, DataRefused, Unavailable
from gateway.base.message import Message
from gateway.base.ports import OnParked

log = logging.getLogger("eport.broker")


class ParkingPlace:
    """Empties ``{name}.parked`` into ``take``, one message at a time. ``every``: seconds between
    two looks."""

    def __init__(self, link: Link, name: str, take: OnParked, *, every: float) -> None:
        self._link, self._name, self._take, self._every = link, f"{name}.parked", take, every
        self._role = f"adopt {name} {id(self):x}"
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def start(self) -> None:
        self._task = asyncio.create_task(self._look_on())

    async def close(self) -> None:
        """Finish the message in hand, and stop. Not by cancelling: ``wait_for`` of Python 3.11,
        which the library uses, can swallow that."""
        self._closing.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
            await self._link.drop(self._role)

    async def _look_on(self) -> None:
        while not self._closing.is_set():
            pause = self._every
            try:
                while not self._closing.is_set() and await self._one():
                    pass
            except (Unavailable, CommitUnknown) as error:
                log.debug("%s cannot be emptied now (%s)", self._name, error)
            except DataRefused as error:
                log.error(
                    "a message in %s cannot be listed and stays there: %s",
                    self._name,
                    error,
                    extra={"action": "adopt_refused"},
                )
                pause = 10 * self._every
            except Exception:
                log.exception(
                    "emptying %s failed; will go on", self._name, extra={"action": "adopt_failed"}
                )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)

    async def _one(self) -> bool:
        channel = await self._link.channel(self._role)
        async with self._link.frontier(f"emptying {self._name}"):
            queue = await channel.get_queue(self._name, ensure=False)
            raw = await queue.get(fail=False, timeout=self._link.timeout)
        if raw is None:
            return False
        try:
            await self._take(*_parked(raw))
        except BaseException:
            await self._link.drop(self._role)  # what is not acknowledged goes back to its place
            raise
        async with self._link.frontier(f"emptying {self._name}"):
            await raw.ack()
        return True


def _parked(raw: AbstractIncomingMessage) -> tuple[Message, str]:
    """Return the message as it came, and why it was parked. Bytes that are no message get an id
    of their own."""
    headers = {k: v for k, v in (raw.headers or {}).items() if isinstance(v, str | int)}
    kind, name = raw.content_type or "", raw.message_id or ""
    if _spoiled(raw):
        # As one message whatever it is; several bad items of one interchange share its id, and none
        # may hide another.
        kind, name = (
            "application/octet-stream",
            f"{name[:200]}~{hashlib.sha256(raw.body).hexdigest()[:12]}",
        )
    wire = Wire(content_type=kind, message_id=name, headers=headers, body=raw.body)
    (message,) = decode(wire)
    assert isinstance(message, Message)
    return message, str(headers.get(REASON) or "parked at the broker without a reason")


def _spoiled(raw: AbstractIncomingMessage) -> bool:
    parts = decode(
        Wire(content_type=raw.content_type or "", message_id="", headers={}, body=raw.body)
    )
    return len(parts) != 1 or isinstance(parts[0], Spoiled)
