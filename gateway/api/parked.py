"""/parked: messages of customs that were set aside. For operators' keys only: they may belong to
any enterprise."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from gateway.api.http import GATEWAY, ProblemError, Route, caller_of, json, not_found, whole_number
from gateway.base.web.openapi import Parameter
from gateway.queries.shapes import ParkedList, ParkedOut, Problem
from gateway.receipts.parked import Retried
from schemas.findings import finding
from schemas.times import local


async def operator(request: web.Request) -> None:
    """Raise ProblemError: 401 without a key, 403 with one that is no operator's."""
    if not (await caller_of(request)).admin:
        raise ProblemError(403, [finding("AUTH.03")])


KIND = ("死信编号", "parked message")


def number_of(request: web.Request) -> int:
    text = request.match_info["id"]
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise not_found(text, *KIND)


async def list_all(request: web.Request) -> web.StreamResponse:
    await operator(request)
    limit = whole_number(request, "limit", 100, low=1, high=1000) or 100
    rows, total = await request.app[GATEWAY].parked.page(
        limit=limit + 1, before=whole_number(request, "cursor", None, low=1, high=10**18)
    )
    following = str(rows[limit - 1].id) if len(rows) > limit else None
    return json(
        ParkedList(
            items=tuple(shape(row, row.size) for row in rows[:limit]), total=total, next=following
        )
    )


async def parked_row(request: web.Request) -> Any:
    await operator(request)
    row = await request.app[GATEWAY].parked.one(number_of(request))
    if row is None:
        raise not_found(request.match_info["id"], *KIND)
    return row


async def show(request: web.Request) -> web.StreamResponse:
    row = await parked_row(request)
    return json(shape(row, len(row.body), bytes(row.body).decode(errors="replace")))


async def raw(request: web.Request) -> web.StreamResponse:
    row = await parked_row(request)
    return web.Response(
        body=bytes(row.body),
        content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff"},
    )


async def retry(request: web.Request) -> web.StreamResponse:
    await operator(request)
    outcome = await request.app[GATEWAY].parked.retry(number_of(request))
    if outcome is None:
        raise not_found(request.match_info["id"], *KIND)
    return json(outcome)


async def drop(request: web.Request) -> web.StreamResponse:
    await operator(request)
    if not await request.app[GATEWAY].parked.drop(number_of(request)):
        raise not_found(request.match_info["id"], *KIND)
    return web.Response(status=204)


def shape(row: Any, size: int, body: str | None = None) -> ParkedOut:
    return ParkedOut(
        id=str(row.id),
        at=local(row.at),
        sender=row.scope,
        size=size,
        body=body,
        message_id=row.message_id,
        message_type=row.message_type,
        reason=row.reason,
        tries=row.tries,
    )


ID = Parameter(name="id", place="path", zh="编号", en="its number")
REFUSED = dict.fromkeys((401, 403, 404), Problem)
ROUTES = (
    Route(
        method="GET",
        path="/parked",
        handle=list_all,
        tag="parked",
        zh="搁置的报文 (操作员密钥)",
        en="Messages set aside (operator's key)",
        parameters=(
            Parameter(name="limit", zh="每页条数", en="rows a page"),
            Parameter(name="cursor", zh="上一页的 next", en="next of the page before"),
        ),
        answers={200: ParkedList, 401: Problem, 403: Problem},
    ),
    Route(
        method="GET",
        path="/parked/{id}",
        handle=show,
        tag="parked",
        parameters=(ID,),
        zh="原因和原文",
        en="One with its reason and body",
        answers={200: ParkedOut, **REFUSED},
    ),
    Route(
        method="GET",
        path="/parked/{id}/raw",
        handle=raw,
        tag="parked",
        parameters=(ID,),
        zh="原始字节",
        en="The bytes as received",
        answers={200: "application/octet-stream", **REFUSED},
    ),
    Route(
        method="POST",
        path="/parked/{id}/retry",
        handle=retry,
        tag="parked",
        parameters=(ID,),
        zh="重新处理",
        en="Put it through the normal path again",
        answers={200: Retried, **REFUSED},
    ),
    Route(
        method="DELETE",
        path="/parked/{id}",
        handle=drop,
        tag="parked",
        parameters=(ID,),
        zh="丢弃",
        en="Drop it",
        answers={204: None, **REFUSED},
    ),
)
