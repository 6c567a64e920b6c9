"""GRT303: a statement of account, answered by GRT161 (``rules.md`` B303). Ours."""

from __future__ import annotations

from gateway.handler import Push, PushHandler
from handlers.push import statement_push
from schemas.package import Rows


def read(rows: Rows) -> Push | None:
    return statement_push("GRT303", rows)


HANDLER = PushHandler(code="GRT303", zh="对账单下发", en="statement of account", read=read)
