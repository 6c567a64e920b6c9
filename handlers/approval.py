"""What every approval receipt (GRT2x1) has in common: manageResult to event, and the guarantee's register from its body."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from lxml import etree

from gateway.handler import Answer, Register
from gateway.lifecycle import Event
from schemas.guarantee import Guarantee
from schemas.receipts import APPROVED, NOT_TAKEN, RETURNED, TAKEN, TO_PERSON, ApprovalResult, decode_approval
from schemas.times import from_wire

EVENTS = {TAKEN: Event.STORED, NOT_TAKEN: Event.NOT_STORED, TO_PERSON: Event.TO_PERSON,
          APPROVED: Event.APPROVED, RETURNED: Event.RETURNED}
"""manageResult of GRT2x1 (``domain.md`` 2.6)."""


def answer_of(result: ApprovalResult, register: Register | None) -> Answer:
    """The answer; the register is only brought up to date by an approval."""
    approved = result.result == APPROVED
    return Answer(
        event=EVENTS.get(result.result), reference=result.reference, change_no=result.change_no, result=result.result,
        managed_at=from_wire(result.managed_at), business_no=result.business_no, notes=result.notes,
        register=register if approved else None, carries_document=approved and result.body is not None,
        fields=result.body or {} if approved else {})


def read_decision(element: etree._Element) -> Answer | None:
    """A decision that brings no guarantee's register up to date: GRT211, GRT221, GRT251, GRT261."""
    result = decode_approval(element)
    return None if result is None else answer_of(result, None)


def fen(amount: Decimal | None) -> int:
    """分 of an amount in 元; 0 for none."""
    return 0 if amount is None else int(amount * 100)


def guarantee_register(fields: Mapping[str, str]) -> Register:
    """The register of a general guarantee as the body shows it."""
    body = Guarantee(fields)
    return Register(
        gasr_no=body.guarantee_no, change_no=body.change_no, version=body.count("version"), limit_fen=fen(body.limit),
        used_fen=fen(body.amount("usedGasrAmt")), available_fen=fen(body.amount("avalGasrAmt")),
        returned_fen=fen(body.amount("alrdyRtnbkGasrAmt")), status=body.text("gurStucd"))
