"""GRT261 对账确认回执: customs took the answer to a statement, or did not. Ours."""

from __future__ import annotations

from gateway.handler import AnswerHandler
from handlers.approval import read_decision

HANDLER = AnswerHandler(code="GRT261", zh="对账确认回执", en="receipt of an answer to a statement", read=read_decision)
