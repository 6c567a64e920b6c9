"""The family of the bonded guarantee (保税担保): one file a message type, pure. HANDLERS is what it
adds to the catalogue."""

from __future__ import annotations

from handlers.contract import AnswerHandler, PushHandler, SubmissionHandler
from handlers.grt import grt101, grt111, grt121, grt141, grt151, grt161, pushes, receipts

HANDLERS: tuple[SubmissionHandler | AnswerHandler | PushHandler, ...] = (
    grt101.HANDLER,
    grt111.HANDLER,
    grt121.HANDLER,
    grt141.HANDLER,
    grt151.HANDLER,
    grt161.HANDLER,
    receipts.STORAGE,
    grt101.DECISION,
    grt111.DECISION,
    grt121.DECISION,
    grt151.DECISION,
    grt161.DECISION,
    pushes.ASK,
    pushes.SYNC,
    pushes.STATEMENT,
)
