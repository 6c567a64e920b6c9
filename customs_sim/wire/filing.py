"""What a delivered message is to customs: one of six ends. Values only; ``reader`` makes them.

A Filing is sound. A Resend (GRT141) opens no case. An Attached is one of several pockets. An Unfit
is addressed, but not to be stored (GRT200 = 2). A Reported is a DxpRep about a message of customs.
An Unreadable is answered by a DxpRep and parked.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

import msgspec

from schemas.attachment import Attachment
from schemas.body import Filed, Parts
from schemas.catalogue import MessageType
from schemas.dxp import DxpMsg, DxpRep
from schemas.package import Pocket
from schemas.receipts import ResendRequest

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")

RESEND = "GRT141"
"""The request to send receipts again: no filing, never answered by a receipt of its own."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Who filed, and what every answer must echo.

    Attributes:
        sender: SenderId: where answers go.
        cop_msg_id: CopMsgId of the message.
        gateway_msg_id: The attempt at the e-port; CopMsgId where the sender names none.
        seq_no: 统一编号; empty where the sender gave none.
        enterprise_ref: The enterprise's own reference, etpsPreentNo.
        enterprise_node: sender_id of the package.
        envelope_id: message_id of the package, the sender's own.
        pocket: Its place among the messages of the filing.
    """

    sender: str
    cop_msg_id: str
    gateway_msg_id: str
    seq_no: str
    enterprise_ref: str
    message_type: str
    enterprise_node: str
    pocket: Pocket
    envelope_id: str = ""

    @property
    def reference(self) -> str:
        """Return what an answer carries in etpsPreentNo: the SeqNo. A sender that gave none is
        answered with its own reference (``docs/contract.md`` 2)."""
        return self.seq_no or self.enterprise_ref or self.cop_msg_id[:64]


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """A sound filing.

    Attributes:
        kind: The row of its message type.
        operator: OperCusRegCode.
        body: The elements of the document.
        parts: The rows beside it.
    """

    head: Head
    kind: MessageType
    operator: str
    body: Filed
    parts: Parts = field(default_factory=dict)

    @property
    def is_change(self) -> bool:
        """Return whether it changes what a former one set up, as a 总担保变更 does."""
        return self.body.is_change

    @property
    def sets_up(self) -> bool:
        """Return whether it sets up a register that has no number yet, the 总担保设立."""
        return self.kind.sets_up and not self.body.is_change

    @property
    def amount(self) -> int:
        """Return its amount in 分; 0 for what has none."""
        return int((self.body.amount(self.kind.amount) or 0) * 100) if self.kind.amount else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """A GRT141: what ``wanted`` names is to be sent again to its sender."""

    head: Head
    wanted: ResendRequest


class Unfit(msgspec.Struct, frozen=True, kw_only=True):
    """Addressed and packaged, but not to be stored: GRT200 = 2 with ``reason`` as remark.
    ``enterprise`` is empty where it is not known."""

    head: Head
    enterprise: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Cannot be read: a DxpRep with ``code`` goes back. ``transport`` is None when not even the
    address could be read; then nothing does.

    ``reason`` is what the DxpRep says; ``reason_en`` the same for people who read English.
    """

    transport: DxpMsg | None
    code: str
    reason: str
    reason_en: str

    @property
    def told(self) -> str:
        """Return the reason in both languages, as it stands on the list of parked messages."""
        return f"{self.reason} / {self.reason_en}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """An attachment: one of several pockets, whole and sound; its filing is in another."""

    head: Head
    attachment: Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A DxpRep: the platform could not deliver the messages of customs that ``reports`` name. Never
    answered."""

    reports: tuple[DxpRep, ...]

    @property
    def message_id(self) -> str:
        """Return what tells repeats, for a DxpRep has no id of its own: what it is about, and its
        code; of several the first, and a digest of all."""
        names = [f"{report.original[:200]}/{report.code}" for report in self.reports]
        if len(names) == 1:
            return names[0]
        digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
        return f"{names[0]}/{digest[:32]}"


Opened = Filing | Attached | Resend | Unfit | Unreadable | Reported


def clean(text: str) -> str:
    """Return ``text`` as it may stand in a remark or note: what XML or the schema forbids becomes a
    blank."""
    return _CONTROL.sub(" ", text)
