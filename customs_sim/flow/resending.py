"""GRT141: an enterprise asks for receipts once more."""

from __future__ import annotations

import logging

from customs_sim.office.work import Work
from customs_sim.wire.filing import Resend
from customs_sim.wire.replies import resent
from schemas.dxp import canonical

log = logging.getLogger("eport.customs.intake")
MOST_RESENT = 500
"""Receipts that one GRT141 brings again, the newest: more is a feed, not a lost receipt."""


def send_again(work: Work, request: Resend) -> None:
    """Send what was sent to the sender of ``request`` about the number that it names: the same
    packages in new transports."""
    wanted = request.wanted
    rows = work.sql.sent_to(
        work.connection,
        request.head.sender,
        reference=wanted.reference,
        business=wanted.business_no,
        most=MOST_RESENT,
    )
    for row in rows:
        if (original := canonical(bytes(row.body))) is not None:
            work.answer(
                resent(work.node, request.head.sender, request.head.cop_msg_id, original, work.now),
                case_no=None,
                gateway_msg_id=row.gateway_msg_id,
            )
    log.info(
        "%s asks for receipts of %s %s: %d sent again",
        request.head.sender,
        wanted.reference,
        wanted.business_no,
        len(rows),
        extra={"action": "resent"},
    )
