"""GRT201 总担保审批回执: customs' decision on a 总担保 filing, with the document as customs now holds it."""

from __future__ import annotations

from lxml import etree

from gateway.handler import Answer, AnswerHandler
from handlers.approval import answer_of, guarantee_register
from schemas.receipts import decode_approval


def read(element: etree._Element) -> Answer | None:
    result = decode_approval(element)
    if result is None:
        return None
    has_body = result.body_name == "GrtGasrLevyBsc" and result.body is not None and bool(result.body.get("gasrNo"))
    return answer_of(result, guarantee_register(result.body or {}) if has_body else None)


HANDLER = AnswerHandler(code="GRT201", zh="总担保审批回执", en="general guarantee decision", read=read)
