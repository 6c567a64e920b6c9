"""A delivery of RabbitMQ: what came, on which channel, the messages in it; and what its consumer
needs of the broker to carry their verdicts out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from gateway.base.broker.interchange import Spoiled, Wire
from gateway.base.broker.rabbitmq_connection import Link
from gateway.base.message import Message


class Sender(Protocol):
    """What a consumer needs of its broker."""

    inn: Link

    async def declare(self, queue: str, *, again: bool = False) -> None: ...

    async def again(self, queue: str, message: Message, after: float) -> None: ...

    async def aside(self, queue: str, what: Message | Spoiled, reason: str) -> None: ...


@dataclass(slots=True, eq=False)
class Delivery:
    """An interchange in hand, on the channel it came by."""

    raw: AbstractIncomingMessage
    channel: AbstractChannel
    parts: list[Message | Spoiled]


def wire_of(raw: AbstractIncomingMessage) -> Wire:
    """Return a delivery without its connection. Foreign headers may hold anything."""
    headers = {k: v for k, v in (raw.headers or {}).items() if isinstance(v, str | int | float)}
    return Wire(
        content_type=raw.content_type or "",
        message_id=raw.message_id or "",
        headers=headers,  # type: ignore[arg-type]
        body=raw.body,
    )


def tried(message: Message, tries: int) -> Message:
    """Return the message with its tries counted."""
    return Message(id=message.id, body=message.body, headers=message.headers, attempts=tries)
