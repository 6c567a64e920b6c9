"""The part of the control API about one parked message: look, retry, drop. Reads requests, writes
JSON, decides nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from customs_sim.control.problems import Refusal, json
from customs_sim.desk.parked import Aside
from schemas.findings import finding
from schemas.times import SHANGHAI


class Parked:
    """The calls, one method each."""

    def __init__(self, aside: Aside) -> None:
        self._aside = aside

    def routes(self, prefix: str) -> list[web.RouteDef]:
        one = prefix + "/parked/{id}"
        return [
            web.get(one, self.show),
            web.get(one + "/raw", self.raw),
            web.post(one + "/retry", self.retry),
            web.delete(one, self.drop),
        ]

    async def show(self, request: web.Request) -> web.Response:
        row = await self._found(request)
        at = datetime.fromtimestamp(row.at // 1_000_000, UTC).astimezone(SHANGHAI).isoformat()
        return json(
            {
                "id": row.id,
                "at": at,
                "direction": row.direction,
                "message_id": row.message_id,
                "sender": row.scope,
                "reason": row.reason,
                "tries": row.tries,
                "size": len(row.body),
                "body": bytes(row.body).decode(errors="replace"),
            }
        )

    async def raw(self, request: web.Request) -> web.Response:
        row = await self._found(request)
        return web.Response(
            body=bytes(row.body),
            content_type="application/octet-stream",
            headers={"X-Content-Type-Options": "nosniff"},
        )

    async def retry(self, request: web.Request) -> web.Response:
        done = await self._aside.retry(_number(request))
        if done is None:
            raise _unknown(request)
        return json({"outcome": done.outcome, "id": done.id, "reason": done.reason})

    async def drop(self, request: web.Request) -> web.Response:
        if not await self._aside.drop(_number(request)):
            raise _unknown(request)
        return web.Response(status=204)

    async def _found(self, request: web.Request) -> Any:
        row = await self._aside.one(_number(request))
        if row is None:
            raise _unknown(request)
        return row


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise _unknown(request)


def _unknown(request: web.Request) -> Refusal:
    return Refusal(404, [finding("ID.02", found=request.match_info["id"])])
