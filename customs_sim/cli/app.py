"""The application of the control port: the control API for programs, the console for all other
paths."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from customs_sim.console.app import Console
from customs_sim.control.access import Door
from customs_sim.control.audit import audited
from customs_sim.control.cases import Control
from customs_sim.control.clock import ClockCalls
from customs_sim.control.expectations import Expectations
from customs_sim.control.faults import Faults
from customs_sim.control.http import ACTOR, BODY, PREFIX, as_refusal, read_body
from customs_sim.control.money import Acts
from customs_sim.control.openapi import OPEN, documented
from customs_sim.control.operators import People
from customs_sim.control.parked import Parked
from customs_sim.control.problems import problem
from customs_sim.control.reads import Reads
from customs_sim.control.scenarios import Scenarios
from customs_sim.node import CustomsNode
from customs_sim.office.operators import Operators, Role

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


MACHINES = ("/control", "/livez", "/readyz", "/metrics")
"""Paths that programs call; all others are the console's."""


def control_app(node: CustomsNode, *, operator_key: str) -> web.Application:
    """The application of the control port. ``operator_key`` is added to the keys in the store, as a
    tester's; empty adds none."""
    control, people = Control(node), Operators(node.office.store, node.office.wall)
    door, console = Door(people), Console(node, people)

    @web.middleware
    async def frontier(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(MACHINES):
            return await console.serve(request, handler)
        try:
            if request.path.startswith(PREFIX) and request.path not in OPEN:
                request[ACTOR] = await door.enter(request)
                return await audited(node, request, handler)
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return problem(as_refusal(request, error))
        except Exception as error:
            return problem(as_refusal(request, error))

    app = web.Application(middlewares=[frontier], client_max_size=BODY)
    app.add_routes(
        [
            web.get("/control", control.pointer),
            web.get("/livez", control.alive),
            web.get("/readyz", control.ready),
            web.get("/metrics", control.metrics),
            web.get(PREFIX + "/worklist", control.worklist),
            web.post(PREFIX + "/decisions", control.decide),
            web.put(PREFIX + "/profile", control.choose_profile),
            web.post(PREFIX + "/hold", control.hold),
            web.post(PREFIX + "/release", control.release),
            web.get(PREFIX + "/parked", control.parked),
            web.get(PREFIX + "/messages", control.messages),
            *Parked(node.aside).routes(PREFIX),
            *Acts(node, read_body).routes(PREFIX),
            *Reads(node).routes(PREFIX),
            *People(node, people, read_body).routes(PREFIX),
            *ClockCalls(node, read_body).routes(PREFIX),
            *Expectations(node, read_body).routes(PREFIX),
            *Scenarios(node).routes(PREFIX),
            *Faults(node).routes(PREFIX),
            *documented(),
            *console.routes(),
        ]
    )

    async def start(_: web.Application) -> None:
        if operator_key:
            await people.ensure(operator_key, "operator", Role.TESTER)

    app.on_startup.append(start)
    app.on_shutdown.append(console.close)
    return app
