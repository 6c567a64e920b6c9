"""GRT251 信息维护审批回执: customs took the enterprise record, or did not; the whole record as they now hold it. Ours."""

from __future__ import annotations

from gateway.handler import AnswerHandler
from handlers.approval import read_decision

HANDLER = AnswerHandler(code="GRT251", zh="信息维护审批回执", en="enterprise record decision", read=read_decision)
