"""The states that the audit notes before and after a call. Each look reads one of them from the
node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from customs_sim.node import CustomsNode
from schemas.times import SHANGHAI

Look = Callable[[CustomsNode], Awaitable[object]]


async def profile(node: CustomsNode) -> object:
    return {"profile": await node.profile()}


async def paused(node: CustomsNode) -> object:
    return {"held": node.paused}


async def clock(node: CustomsNode) -> object:
    shown = node.clockwork.clock
    return {
        "now": shown.now().astimezone(SHANGHAI).isoformat(),
        "mode": shown.mode.value,
        "speed": shown.speed,
    }


async def scenario(node: CustomsNode) -> object:
    active = await node.playbook.scenario()
    return {"scenario": active.script.scenario.name if active else None}


async def faults(node: CustomsNode) -> object:
    """Return the faults that were set by themselves; those of a scenario belong to it."""
    return {
        "faults": [
            f"{each.rule.name}: {each.rule.fault}"
            for each in await node.playbook.armed()
            if not each.owner
        ]
    }
