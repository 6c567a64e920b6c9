"""What programs ask of a process: whether it lives, whether it takes part, its metrics, and where
its interfaces are."""

from __future__ import annotations

from aiohttp import web

from customs_sim.control.http import PREFIX, node_of
from customs_sim.control.problems import json
from schemas.codes import UNREAD


async def pointer(_: web.Request) -> web.Response:
    return json(
        {
            "service": "eport customs",
            "control": PREFIX,
            "ready": "/readyz",
            "docs": "/control/docs",
            "console": "/",
        }
    )


async def alive(_: web.Request) -> web.Response:
    return json({"status": "alive"})


async def ready(request: web.Request) -> web.Response:
    node = node_of(request)
    await node.ready()
    if node.leaving:
        return json({"status": "stopping"}, 503)
    told: dict[str, object] = {
        "status": "ready",
        "held": node.paused,
        "gateway_reachable": node.office.relay.available,
        "profile": await node.profile(),
    }
    if unread := node.office.codes.unread:  # no path: anybody may ask
        told["code_lists"] = f"{unread} {UNREAD}"
    return json(told)


async def metrics(request: web.Request) -> web.Response:
    return web.Response(
        body=await node_of(request).measure(),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )
