"""GRT211 征收单审批回执: customs' decision on a confirmation, with the levy as customs now hold it."""

from __future__ import annotations

from gateway.handler import AnswerHandler
from handlers.approval import read_decision

HANDLER = AnswerHandler(code="GRT211", zh="征收单审批回执", en="levy bill decision", read=read_decision)
