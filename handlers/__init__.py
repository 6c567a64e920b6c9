"""One file per message type, pure; the tuple HANDLERS is the message catalogue of the gateway."""

from __future__ import annotations

from gateway.handler import AnswerHandler, PushHandler, SubmissionHandler
from handlers import (
    grt101,
    grt111,
    grt121,
    grt141,
    grt151,
    grt161,
    grt200,
    grt201,
    grt211,
    grt221,
    grt251,
    grt261,
    grt301,
    grt302,
    grt303,
)

HANDLERS: tuple[SubmissionHandler | AnswerHandler | PushHandler, ...] = (
    grt101.HANDLER, grt111.HANDLER, grt121.HANDLER, grt141.HANDLER, grt151.HANDLER, grt161.HANDLER,
    grt200.HANDLER, grt201.HANDLER, grt211.HANDLER, grt221.HANDLER, grt251.HANDLER, grt261.HANDLER,
    grt301.HANDLER, grt302.HANDLER, grt303.HANDLER)
