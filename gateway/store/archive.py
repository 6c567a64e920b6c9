"""What the archive's rows mean: the flags of a message, the document inside, the e-port's own
reports."""

from __future__ import annotations

from enum import IntEnum

from gateway.base.message import Message
from schemas.dxp import DxpMsg, read_dxp
from schemas.xml import XmlReader

KIND = "DxpRep"
"""The message type of the e-port's own reports."""


class Flag(IntEnum):
    """What an archived message is: ``messages.flag``."""

    DRAFT = 0
    """A filing that was kept and not declared."""
    DECLARED = 1
    """A filing that was declared."""
    FROM_CUSTOMS = 2
    """A message of customs."""
    FILE_AFTER = 3
    """An attachment that came after its declaration was declared."""
    FILE_BEFORE = 4
    """An attachment that came before."""
    REPORT = 5
    """A report of the e-port: the archived body is what goes to customs, as it stands."""
    COPY = 6
    """A recovered message once more, for another operator that may have sent it."""


ATTACHMENTS = frozenset({Flag.FILE_AFTER, Flag.FILE_BEFORE})
DECLARING = frozenset({Flag.DECLARED, Flag.FILE_AFTER, Flag.COPY})
"""What was answered with ``declared``."""


def report_message(message_id: str, body: bytes) -> Message:
    """Return an archived report as it goes to the broker."""
    return Message(
        id=message_id, body=body, headers={"content_type": "application/xml", "message_type": KIND}
    )


LEASE = 5_000_000
"""Microseconds that the writer of an outbox row has to send it before any relay may take it
over."""


def inner_document(reader: XmlReader, body: bytes) -> bytes:
    """Return the business bytes: what a DxpMsg carries, or the body itself."""
    dxp = read_dxp(body, reader)
    return dxp.data if isinstance(dxp, DxpMsg) else body
