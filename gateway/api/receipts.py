"""/receipts: the feed of everything customs sends to an enterprise, gap-free from 1."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from aiohttp import web

from gateway.api.http import (
    GATEWAY,
    ProblemError,
    Route,
    bad_parameter,
    caller_of,
    json,
    one_enterprise,
    read_body,
    whole_number,
)
from gateway.base.web.json_bodies import BadJson, decoded
from gateway.base.web.openapi import Parameter
from gateway.queries.feeds import OtherFeed
from gateway.queries.shapes import Ack, Acked, Problem, ReceiptList
from schemas.findings import Place, finding

MOST_OF_ACK = 64 * 1024
"""Bytes of the body of an acknowledgement."""


IDENTITY = re.compile("[0-9]{1,18}-[0-9a-f]{16}", re.ASCII)
"""How the identity of a feed looks (``gateway.queries.feeds``)."""


async def pull(request: web.Request) -> web.StreamResponse:
    enterprise = one_enterprise(request, await caller_of(request))
    after = whole_number(request, "after", None, low=0, high=10**18)
    limit = whole_number(request, "limit", 100, low=1, high=1000) or 100
    known = identity_in(request.query.get("feed", ""))
    with saying_which_feed():
        return json(await request.app[GATEWAY].queries.receipts(enterprise, after, limit, known))


async def acknowledge(request: web.Request) -> web.StreamResponse:
    gateway, caller = request.app[GATEWAY], await caller_of(request)
    enterprise = one_enterprise(request, caller)
    with gateway.uploads.of(caller.key) as upload:
        body, size = await read_body(request, MOST_OF_ACK, gateway.settings.body_timeout, upload)
    if size > MOST_OF_ACK:
        raise ProblemError(413, [finding("SIZE.02", found=size, wanted=MOST_OF_ACK)])
    try:
        wanted = decoded(body, Ack)
    except BadJson as error:
        raise ProblemError(
            400,
            [
                finding(
                    "QUERY.01",
                    Place(field="up_to"),
                    found=error.zh,
                    found_en=error.en,
                    wanted='{"up_to": 序号}',
                    wanted_en='{"up_to": SEQ}',
                )
            ],
        ) from None
    known = identity_in(wanted.feed)
    with saying_which_feed():
        marked = await request.app[GATEWAY].queries.acknowledge(enterprise, wanted.up_to, known)
    if not 0 <= wanted.up_to <= marked.last:
        raise bad_parameter(
            "up_to",
            str(wanted.up_to),
            f"0 到 {marked.last} 的序号",
            f"a sequence number from 0 to {marked.last}",
        )
    return json(marked)


def identity_in(text: str) -> str:
    """Return the identity that a reader knows of a feed; empty where it gives none. Raise
    ProblemError for what is none."""
    if text and IDENTITY.fullmatch(text) is None:
        raise bad_parameter(
            "feed", text, "上次回答中的 feed, 原样", "the feed of an earlier answer, as it was"
        )
    return text


@contextlib.contextmanager
def saying_which_feed() -> Iterator[None]:
    """Answer 409 when the feed is not the one that the reader knows."""
    try:
        yield
    except OtherFeed as other:
        place = Place(field="feed" if "-" in other.known else "after")
        raise ProblemError(
            409, [finding("FEED.01", place, found=other.known, wanted=other.stands)]
        ) from None


ENTERPRISE = Parameter(
    name="enterprise",
    zh="企业海关编码; 密钥有多个企业时必填",
    en="enterprise code; required when the key has several",
)
ROUTES = (
    Route(
        method="GET",
        path="/receipts",
        handle=pull,
        tag="receipts",
        zh="取回执: 不带 after 时从上次确认处开始",
        en="Receipts after a sequence number; from the last acknowledged one without it",
        parameters=(
            Parameter(
                name="after",
                zh="起始序号 (不含)",
                en="sequence number to start after",
                schema={"type": "integer", "minimum": 0},
            ),
            Parameter(
                name="limit",
                zh="最多条数",
                en="at most this many",
                schema={"type": "integer", "minimum": 1, "maximum": 1000},
            ),
            Parameter(
                name="feed",
                zh="上次回答中的 feed: 序列因恢复旧备份而改变时得到 409",
                en="feed of an earlier answer: 409 when a restore made the feed another",
                schema={"type": "string", "pattern": "^[0-9]{1,18}-[0-9a-f]{16}$"},
            ),
            ENTERPRISE,
        ),
        answers={200: ReceiptList, 400: Problem, 401: Problem, 409: Problem},
    ),
    Route(
        method="POST",
        path="/receipts/ack",
        handle=acknowledge,
        tag="receipts",
        zh="确认已处理到某序号",
        en="Mark receipts as processed",
        parameters=(ENTERPRISE,),
        body="application/json",
        body_shape=Ack,
        answers={200: Acked, 400: Problem, 401: Problem, 409: Problem},
    ),
)
