"""The aiohttp application: the route table served, every error as problem+json, health, metrics and
documentation."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from gateway.api import batch, declarations, messages, parked, receipts, reference
from gateway.api.explained import PAGE, findings_page
from gateway.api.http import GATEWAY, ProblemError, Route, broken, check_address, json, malformed
from gateway.api.openapi import document, page
from gateway.base.errors import DataRefused, EportError, Unavailable
from gateway.base.web.addresses import pattern
from gateway.base.web.server import BROKEN, REFUSE, strange_encoding
from gateway.base.web.underway import UNDER_WAY, UnderWay
from gateway.queries.shapes import API, Health
from gateway.service import Gateway
from schemas.codes import UNREAD
from schemas.findings import finding, shown

log = logging.getLogger("eport.api")
STORE_ANSWERS = 5.0
"""Seconds after which a store that does not answer is not ready."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes() -> tuple[Route, ...]:
    """Return every route: what is served and what is documented."""
    return (
        *messages.ROUTES,
        *batch.ROUTES,
        *declarations.ROUTES,
        *declarations.lists(),
        *receipts.ROUTES,
        *parked.ROUTES,
        *reference.ROUTES,
    )


def make_app(gateway: Gateway, also: Iterable[web.RouteDef] = ()) -> web.Application:
    """Return the gateway's application, with what is served beside the API. Bodies are read by the
    routes themselves, with limits of their own."""
    app = web.Application(client_max_size=1 << 20)
    app[GATEWAY], app[UNDER_WAY], app[REFUSE] = gateway, UnderWay(), malformed
    served = routes()
    for route in served:
        app.router.add_route(
            route.method, API + pattern(route.path), guarded(route.handle, route.asked)
        )
    spec, explained = functools.cache(lambda: document(served)), functools.cache(findings_page)

    async def openapi(_: web.Request) -> web.StreamResponse:
        return json(spec())

    async def docs(_: web.Request) -> web.StreamResponse:
        return web.Response(text=page(spec()), content_type="text/html")

    async def findings(_: web.Request) -> web.StreamResponse:
        return web.Response(text=explained(), content_type="text/html")

    for prefix in ("", API):
        app.router.add_get(prefix + "/openapi.json", openapi)
        app.router.add_get(prefix + "/docs", docs)
        app.router.add_get(prefix + PAGE, findings)
        app.router.add_get(prefix + "/livez", livez)
        app.router.add_get(prefix + "/readyz", readyz)
        app.router.add_get(prefix + "/metrics", metrics)
    app.router.add_get("/", home)
    app.router.add_routes(also)
    app.router.add_route("*", "/{path:.*}", unknown)
    return app


def guarded(handler: Handler, asked: tuple[str, ...] = ()) -> Handler:
    """Return ``handler`` behind the one frontier: whatever it raises leaves as problem+json, and
    only the parameters ``asked`` come in. It is a wrapper and no middleware, because aiohttp builds
    a chain of middlewares anew for every request."""
    return functools.partial(_guarded, handler, asked)


async def unknown(request: web.Request) -> web.StreamResponse:
    """Answer what no route takes: 405 where only the method is wrong, else 404."""
    allowed = {
        route.method
        for route in request.app.router.routes()
        if route.resource is not None
        and route.handler is not unknown
        and _matches(route.resource, request.rel_url.path_safe)
    }
    if not allowed:
        return _nothing_there(request).response()
    methods = ", ".join(sorted(allowed))
    response = ProblemError(
        405, [finding("QUERY.04", found=request.method, wanted=methods)]
    ).response()
    response.headers["Allow"] = methods
    return response


def _nothing_there(request: web.Request) -> ProblemError:
    return ProblemError(404, [finding("QUERY.02", found=request.path)])


def _matches(resource: web.AbstractResource, path: str) -> bool:
    match: dict[str, str] | None = resource._match(path)  # type: ignore[attr-defined]
    return match is not None


async def _guarded(
    handler: Handler, asked: tuple[str, ...], request: web.Request
) -> web.StreamResponse:
    """Answer by ``handler``, or with the problem that it raises. A bug is logged and says nothing
    of its inside."""
    under_way = request.app[UNDER_WAY]
    under_way.begin()
    response: web.StreamResponse
    try:
        if request.rel_url.raw_query_string or request.match_info:  # else nothing to look at
            check_address(request, asked)
        strange = strange_encoding(request)
        response = malformed(415, strange) if strange else await handler(request)
    except ProblemError as problem:
        response = problem.response()
    except BROKEN as error:
        response = broken(error).response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        if error.status == 404:
            response = _nothing_there(request).response()
        else:
            response = ProblemError(
                error.status, [finding("HTTP.01", found=error.reason)]
            ).response()
    except Unavailable:
        response = ProblemError(503, [finding("BUSY.01")], retry_after=2).response()
    except DataRefused as error:
        log.warning(
            "%s %s: the store refused a value: %s",
            request.method,
            shown(request.path),
            error,
            extra={"action": "value_refused"},
        )
        response = ProblemError(400, [finding("STORE.01")]).response()
    except EportError:
        log.exception(
            "%s %s failed", request.method, request.path, extra={"action": "request_failed"}
        )
        response = ProblemError(503, [finding("BUSY.01")], retry_after=2).response()
    except Exception:
        log.exception(
            "%s %s failed", request.method, request.path, extra={"action": "request_failed"}
        )
        response = ProblemError(
            500,
            detail=(
                "内部错误, 报文未保存, 请稍后重发 / internal error; nothing was stored, send it"
                " again later"
            ),
        ).response()
    finally:
        under_way.done()
    if under_way.ending:
        response.force_close()
    return response


async def home(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/docs")


async def livez(_: web.Request) -> web.StreamResponse:
    return json(Health(status="ok", checks={}))


async def readyz(request: web.Request) -> web.StreamResponse:
    gateway = request.app[GATEWAY]
    checks = {
        "accepting": "yes" if gateway.ready else "no",
        "customs": "reachable" if gateway.relay.available else "not reachable",
    }
    try:
        async with asyncio.timeout(STORE_ANSWERS):
            await gateway.store.read(lambda c: c.exec_driver_sql("SELECT 1").scalar())
        checks["store"] = "ok"
    except TimeoutError:
        checks["store"] = f"no answer within {STORE_ANSWERS:g} s"
    except Unavailable as error:
        checks["store"] = str(error)
    overdue, places = gateway.checking.overdue(), gateway.checking.places
    if overdue:
        checks["checking"] = (
            f"{overdue} of {places} places are held by checks of more than"
            f" {gateway.checking.budget:g} s"
        )
    gateway.codes.refresh()
    if gateway.codes.unread:  # no path: anybody may ask
        checks["code_lists"] = f"{gateway.codes.unread} {UNREAD}"
    ready = gateway.ready and checks["store"] == "ok" and overdue < places
    return json(Health(status="ok" if ready else "not ready", checks=checks), 200 if ready else 503)


async def metrics(request: web.Request) -> web.StreamResponse:
    return web.Response(
        body=request.app[GATEWAY].metrics.page(),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )
