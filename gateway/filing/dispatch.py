"""The messages to customs: the DxpMsg around a document, under an id that follows from what it
carries. Stores and sends nothing."""

from __future__ import annotations

from datetime import datetime

from gateway.attempt_ids import gateway_msg_id
from gateway.base.message import Message
from schemas.dxp import DxpMsg, encode_dxp


class Dispatch:
    """One per process. ``salt`` marks this installation's GatewayMsgIds, ``node`` is the address of
    customs."""

    def __init__(self, *, salt: bytes, node: str) -> None:
        self.salt, self._node = salt, node

    def message_for(
        self,
        seq_no: int | None,
        attempt: int,
        document: bytes,
        sender: str,
        message_type: str,
        now: datetime,
        attachment: int = 0,
    ) -> Message:
        """Return the DxpMsg around the original bytes. Its id names this attempt and is the same on
        every retry. A message without a filing has no SeqNo; ``attempt`` then is its archive id.
        ``attachment`` is the archive id of a file, which the id then names instead of the SeqNo."""
        cop = (
            gateway_msg_id(self.salt, attachment or seq_no, attempt)
            if seq_no
            else gateway_msg_id(self.salt, attempt, 0)
        )
        dxp = DxpMsg(
            cop_msg_id=cop,
            sender_id=sender,
            receiver_ids=(self._node,),
            created_at=now.isoformat(timespec="seconds"),
            message_type=message_type,
            data=document,
            keys={"SeqNo": str(seq_no or ""), "GatewayMsgId": cop},
        )
        return Message(
            id=cop,
            body=encode_dxp(dxp),
            headers={"content_type": "application/xml", "message_type": message_type},
        )
