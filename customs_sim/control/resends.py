"""The calls about receipts once more: how many there are since a time, and sending them. Reads
requests, calls the desk, writes answers. Decides nothing."""

from __future__ import annotations

from datetime import datetime

import msgspec
from aiohttp import web

from customs_sim.control.calls import OFFICER, TRACE, VIEWER, Call
from customs_sim.control.http import ACTOR, node_of, read_body
from customs_sim.control.problems import bad_value, json
from customs_sim.desk.resends import Again, Resends
from gateway.base.web.openapi import Parameter
from schemas.times import SPAN, micros, within


class ResendOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /resends: the enterprise, and the business time (RFC 3339) from which on."""

    enterprise: str
    since: str


async def count(request: web.Request) -> web.Response:
    again = again_of(request.query.get("enterprise", ""), request.query.get("since", ""))
    return json({"count": await Resends(node_of(request).office).count(again)})


async def send(request: web.Request) -> web.Response:
    order = await read_body(request, ResendOrder)
    again = again_of(order.enterprise, order.since)
    sent = await Resends(node_of(request).office).send(again, by=request[ACTOR])
    return json({"enterprise": again.enterprise, "sent": sent}, status=201)


def again_of(enterprise: str, since: str) -> Again:
    """Return what is asked for. Raise Refused, 400, for a time that is none."""
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not within(at):
        raise bad_value("since", since, f"RFC 3339 时间, {SPAN}", f"an RFC 3339 time within {SPAN}")
    return Again(enterprise=enterprise, since=micros(at))


CALLS = (
    Call(
        method="GET",
        path="/resends",
        refusals=(404,),
        handle=count,
        role=VIEWER,
        tag=TRACE,
        zh="某企业自某时起的回执有几件",
        en="How many receipts an enterprise was sent since a time",
        parameters=(
            Parameter(
                name="enterprise", zh="企业代码", en="code of an enterprise", example="1105910159"
            ),
            Parameter(
                name="since",
                zh="业务时间, RFC 3339",
                en="business time, RFC 3339",
                example="2026-11-23T00:00:00+08:00",
            ),
        ),
    ),
    Call(
        method="POST",
        path="/resends",
        handle=send,
        role=OFFICER,
        tag=TRACE,
        body=ResendOrder,
        status=201,
        noted=True,
        zh="重发某企业自某时起的全部回执 (如 GRT141)",
        en="Send all receipts of an enterprise since a time again, as GRT141 does",
    ),
)
