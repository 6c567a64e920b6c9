"""A delivered message as the archive of customs knows it: its key, and how one is set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from customs_sim.flow.undelivered import PLATFORM_SCOPE
from customs_sim.office.work import Work
from customs_sim.wire.filing import Attached, Filing, Opened, Reported, Resend, Unfit, Unreadable
from customs_sim.wire.replies import PLATFORM
from gateway.base.message import Message


@dataclass(slots=True, kw_only=True)
class Arrival:
    """A message that is new here.

    Attributes:
        at: Its place in the batch.
        number: Its archive id.
        case_no: The number of the case that it may open.
    """

    at: int
    opened: Opened
    number: int
    case_no: int


class ArchiveKey(NamedTuple):
    """What the archive knows an incoming message by: columns of c_messages, in their order.

    Attributes:
        scope: SenderId.
        message_id: CopMsgId; the sender uses it once.
        gateway_msg_id: The attempt; the original message for a report.
    """

    scope: str
    message_id: str
    direction: str
    message_type: str
    case_no: int | None
    gateway_msg_id: str


def key_of(opened: Opened, case_no: int) -> ArchiveKey:
    """Return the key of an incoming message that has an address."""
    if isinstance(opened, Unreadable):
        transport = opened.transport
        assert transport is not None
        return ArchiveKey(
            transport.sender_id,
            transport.cop_msg_id,
            "in",
            transport.message_type,
            None,
            transport.cop_msg_id,
        )
    if isinstance(opened, Reported):
        about = opened.reports[0].original
        return ArchiveKey(PLATFORM_SCOPE, opened.message_id, "in", PLATFORM, None, about)
    head = opened.head
    case = None if isinstance(opened, Resend) else case_no
    return ArchiveKey(
        head.sender, head.cop_msg_id, "in", head.message_type, case, head.gateway_msg_id[:255]
    )


def envelope_id_of(opened: Opened) -> str:
    """Return what the enterprise calls an incoming message; empty for what could not be read."""
    return "" if isinstance(opened, Unreadable | Reported) else opened.head.envelope_id


def is_pocket(opened: Opened) -> bool:
    """Return whether a message is one of several that make a filing."""
    return isinstance(opened, Filing | Attached) and opened.head.pocket.total > 1


def set_aside(work: Work, message: Message, opened: Opened | None, reason: str) -> None:
    """Set aside a delivered message, under the key that its sender gave it as far as that can be
    read."""
    scope, message_id = "", message.id
    match opened:
        case Unreadable(transport=transport) if transport is not None:
            scope, message_id = transport.sender_id, transport.cop_msg_id
        case Filing(head=head) | Attached(head=head) | Resend(head=head) | Unfit(head=head):
            scope, message_id = head.sender, head.cop_msg_id
    work.park(
        direction="in",
        message_id=message_id,
        scope=scope,
        reason=reason,
        body=message.body,
        tries=message.attempts + 1,
    )


def reason_of(error: BaseException) -> str:
    """Return ``error`` as the reason of a disposition."""
    return f"{type(error).__name__}: {error}"[:500]
