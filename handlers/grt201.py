"""GRT201 总担保审批回执: customs' decision on a 总担保 filing, with the document as customs now holds it."""

from __future__ import annotations

from gateway.handler import AnswerHandler
from handlers.approval import read_decision

HANDLER = AnswerHandler(code="GRT201", zh="总担保审批回执", en="general guarantee decision", read=read_decision)
