"""The message at the broker port: one EDI message, whatever it travels in. Knows nothing of its
content."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One EDI message. ``id`` is unique per sender and the same on every retry; ``attempts`` counts
    earlier failed tries."""

    id: str
    body: bytes
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    attempts: int = 0
    opened: bytes = b""
    """What the sender's process has read in it already, for this program's own use: only the link
    between two processes of one pair carries it."""
