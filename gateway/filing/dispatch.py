"""The messages to customs: the DxpMsg around a document, under an id that follows from what it
carries. Stores and sends nothing."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from gateway.attempt_ids import AttemptIds
from gateway.base.message import Message
from gateway.filing.taken import Sending
from schemas.dxp import DxpMsg, encode_dxp
from schemas.times import to_xsd


class Enclosed(NamedTuple):
    """What a message to customs carries.

    Attributes:
        document: The package, byte for byte as it was submitted.
        sender: Node id of who submitted it.
        at: When it was submitted, in business time.
    """

    document: bytes
    sender: str
    message_type: str
    at: datetime


class Dispatch:
    """Wraps documents. The id of a message is the same on every retry. ``ids`` are those of this
    installation, ``node`` is the address of customs."""

    def __init__(self, *, ids: AttemptIds, node: str) -> None:
        self.ids, self._node = ids, node

    def sent(self, sending: Sending, at: datetime) -> Message:
        """Return the message of a submission that goes to customs now, at business time ``at``."""
        mid, declaration, submission = sending
        enclosed = Enclosed(
            submission.document, submission.envelope.sender_id, submission.handler.code, at
        )
        if declaration is None:
            return self.request(mid, enclosed)
        return self.filing(declaration.seq_no, declaration.attempt, mid, enclosed)

    def filing(self, seq_no: int, attempt: int, mid: int, enclosed: Enclosed) -> Message:
        """Return the message of an attempt of a declaration; its id names both, and marks the
        archive id."""
        return self._wrapped(self.ids.of(seq_no, attempt, mid), str(seq_no), enclosed)

    def file(
        self, seq_no: int, attempt: int, mid: int, declared: int, enclosed: Enclosed
    ) -> Message:
        """Return the message of an attachment of a declaration; its id names the attempt and the
        attachment's archive id, and marks that of the message that declared."""
        return self._wrapped(self.ids.of(mid, attempt, declared), str(seq_no), enclosed)

    def request(self, mid: int, enclosed: Enclosed) -> Message:
        """Return the message of a submission that is no filing, such as GRT141; its id names the
        archive id."""
        return self._wrapped(self.ids.of(mid, 0, mid), "", enclosed)

    def _wrapped(self, msg_id: str, seq_no: str, enclosed: Enclosed) -> Message:
        dxp = DxpMsg(
            cop_msg_id=msg_id,
            sender_id=enclosed.sender,
            receiver_ids=(self._node,),
            created_at=to_xsd(enclosed.at),
            message_type=enclosed.message_type,
            data=enclosed.document,
            keys={"SeqNo": seq_no, "GatewayMsgId": msg_id},
        )
        return Message(
            id=msg_id,
            body=encode_dxp(dxp),
            headers={"content_type": "application/xml", "message_type": enclosed.message_type},
        )
