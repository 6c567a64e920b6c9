"""What a call of the control API is audited with: the state it changes, read before and after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from customs_sim.node import CustomsNode
from schemas.times import SHANGHAI

Look = Callable[[CustomsNode], Awaitable[object]]


async def profile(node: CustomsNode) -> object:
    return {"profile": await node.profile()}


async def held(node: CustomsNode) -> object:
    return {"held": node.held}


async def clock(node: CustomsNode) -> object:
    now = node.clockwork.clock.now()
    return {
        "now": now.astimezone(SHANGHAI).isoformat(),
        "mode": node.clockwork.clock.mode.value,
        "speed": node.clockwork.clock.speed,
    }


async def scenario(node: CustomsNode) -> object:
    found = await node.playbook.scenario()
    return {"scenario": found.script.scenario.name if found else None}


async def faults(node: CustomsNode) -> object:
    return {
        "faults": [
            f"{each.rule.name}: {each.rule.fault}"
            for each in await node.playbook.armed()
            if not each.owner
        ]
    }
