"""GRT302: a guarantee, a levy or a refund as it now stands, and the movements that explain it (``rules.md`` Y302)."""

from __future__ import annotations

from gateway.handler import Push, PushHandler
from handlers.push import register_push
from schemas.package import Rows


def read(rows: Rows) -> Push | None:
    return register_push("GRT302", rows, asks=False)


HANDLER = PushHandler(code="GRT302", zh="台账同步", en="register synchronisation", read=read)
