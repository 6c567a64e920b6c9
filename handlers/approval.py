"""What every approval receipt (GRT2x1) has in common: manageResult to event."""

from __future__ import annotations

from gateway.handler import Answer
from gateway.lifecycle import Event
from schemas.package import Rows
from schemas.receipts import APPROVED, NOT_TAKEN, RETURNED, TAKEN, TO_PERSON, ApprovalResult, decode_approval
from schemas.times import from_wire

EVENTS = {TAKEN: Event.STORED, NOT_TAKEN: Event.NOT_STORED, TO_PERSON: Event.TO_PERSON,
          APPROVED: Event.APPROVED, RETURNED: Event.RETURNED}
"""manageResult of GRT2x1 (``domain.md`` 2.6)."""


def answer_of(result: ApprovalResult) -> Answer:
    """The answer; only an approval carries the document as it now stands."""
    approved = result.result == APPROVED
    return Answer(
        event=EVENTS.get(result.result), reference=result.reference, change_no=result.change_no, result=result.result,
        managed_at=from_wire(result.managed_at), business_no=result.business_no, notes=result.notes,
        carries_document=approved and result.body is not None,
        fields=result.body or {} if approved else {})


def read_decision(rows: Rows) -> Answer | None:
    """Read any GRT2x1."""
    result = decode_approval(rows)
    return None if result is None else answer_of(result)
