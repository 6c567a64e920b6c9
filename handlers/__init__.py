"""One file per message type, pure; the tuple HANDLERS is the message catalogue of the gateway."""

from __future__ import annotations

from gateway.handler import AnswerHandler, PushHandler, SubmissionHandler
from handlers import grt101, grt200, grt201

HANDLERS: tuple[SubmissionHandler | AnswerHandler | PushHandler, ...] = (grt101.HANDLER, grt200.HANDLER, grt201.HANDLER)
