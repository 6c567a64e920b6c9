"""The calls about the archive: the list and a message as it is. Reads requests, asks the node,
writes answers. Decides nothing."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from customs_sim.control.calls import PAGED, TRACE, VIEWER, Call
from customs_sim.control.http import node_of, number_of, one_of, words_of
from customs_sim.control.problems import cursor_of, instant_of, json, limit_of
from customs_sim.desk import views
from customs_sim.desk.refusal import unknown
from customs_sim.node import ArchiveLine
from customs_sim.store.delivery_sql import ONLY
from gateway.base.web.openapi import Parameter


async def messages(request: web.Request) -> web.Response:
    page = await node_of(request).messages(
        words_of(request),
        limit=limit_of(request),
        cursor=cursor_of(request),
        only=one_of(request.query, "only", ONLY),
    )
    return json(
        {
            "items": [message_shape(line) for line in page.rows],
            "total": page.total,
            "next": page.next,
        }
    )


async def raw(request: web.Request) -> web.Response:
    archived = await node_of(request).office.store.read(
        lambda c: views.message(c, number_of(request, "id"))
    )
    if archived is None:
        raise unknown("id", request.match_info["id"], "报文", "message")
    name = f"{archived.message_type[:20]}-{archived.id}.xml"
    return web.Response(
        body=archived.body,
        content_type="application/xml",
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def message_shape(line: ArchiveLine) -> dict[str, Any]:
    """Return a message of the archive as it stands in the list."""
    return line._asdict() | {"at": instant_of(line.at)}


ONLY_MESSAGES = Parameter(
    name="only",
    zh="sent: 今天发出的; waiting: 等网关接收的; disturbed: 今天被故障改动的",
    en=(
        "sent: sent today; waiting: not taken by the gateway yet; disturbed: changed by a fault"
        " today"
    ),
    schema={"type": "string", "enum": list(ONLY)},
)
CALLS = (
    Call(
        method="GET",
        path="/messages",
        handle=messages,
        role=VIEWER,
        tag=TRACE,
        zh="报文存档, 新的在前",
        en="The archive, newest first",
        parameters=(
            *PAGED,
            Parameter(
                name="q",
                zh="编号或其开头、企业代码、报文类型",
                en="a number or its beginning, an enterprise's code, a message type",
            ),
            ONLY_MESSAGES,
        ),
    ),
    Call(
        method="GET",
        path="/messages/{id}/raw",
        handle=raw,
        kind="application/xml",
        role=VIEWER,
        tag=TRACE,
        zh="报文原件",
        en="A message as received or sent",
        parameters=(Parameter(name="id", zh="存档号", en="archive id", place="path"),),
    ),
)
