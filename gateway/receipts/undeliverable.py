"""What the e-port itself says to customs: that a message of theirs has no receiver here (DxpRep
2001, ``docs/rules.md`` P301.02).

A report is archived and put into the outbox by the transaction that parks the message. Its id
follows from the message that it is about, and the archive's unique key lets it out once, however
often that message comes again. Decides nothing.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from sqlalchemy import Connection

from gateway.base.message import Message
from gateway.receipts.customs_reader import CustomsReader, Reading
from gateway.store.archive import KIND, Flag, report_message
from gateway.store.sql import Sql
from schemas.dxp import DxpRep, encode_rep
from schemas.times import SHANGHAI, micros

NO_RECEIVER = "2001"
"""The receiver does not exist (``docs/wire.md`` 1.2)."""
SCOPE = "eport"
"""messages.scope of the e-port's own; no operator has it, so nobody can read one by its id."""


class Reports:
    """Writes reports inside reception's unit. ``salt`` marks this installation's ids."""

    def __init__(self, sql: Sql, reader: CustomsReader, salt: bytes) -> None:
        self._sql, self._reader = sql, reader
        self._namespace = uuid.UUID(
            bytes=hashlib.blake2b(b"reports", key=salt[:64], digest_size=16).digest()
        )

    def no_receiver(
        self, connection: Connection, item: Reading, reason: str, mid: int, now: datetime
    ) -> Message | None:
        """Archive the report about ``item`` as ``mid``; None when it was reported before, or has no
        transport to answer to."""
        transport = self._reader.transport(item.body)
        if transport is None:
            return None
        said = DxpRep(
            receiver_id=transport.sender_id,
            code=NO_RECEIVER,
            info=reason,
            original=transport.cop_msg_id,
        )
        message_id = str(
            uuid.uuid5(self._namespace, f"{transport.sender_id}|{transport.cop_msg_id}")
        ).upper()
        body = encode_rep(said, transport, now.astimezone(SHANGHAI))
        row = (
            mid,
            SCOPE,
            message_id,
            KIND,
            None,
            0,
            Flag.REPORT,
            hashlib.sha256(body).digest(),
            body,
            None,
            micros(now),
        )
        self._sql.archive.many(connection, [row])
        return report_message(message_id, body) if self._sql.winners(connection, [mid]) else None
