"""The calls about parked messages: the list, one of them, its retry and its end. Reads requests,
asks the node, writes answers. Decides nothing."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from customs_sim.control.calls import OFFICER, PAGED, TRACE, VIEWER, Call
from customs_sim.control.http import node_of
from customs_sim.control.problems import cursor_of, instant_of, json, limit_of, no_such, time_of
from customs_sim.node import ParkedLine
from gateway.base.web.openapi import Parameter
from schemas.findings import Refused


async def parked(request: web.Request) -> web.Response:
    page = await node_of(request).parked(limit=limit_of(request), cursor=cursor_of(request))
    return json(
        {"items": [_line(line) for line in page.rows], "total": page.total, "next": page.next}
    )


async def show(request: web.Request) -> web.Response:
    row = await _row(request)
    return json(
        {
            "id": row.id,
            "at": time_of(row.at),
            "direction": row.direction,
            "message_id": row.message_id,
            "sender": row.scope,
            "reason": row.reason,
            "tries": row.tries,
            "size": len(row.body),
            "body": bytes(row.body).decode(errors="replace"),
        }
    )


async def raw(request: web.Request) -> web.Response:
    row = await _row(request)
    return web.Response(
        body=bytes(row.body),
        content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff"},
    )


async def retry(request: web.Request) -> web.Response:
    retried = await node_of(request).parked_messages.retry(_number(request))
    if retried is None:
        raise _unknown(request)
    return json({"outcome": retried.outcome, "id": retried.id, "reason": retried.reason})


async def drop(request: web.Request) -> web.Response:
    if not await node_of(request).parked_messages.drop(_number(request)):
        raise _unknown(request)
    return web.Response(status=204)


def _line(line: ParkedLine) -> dict[str, Any]:
    return line._asdict() | {"at": instant_of(line.at)}


async def _row(request: web.Request) -> Any:
    row = await node_of(request).parked_messages.one(_number(request))
    if row is None:
        raise _unknown(request)
    return row


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise _unknown(request)


def _unknown(request: web.Request) -> Refused:
    return no_such(request.match_info["id"], "死信编号", "parked message")


ID = Parameter(name="id", zh="死信号", en="its number", place="path")
CALLS = (
    Call(
        method="GET",
        path="/parked",
        handle=parked,
        role=VIEWER,
        tag=TRACE,
        zh="死信及原因",
        en="Parked messages and why",
        parameters=PAGED,
    ),
    Call(
        method="GET",
        path="/parked/{id}",
        handle=show,
        role=VIEWER,
        tag=TRACE,
        zh="一条死信",
        en="One parked message",
        parameters=(ID,),
    ),
    Call(
        method="GET",
        path="/parked/{id}/raw",
        handle=raw,
        role=VIEWER,
        tag=TRACE,
        zh="死信原件",
        en="A parked message as it came",
        parameters=(ID,),
    ),
    Call(
        method="POST",
        path="/parked/{id}/retry",
        handle=retry,
        role=OFFICER,
        tag=TRACE,
        zh="重试死信",
        en="Try a parked message again",
        parameters=(ID,),
    ),
    Call(
        method="DELETE",
        path="/parked/{id}",
        handle=drop,
        role=OFFICER,
        tag=TRACE,
        zh="丢弃死信",
        en="Drop a parked message",
        parameters=(ID,),
    ),
)
