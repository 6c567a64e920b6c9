"""The law: what each message type means at the gateway, pure, a folder a family."""

from __future__ import annotations

from handlers.contract import AnswerHandler, Listing, PushHandler, SubmissionHandler
from schemas.families import declared

Handler = SubmissionHandler | AnswerHandler | PushHandler


def registered() -> tuple[Handler, ...]:
    """Return the handlers of all installed families: the group ``eport.handlers``."""
    return tuple(handler for family in declared("eport.handlers") for handler in family)


def queried() -> tuple[tuple[str, Listing], ...]:
    """Return the message types that have a query of their own: code and query."""
    return tuple(
        (handler.code, handler.listing)
        for handler in registered()
        if isinstance(handler, SubmissionHandler) and handler.listing is not None
    )
