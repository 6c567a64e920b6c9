"""The law: what each message type means at the gateway, pure, a folder a family."""

from __future__ import annotations

from handlers.contract import AnswerHandler, PushHandler, SubmissionHandler
from schemas.families import declared

Handler = SubmissionHandler | AnswerHandler | PushHandler


def registered() -> tuple[Handler, ...]:
    """Return the handlers of all installed families: the group ``eport.handlers``."""
    return tuple(handler for family in declared("eport.handlers") for handler in family)
