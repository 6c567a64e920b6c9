"""GRT301: customs start. A levy bill (下发, 变更, 转企业确认), or a guarantee that customs ask for (``rules.md`` K6, K8)."""

from __future__ import annotations

from gateway.handler import Push, PushHandler
from handlers.push import register_push
from schemas.package import Rows


def read(rows: Rows) -> Push | None:
    return register_push("GRT301", rows, asks=True)


HANDLER = PushHandler(code="GRT301", zh="征收单下发 / 总担保要求", en="levy bill, or a guarantee asked for", read=read)
