"""The interchange: what one AMQP delivery looks like (``docs/architecture.md``, The wire between
the sides). Pure; knows no connection.

One message travels plain: content type ``application/xml``, its id as AMQP ``message_id``, its
headers as AMQP headers, so that any AMQP program can join in, and what such a program sends without
our headers is read all the same. Several travel as ``application/msgpack``: an array of ``[headers,
body]``, where ``id`` and ``attempts`` stand among each message's own headers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gateway.base.message import Message

XML, PACKED = "application/xml", "application/msgpack"
MOST = 500
SIZE = 1_000_000
"""An interchange holds at most so many messages and bytes of bodies; one message above it travels
alone."""
ATTEMPTS, ID, REASON = "attempts", "id", "reason"
OURS = frozenset({ATTEMPTS, ID, REASON, "parked_from", "content_type"})
LONGEST_ID = 255


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery before it meets a connection."""

    content_type: str
    message_id: str
    headers: Mapping[str, str | int]
    body: bytes


class Spoiled(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery, or one item of an interchange, that is no message: parked as it came, with the
    reason."""

    wire: Wire
    reason: str


def packs(
    messages: Sequence[Message], *, most: int = MOST, size: int = SIZE
) -> Iterator[Sequence[Message]]:
    """Yield ``messages`` in order, cut into interchanges."""
    pack: list[Message] = []
    size_so_far = 0
    for message in messages:
        if pack and (len(pack) >= most or size_so_far + len(message.body) > size):
            yield pack
            pack, size_so_far = [], 0
        pack.append(message)
        size_so_far += len(message.body)
    if pack:
        yield pack


def encode(pack: Sequence[Message], extra: Mapping[str, str] | None = None) -> Wire:
    """Return the delivery of these messages; ``extra`` headers only where one travels alone."""
    first = pack[0]
    if len(pack) == 1:
        headers: dict[str, str | int] = {
            **{k: v for k, v in first.headers.items() if k != "content_type"},
            **(extra or {}),
        }
        if first.attempts:
            headers[ATTEMPTS] = first.attempts
        return Wire(
            content_type=first.headers.get("content_type", XML),
            message_id=first.id,
            headers=headers,
            body=first.body,
        )
    items = [
        (
            (
                {**m.headers, ID: m.id, ATTEMPTS: m.attempts}
                if m.attempts
                else {**m.headers, ID: m.id}
            ),
            m.body,
        )
        for m in pack
    ]
    return Wire(
        content_type=PACKED,
        message_id=f"{first.id}+{len(pack) - 1}",
        headers={},
        body=msgspec.msgpack.encode(items),
    )


def decode(wire: Wire) -> list[Message | Spoiled]:
    """Return the messages of a delivery in order, with a Spoiled in place of each that is none."""
    if wire.content_type != PACKED:
        headers = {k: v for k, v in wire.headers.items() if k not in OURS}
        return [
            _message(
                wire.message_id,
                wire.headers.get(ATTEMPTS),
                {"content_type": wire.content_type or XML} | _texts(headers),
                wire.body,
            )
        ]
    try:
        items = msgspec.msgpack.decode(wire.body)
        if not isinstance(items, list):
            raise ValueError(f"found {type(items).__name__}")
    except (msgspec.DecodeError, ValueError) as error:
        return [
            Spoiled(
                wire=wire, reason=f"the interchange is no msgpack array of [headers, body]: {error}"
            )
        ]
    return [_item(item, wire) for item in items]


def _item(item: Any, wire: Wire) -> Message | Spoiled:
    match item:
        case [dict() as headers, bytes() as body]:
            own = {k: v for k, v in headers.items() if k not in (ATTEMPTS, ID)}
            return _message(headers.get(ID), headers.get(ATTEMPTS), _texts(own), body)
    alone = Wire(
        content_type=PACKED,
        message_id=wire.message_id,
        headers={},
        body=msgspec.msgpack.encode([item], enc_hook=str),
    )
    return Spoiled(wire=alone, reason="an item of the interchange is no [headers, body]")


def _message(given: Any, attempts: Any, headers: dict[str, str], body: bytes) -> Message:
    """Return one message. A message without an id gets one from its bytes: the same at every
    redelivery."""
    name = (
        given[:LONGEST_ID] if isinstance(given, str) and given else hashlib.sha256(body).hexdigest()
    )
    return Message(
        id=name,
        body=body,
        headers=headers,
        attempts=attempts if type(attempts) is int and 0 <= attempts < 1 << 31 else 0,
    )


def _texts(headers: Mapping[Any, Any]) -> dict[str, str]:
    """Return headers as text; tables and lists (a broker's ``x-death``) are not a message's own."""
    return {
        str(k): str(v)
        for k, v in headers.items()
        if isinstance(v, str | int | float) and not str(k).startswith("x-")
    }
