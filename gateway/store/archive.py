"""What the archive's rows mean: the flags of a message, the document inside, the e-port's own
reports."""

from __future__ import annotations

from gateway.base.message import Message
from schemas.dxp import DxpMsg, read_dxp
from schemas.xml import XmlReader

KIND = "DxpRep"


REPORT = 5
"""messages.flag of a report: the archived body is what goes to customs, as it stands."""


def report_message(message_id: str, body: bytes) -> Message:
    """An archived report as it goes to the broker."""
    return Message(
        id=message_id, body=body, headers={"content_type": "application/xml", "message_type": KIND}
    )


AFTER, BEFORE = 3, 4
"""messages.flag of an attachment: taken after its declaration was declared, or before."""


ATTACHMENTS = frozenset({AFTER, BEFORE})


DECLARING = frozenset({1, AFTER})
"""messages.flag of what was answered with ``declared``."""


LEASE = 5_000_000
"""Microseconds that the writer of an outbox row has to send it before any relay may take it
over."""


def inner_document(reader: XmlReader, body: bytes) -> bytes:
    """The business bytes: what a DxpMsg carries, or the body itself."""
    dxp = read_dxp(body, reader)
    return dxp.data if isinstance(dxp, DxpMsg) else body
