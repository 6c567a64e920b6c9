"""The application of the control port: the control API with its documentation, what programs ask of
the process, and the console."""

from __future__ import annotations

from aiohttp import web

from customs_sim.console.app import Console
from customs_sim.control import (
    cases,
    clock,
    enterprises,
    expectations,
    faults,
    health,
    levies,
    messages,
    money,
    operators,
    pace,
    parked,
    resends,
    scenarios,
    search,
    sheet_table,
    statements,
    today,
)
from customs_sim.control.access import DOOR, Door
from customs_sim.control.audit import Audit
from customs_sim.control.calls import Call, Handler
from customs_sim.control.http import (
    ACTOR,
    BODY,
    FIELDS,
    NODE,
    OPERATORS,
    PREFIX,
    as_refusal,
    check_address,
    malformed,
)
from customs_sim.control.openapi import OPEN, documented
from customs_sim.control.problems import problem
from customs_sim.node import CustomsNode
from customs_sim.office.operators import Operators, Role
from gateway.base.web.server import REFUSE
from gateway.base.web.underway import UNDER_WAY, UnderWay

CALLS: tuple[Call, ...] = (
    *cases.CALLS,
    *levies.CALLS,
    *money.CALLS,
    *statements.CALLS,
    *messages.CALLS,
    *search.CALLS,
    *sheet_table.CALLS,
    *parked.CALLS,
    *resends.CALLS,
    *pace.CALLS,
    *scenarios.CALLS,
    *faults.CALLS,
    *clock.CALLS,
    *expectations.CALLS,
    *today.CALLS,
    *enterprises.CALLS,
    *operators.CALLS,
)
"""All calls of the control API, in the order of the documentation."""
MACHINES = ("/control", "/livez", "/readyz", "/metrics")
"""Paths that programs call; all others are the console's."""


def control_app(node: CustomsNode, *, operator_key: str, keyless: bool = False) -> web.Application:
    """Return the application of the control port. ``operator_key`` is added to the keys in the
    store, as a tester's; empty adds none. ``keyless``: whoever started the process needs no key
    until somebody makes one."""
    people = Operators(node.office.store, node.office.wall)
    under_way, door = UnderWay(), Door(people, keyless=keyless)
    audit, console = Audit(node, CALLS), Console(node, people, door)

    @web.middleware
    async def frontier(request: web.Request, handler: Handler) -> web.StreamResponse:
        under_way.begin()
        try:
            response = await answered(request, handler)
        finally:
            under_way.done()
        if under_way.ending:
            response.force_close()
        return response

    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(MACHINES):
            return await console.serve(request, handler)
        try:
            if request.path.startswith(PREFIX) and request.path not in OPEN:
                request[ACTOR] = await door.enter(request)
                return await audit.admit(request, handler)
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return problem(as_refusal(request, error))
        except Exception as error:
            return problem(as_refusal(request, error))

    # a form names at most so many cases; the size of the body bounds it too
    app = web.Application(middlewares=[frontier], client_max_size=BODY, client_max_fields=FIELDS)
    app[NODE], app[OPERATORS], app[DOOR] = node, people, door
    app[REFUSE], app[UNDER_WAY] = malformed, under_way
    app.add_routes(
        [
            web.get("/control", health.pointer),
            web.get("/livez", health.alive),
            web.get("/readyz", health.ready),
            web.get("/metrics", health.metrics),
            *(_route(call) for call in CALLS),
            *documented(CALLS),
            *console.routes(),
        ]
    )

    async def start(_: web.Application) -> None:
        if operator_key:
            await people.ensure(operator_key, "operator", Role.TESTER)

    app.on_startup.append(start)
    app.on_shutdown.append(console.close)
    return app


def _route(call: Call) -> web.RouteDef:
    path = PREFIX + call.route

    async def handle(request: web.Request) -> web.StreamResponse:
        check_address(request, call.asked)
        return await call.handle(request)

    if call.method == "GET":
        return web.get(path, handle)  # HEAD too
    return web.route(call.method, path, handle)
