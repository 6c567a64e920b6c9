"""Between the door and the calls: may this role, and what did it change. Every call that changes
something leaves a row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from customs_sim.control.calls import call_of
from customs_sim.control.http import ACTOR, PREFIX, as_refusal
from customs_sim.control.problems import Refusal, said
from customs_sim.desk.refusal import NotAllowed
from customs_sim.node import CustomsNode

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TRIED = frozenset({403, 404, 409})
"""Refusals that are kept: somebody wanted something real. What could not even be read is not."""


async def audited(node: CustomsNode, request: web.Request, handler: Handler) -> web.StreamResponse:
    """``handler`` for whoever may call it, with its audit."""
    resource = request.match_info.route.resource
    if resource is None:
        return await handler(request)
    call = call_of(request.method, resource.canonical.removeprefix(PREFIX))
    actor = request[ACTOR]
    target = next(iter(request.match_info.values()), "")
    try:
        if not actor.role.may(call.role):
            raise no_right(actor.role, call.role)
        if request.method in ("GET", "HEAD"):
            return await handler(request)
        before = await call.look(node) if call.look else None
        response = await handler(request)
    except (Refusal, NotAllowed) as error:
        refusal = as_refusal(request, error)
        if request.method not in ("GET", "HEAD") and refusal.status in TRIED:
            await node.office.note(actor, call.name, target, outcome=refusal.findings[0].code)
        raise
    if not call.noted:
        after = await call.look(node) if call.look else None
        await node.office.note(actor, call.name, target, before=before, after=after)
    return response


def no_right(role: str, wanted: str) -> Refusal:
    """403: the role is too small."""
    return said(
        "AUTH.03",
        403,
        f"角色 {role} 不能执行此操作, 需要 {wanted}",
        f"role {role} may not do this; wanted {wanted}",
        "请使用相应角色的密钥",
        "use a key of that role",
    )
