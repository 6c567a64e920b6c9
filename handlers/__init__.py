"""The law: what each message type means at the gateway, pure, a folder a family. HANDLERS is all of
them."""

from __future__ import annotations

from handlers import grt
from handlers.contract import AnswerHandler, PushHandler, SubmissionHandler

HANDLERS: tuple[SubmissionHandler | AnswerHandler | PushHandler, ...] = grt.HANDLERS
