"""What is unusual about the simulated world now: a moved clock, a scenario, faults, customs that
does not listen. Every page shows it, because all of it changes what an act means. Reads only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from customs_sim.node import CustomsNode
from gateway.base.web.pages.text import Words
from schemas.times import SHANGHAI


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """One thing that is not as it is by itself.

    Attributes:
        href: The page that it is set on.
        off: Where the form goes that ends it, and its one field.
    """

    words: Words
    href: str
    off: str
    name: str
    value: str


World = tuple[Oddity, ...]
WORLD: web.RequestKey[World] = web.RequestKey("world", tuple)
Look = Callable[[CustomsNode], Awaitable[Oddity | None]]


async def world_of(node: CustomsNode) -> World:
    """Return everything that is unusual now."""
    seen = [await look(node) for look in LOOKS]
    return tuple(each for each in seen if each is not None)


async def _clock(node: CustomsNode) -> Oddity | None:
    shown = node.clockwork.clock
    mode, speed = shown.mode.value, shown.speed
    if mode == "wall":
        return None
    at = shown.now().astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    words = f"业务时钟 ×{speed:g}", f"business clock ×{speed:g}"
    if mode == "frozen":
        words = f"时钟冻结 {at}", f"clock frozen at {at}"
    elif speed == 1:
        words = f"业务时间已移动: {at}", f"business clock moved to {at}"
    return Oddity(words=words, href="/clock", off="/clock", name="do", value="reset")


async def _scenario(node: CustomsNode) -> Oddity | None:
    active = await node.playbook.scenario()
    if active is None:
        return None
    name = active.script.scenario.name
    hits = sum(tally.hits for tally in active.counts.values())
    words = f"场景 {name} (命中 {hits})", f"scenario {name} ({hits} hits)"
    return Oddity(words=words, href="/scenarios", off="/scenarios", name="do", value="clear")


async def _faults(node: CustomsNode) -> Oddity | None:
    armed = [each for each in await node.playbook.armed() if not each.owner]
    if not armed:
        return None
    hits = sum(each.hits for each in armed)
    words = f"故障 {len(armed)} (命中 {hits})", f"{len(armed)} faults ({hits} hits)"
    return Oddity(words=words, href="/scenarios#faults", off="/faults", name="do", value="clear")


async def _held(node: CustomsNode) -> Oddity | None:
    if not node.paused:
        return None
    words = "停止收报", "not listening"
    return Oddity(words=words, href="/clock", off="/listening", name="hold", value="0")


LOOKS: tuple[Look, ...] = (_clock, _scenario, _faults, _held)
