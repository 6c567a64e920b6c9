"""The aiohttp application: the route table served, every error as problem+json, health, metrics and documentation."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.api import declarations, messages, receipts, reference
from gateway.api.http import GATEWAY, ProblemError, Route, json
from gateway.api.openapi import document, page
from gateway.errors import EportError, Unavailable
from gateway.queries import API
from gateway.service import Gateway
from gateway.shapes import Health
from schemas.findings import finding

log = logging.getLogger("eport.api")
ROUTES: tuple[Route, ...] = (*messages.ROUTES, *declarations.ROUTES, *receipts.ROUTES, *reference.ROUTES)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(gateway: Gateway) -> web.Application:
    """The gateway's application. Bodies are read by the routes themselves, with limits of their own."""
    app = web.Application(middlewares=[problems], client_max_size=1 << 20)
    app[GATEWAY] = gateway
    for route in ROUTES:
        app.router.add_route(route.method, API + route.path, route.handle)
    spec = document(ROUTES)

    async def openapi(_: web.Request) -> web.StreamResponse:
        return json(spec)

    async def docs(_: web.Request) -> web.StreamResponse:
        return web.Response(text=page(spec), content_type="text/html")

    for prefix in ("", API):
        app.router.add_get(prefix + "/openapi.json", openapi)
        app.router.add_get(prefix + "/docs", docs)
        app.router.add_get(prefix + "/livez", livez)
        app.router.add_get(prefix + "/readyz", readyz)
        app.router.add_get(prefix + "/metrics", metrics)
    return app


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One frontier: whatever a route raises leaves as problem+json; a bug is logged and says nothing of its inside."""
    try:
        return await handler(request)
    except ProblemError as problem:
        return problem.response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return ProblemError(error.status, [finding("QUERY.02")], detail=f"{request.method} {request.path}: {error.reason}").response()
    except Unavailable:
        return ProblemError(503, [finding("BUSY.01")], retry_after=2).response()
    except EportError:
        log.exception("%s %s failed", request.method, request.path, extra={"action": "request_failed"})
        return ProblemError(503, [finding("BUSY.01")], retry_after=2).response()
    except Exception:
        log.exception("%s %s failed", request.method, request.path, extra={"action": "request_failed"})
        return ProblemError(500, detail="内部错误, 报文未保存, 请稍后重发 / internal error; nothing was stored, send it again later").response()


async def livez(_: web.Request) -> web.StreamResponse:
    return json(Health(status="ok", checks={}))


async def readyz(request: web.Request) -> web.StreamResponse:
    gateway = request.app[GATEWAY]
    checks = {"accepting": "yes" if gateway.ready else "no", "customs": "reachable" if gateway.relay.available else "not reachable"}
    try:
        await gateway.store.read(lambda c: c.exec_driver_sql("SELECT 1").scalar())
        checks["store"] = "ok"
    except Unavailable as error:
        checks["store"] = str(error)
    ready = gateway.ready and checks["store"] == "ok"
    return json(Health(status="ok" if ready else "not ready", checks=checks), 200 if ready else 503)


async def metrics(request: web.Request) -> web.StreamResponse:
    return web.Response(body=request.app[GATEWAY].metrics.page(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
