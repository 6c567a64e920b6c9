"""Between the door and the calls: whether this role may make the call, and what the call changed.
Every call that changes something leaves a row."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from customs_sim.control.calls import TESTER, Call, Handler
from customs_sim.control.http import ACTOR, PREFIX
from customs_sim.control.problems import no_right
from customs_sim.node import CustomsNode
from schemas.findings import Refused

TRIED = frozenset({403, 404, 409})
"""Statuses of refusals that leave a row: what was wanted was real. What could not even be read
leaves none."""


class Audit:
    """The roles and the audit of ``calls``. A route that is none of them is a tester's."""

    def __init__(self, node: CustomsNode, calls: Iterable[Call]) -> None:
        self._node = node
        self._calls = {(call.method, call.path): call for call in calls}

    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer by ``handler`` if the actor may, and write the audit. Raise Refused, 403, for a
        role that is too small, and what the handler raises."""
        resource = request.match_info.route.resource
        if resource is None:
            return await handler(request)
        call = self._call(request.method, resource.canonical.removeprefix(PREFIX), handler)
        actor, office = request[ACTOR], self._node.office
        target = next(iter(request.match_info.values()), "")
        reads = request.method in ("GET", "HEAD")
        try:
            if not actor.role.may(call.role):
                raise no_right(actor.role, call.role)
            if reads:
                return await handler(request)
            before = await call.look(self._node) if call.look else None
            response = await handler(request)
        except Refused as refused:
            if not reads and refused.status in TRIED:
                await office.note(actor, call.name, target, outcome=refused.findings[0].code)
            raise
        if not call.noted:
            after = await call.look(self._node) if call.look else None
            await office.note(actor, call.name, target, before=before, after=after)
        return response

    def _call(self, method: str, path: str, handler: Handler) -> Call:
        call = self._calls.get((method, path))
        return call or Call(
            method=method, path=path, handle=handler, role=TESTER, tag="", zh="", en=""
        )
