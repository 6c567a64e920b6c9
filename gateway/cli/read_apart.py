"""Customs' messages opened where they come from: half of what a receipt costs the gateway needs no store, and the process of customs
has time for it while the gateway's has none (``docs/decisions/0013``).

The gateway's own reader, made from the same settings; what it read travels beside the message and is read there, not believed: the
two processes are one program, and nothing else can fill ``Message.opened``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from gateway.adapters.link import LinkBroker
from gateway.bootstrap import customs_reader
from gateway.message import Message
from gateway.reading import CustomsReader
from gateway.reception import QUEUE, SLICE
from gateway.settings import Settings


class OpeningLink(LinkBroker):
    """A link whose messages to the gateway arrive opened, once ``open_as`` was told whose ids to look for."""

    _reader: CustomsReader | None = None

    def open_as(self, settings: Settings, salt: bytes) -> None:
        """Messages of customs answer ids that an installation with this ``salt`` made."""
        self._reader = customs_reader(settings, salt)

    async def publish(self, queue: str, messages: Sequence[Message]) -> None:
        if queue == QUEUE and self._reader is not None:
            messages = await self._opened(self._reader, messages)
        await super().publish(queue, messages)

    async def _opened(self, reader: CustomsReader, messages: Sequence[Message]) -> list[Message]:
        encode = msgspec.msgpack.Encoder().encode
        out: list[Message] = []
        for at in range(0, len(messages), SLICE):
            out += [replace(m, opened=encode(replace(reader.read(m), body=b""))) for m in messages[at:at + SLICE]]
            await asyncio.sleep(0)
        return out
