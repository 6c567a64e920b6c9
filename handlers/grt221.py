"""GRT221 退还 / 结转审批回执: customs' decision on an application; businessId is the rtnbkCrdwNo once it is approved."""

from __future__ import annotations

from gateway.handler import AnswerHandler
from handlers.approval import read_decision

HANDLER = AnswerHandler(code="GRT221", zh="退还 / 结转审批回执", en="refund or carry-over decision", read=read_decision)
