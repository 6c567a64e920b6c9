"""Customs' answers to a filing: the storage receipt GRT200, and what all approval receipts (GRT2x1)
have in common."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.contract import Answer, AnswerHandler, RegisterChange
from handlers.lifecycle import Event
from schemas.package import Rows
from schemas.receipts import (
    APPROVED,
    NOT_STORED,
    NOT_TAKEN,
    RETURNED,
    STORED,
    TAKEN,
    TO_PERSON,
    ApprovalResult,
    decode_approval,
    decode_storage,
)
from schemas.times import from_wire

EVENTS = {
    TAKEN: Event.STORED,
    NOT_TAKEN: Event.NOT_STORED,
    TO_PERSON: Event.TO_PERSON,
    APPROVED: Event.APPROVED,
    RETURNED: Event.RETURNED,
}
"""manageResult of GRT2x1 (``docs/wire.md`` 2.6)."""


def answer_of(result: ApprovalResult) -> Answer:
    """Return the answer. Only an approval carries the document as it now stands."""
    approved = result.result == APPROVED
    return Answer(
        event=EVENTS.get(result.result),
        reference=result.reference,
        change_no=result.change_no,
        result=result.result,
        managed_at=from_wire(result.managed_at),
        business_no=result.business_no,
        notes=result.notes,
        carries_document=approved and result.body is not None,
        fields=result.body or {} if approved else {},
        enterprise=(result.body or {}).get("assuredEtpsno", ""),
        own_reference=(result.body or {}).get("etpsPreentNo", ""),
    )


def read_decision(rows: Rows) -> Answer | None:
    """Read any GRT2x1."""
    result = decode_approval(rows)
    return None if result is None else answer_of(result)


def count_in(fields: Mapping[str, str], name: str) -> int:
    """Return a whole number of a document; 0 when it is none, or longer than a column holds."""
    text = fields.get(name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def register_change(answer: Answer, subject: str, number: str, status: str) -> RegisterChange:
    """Return the register that an approved document shows.

    ``number`` and ``status`` name the elements that hold its number and its state."""
    fields = answer.fields
    return RegisterChange(
        subject,
        fields.get(number, ""),
        count_in(fields, "chgTmsCnt"),
        count_in(fields, "version"),
        fields.get("emapvMarkcd", ""),
        fields.get(status, ""),
    )


def no_change(answer: Answer) -> None:
    """Return None: the answer changes nothing but the declaration."""


STORAGE_EVENTS = {STORED: Event.STORED, NOT_STORED: Event.NOT_STORED}
"""resutType of MsgReceResult in a GRT200."""


def read_storage(rows: Rows) -> Answer | None:
    """Read a GRT200; None when it holds no result."""
    result = decode_storage(rows)
    if result is None:
        return None
    return Answer(
        event=STORAGE_EVENTS.get(result.result),
        reference=result.reference,
        change_no=0,
        result=result.result,
        managed_at=from_wire(result.managed_at),
        business_no=result.business_no,
        notes=(result.remark,) if result.remark else (),
    )


STORAGE = AnswerHandler(
    code="GRT200", zh="入库回执", en="storage receipt", read=read_storage, on_answer=no_change
)
"""GRT200 子报文入库回执: customs stored a pocket, or could not."""
