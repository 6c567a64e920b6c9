"""The calls by which a tester sets how customs works: its review profile, and whether it listens.
Reads requests, calls the node, writes JSON. Decides nothing."""

from __future__ import annotations

import msgspec
from aiohttp import web

from customs_sim.cases.profiles import PROFILES
from customs_sim.control import state
from customs_sim.control.calls import TESTER, WORLD, Call
from customs_sim.control.http import node_of, read_body
from customs_sim.control.problems import bad_value, json


class ProfileChoice(msgspec.Struct, forbid_unknown_fields=True):
    """Body of PUT /profile."""

    profile: str


async def choose_profile(request: web.Request) -> web.Response:
    name = (await read_body(request, ProfileChoice)).profile
    if name not in PROFILES:
        raise bad_value("profile", name, " | ".join(PROFILES), " | ".join(PROFILES))
    await node_of(request).set_profile(name)
    return json({"profile": name})


async def pause(request: web.Request) -> web.Response:
    await node_of(request).pause()
    return json({"held": True})


async def resume(request: web.Request) -> web.Response:
    await node_of(request).resume()
    return json({"held": False})


CALLS = (
    Call(
        method="PUT",
        path="/profile",
        handle=choose_profile,
        role=TESTER,
        tag=WORLD,
        body=ProfileChoice,
        look=state.profile,
        zh="审核方式: instant, realistic, manual",
        en="How customs reviews: instant, realistic or manual",
    ),
    Call(
        method="POST",
        path="/hold",
        handle=pause,
        role=TESTER,
        tag=WORLD,
        look=state.paused,
        zh="停止收报",
        en="Stop listening to the gateway",
    ),
    Call(
        method="POST",
        path="/release",
        handle=resume,
        role=TESTER,
        tag=WORLD,
        look=state.paused,
        zh="恢复收报",
        en="Listen again",
    ),
)
