"""The calls about parked messages: by cause, the list, one of them, its retry, the bin. Reads
requests, asks the node, writes answers. Decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from customs_sim.control.calls import OFFICER, PAGED, TRACE, VIEWER, Call
from customs_sim.control.http import ACTOR, node_of, time_or_none
from customs_sim.control.problems import cursor_of, instant_of, json, limit_of, no_such, time_of
from customs_sim.desk.parked import cause_of
from customs_sim.node import CustomsNode, ParkedLine
from gateway.base.web.openapi import Parameter
from schemas.findings import Refused


async def parked(request: web.Request) -> web.Response:
    page = await node_of(request).parked(limit=limit_of(request), cursor=cursor_of(request))
    return json(
        {
            "items": [parked_shape(line) for line in page.rows],
            "total": page.total,
            "next": page.next,
        }
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
            "cause": cause_of(row.direction, row.reason),
            "binned_until": time_or_none(row.binned_until),
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
    if not await node_of(request).parked_messages.drop([_number(request)], by=request[ACTOR]):
        raise _unknown(request)
    return web.Response(status=204)


async def restore(request: web.Request) -> web.Response:
    if not await node_of(request).parked_messages.restore(_number(request), by=request[ACTOR]):
        raise _unknown(request)
    return json({"outcome": "restored", "id": _number(request)})


async def binned(request: web.Request) -> web.Response:
    rows = await node_of(request).parked_messages.binned()
    items = [
        {
            "id": row.id,
            "direction": row.direction,
            "message_id": row.message_id,
            "sender": row.scope,
            "reason": row.reason,
            "binned_at": time_of(row.binned_at),
            "binned_until": time_of(row.binned_until),
        }
        for row in rows
    ]
    return json({"items": items, "total": len(items), "next": None})


async def causes(request: web.Request) -> web.Response:
    items = [
        {
            "cause": each.id,
            "direction": each.direction,
            "reason": each.reason,
            "count": each.count,
            "first": time_of(each.first),
            "last": time_of(each.last),
        }
        for each in await node_of(request).parked_messages.causes()
    ]
    return json({"items": items, "total": len(items), "next": None})


async def retry_cause(request: web.Request) -> web.Response:
    retried = await retry_all(node_of(request), await _of_cause(request))
    return json(dict(retried) | {"tried": retried.total()})


async def drop_cause(request: web.Request) -> web.Response:
    numbers = await _of_cause(request)
    return json(
        {"dropped": await node_of(request).parked_messages.drop(numbers, by=request[ACTOR])}
    )


async def retry_all(node: CustomsNode, numbers: Sequence[int]) -> Counter[str]:
    """Try messages again, each by itself, and return how many came to what: ``applied``, ``sent``
    or ``parked``."""
    made = Counter(applied=0, sent=0, parked=0)
    for number in numbers:
        if (done := await node.parked_messages.retry(number)) is not None:
            made[done.outcome] += 1
    return made


async def _of_cause(request: web.Request) -> list[int]:
    numbers = await node_of(request).parked_messages.of_cause(request.match_info["cause"])
    if not numbers:
        raise no_such(request.match_info["cause"][:64], "死信原因", "cause of parked messages")
    return numbers


def parked_shape(line: ParkedLine) -> dict[str, Any]:
    """Return a parked message as it stands in the list."""
    return line._asdict() | {
        "at": instant_of(line.at),
        "cause": cause_of(line.direction, line.reason),
    }


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
CAUSE = Parameter(name="cause", zh="原因", en="its cause", place="path", pattern="[0-9a-f]{12}")
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
        path="/parked/causes",
        handle=causes,
        role=VIEWER,
        tag=TRACE,
        zh="死信按原因分组",
        en="Parked messages by their cause",
    ),
    Call(
        method="POST",
        path="/parked/causes/{cause}/retry",
        refusals=(404,),
        handle=retry_cause,
        role=OFFICER,
        tag=TRACE,
        zh="重试同一原因的全部死信",
        en="Try all messages of one cause again",
        parameters=(CAUSE,),
    ),
    Call(
        method="DELETE",
        path="/parked/causes/{cause}",
        handle=drop_cause,
        role=OFFICER,
        tag=TRACE,
        noted=True,
        zh="丢弃同一原因的全部死信, 7 个工作日内可恢复",
        en="Throw away all messages of one cause; they can be restored for 7 working days",
        parameters=(CAUSE,),
    ),
    Call(
        method="GET",
        path="/parked/bin",
        handle=binned,
        role=VIEWER,
        tag=TRACE,
        zh="回收站: 已丢弃而可恢复的死信",
        en="The bin: messages thrown away that can be restored",
    ),
    Call(
        method="POST",
        path="/parked/{id}/restore",
        handle=restore,
        role=OFFICER,
        tag=TRACE,
        noted=True,
        zh="恢复已丢弃的死信",
        en="Restore a message that was thrown away",
        parameters=(ID,),
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
        kind="application/octet-stream",
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
        noted=True,
        zh="丢弃死信, 7 个工作日内可恢复",
        en="Throw a parked message away; it can be restored for 7 working days",
        parameters=(ID,),
    ),
)
