"""GRT200 子报文入库回执: customs stored a pocket, or could not."""

from __future__ import annotations

from gateway.handler import Answer, AnswerHandler
from gateway.lifecycle import Event
from schemas.package import Rows
from schemas.receipts import NOT_STORED, STORED, decode_storage
from schemas.times import from_wire

EVENTS = {STORED: Event.STORED, NOT_STORED: Event.NOT_STORED}


def read(rows: Rows) -> Answer | None:
    result = decode_storage(rows)
    if result is None:
        return None
    return Answer(event=EVENTS.get(result.result), reference=result.reference, change_no=0, result=result.result,
                  managed_at=from_wire(result.managed_at), business_no=result.business_no,
                  notes=(result.remark,) if result.remark else ())


HANDLER = AnswerHandler(code="GRT200", zh="入库回执", en="storage receipt", read=read)
