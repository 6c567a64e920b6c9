"""The calls about scenarios: the active one, the shipped ones, choosing and checking one. Reads
requests, calls the playbook, writes JSON. Decides nothing."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control import state
from customs_sim.control.calls import TESTER, VIEWER, WORLD, Call
from customs_sim.control.http import node_of, read_text
from customs_sim.control.problems import bad_value, json, no_such
from customs_sim.desk.playbook import ActiveScenario
from customs_sim.steering.scenarios import scenario
from customs_sim.steering.yaml_reading import BadText
from gateway.base.web.openapi import Parameter
from schemas.findings import ERROR, Place, Refused, compose


class ScenarioChoice(msgspec.Struct, forbid_unknown_fields=True):
    """Body of PUT /scenario as JSON: a shipped scenario by name, or the text of one."""

    name: str = ""
    text: str = ""


async def active(request: web.Request) -> web.Response:
    return json(_active(await node_of(request).playbook.scenario()))


async def choose(request: web.Request) -> web.Response:
    playbook = node_of(request).playbook
    text = await _text(request)
    try:
        await playbook.activate(text)
    except BadText as error:
        raise unusable(error) from None
    return json(_active(await playbook.scenario()))


async def clear(request: web.Request) -> web.Response:
    await node_of(request).playbook.clear("scenario")
    return json(_active(None))


async def validate(request: web.Request) -> web.Response:
    try:
        read = scenario(await _text(request))
    except BadText as error:
        raise unusable(error) from None
    return json({"valid": True, "name": read.name, "title": read.title})


async def shipped(request: web.Request) -> web.Response:
    texts = node_of(request).playbook.shipped()
    items = [{"name": name, "title": scenario(text).title} for name, text in texts.items()]
    return json({"items": items, "total": len(items), "next": None})


async def shipped_text(request: web.Request) -> web.Response:
    text = node_of(request).playbook.shipped().get(request.match_info["name"])
    if text is None:
        raise no_such(request.match_info["name"], "自带场景", "scenario")
    return web.Response(text=text, content_type="application/yaml")


async def _text(request: web.Request) -> str:
    """Return the scenario's text: the body itself as YAML, or what JSON names or holds."""
    body = await read_text(request)
    try:
        chosen = msgspec.json.decode(body, type=ScenarioChoice)
    except (msgspec.DecodeError, RecursionError):
        return body
    if chosen.text:
        return chosen.text
    known = node_of(request).playbook.shipped()
    if chosen.name not in known:
        raise bad_value("name", chosen.name, " | ".join(known), " | ".join(known))
    return known[chosen.name]


def unusable(error: BadText) -> Refused:
    """Return the refusal, 422, of a text that cannot be used: every mistake with its line, key,
    found and wanted."""
    return Refused(
        [
            compose(
                code="SCN.01",
                layer="control",
                severity=ERROR,
                zh=problem.zh,
                en=problem.en,
                hint_zh="请改正该行; 格式见 docs/scenarios.md",
                hint_en="correct that line; docs/scenarios.md has the format",
                place=Place(line=problem.line, column=problem.column, path=problem.key),
                value=problem.found,
            )
            for problem in error.problems
        ],
        status=422,
    )


def _active(shown: ActiveScenario | None) -> dict[str, Any]:
    if shown is None:
        return {"name": None, "title": None, "text": None, "rules": [], "running": 0, "ended": 0}
    read = shown.script.scenario
    return {
        "name": read.name,
        "title": read.title,
        "text": shown.script.text,
        "rules": [
            {
                "name": rule.name,
                "steps": len(rule.steps),
                "seen": shown.counts[rule.name].seen,
                "hits": shown.counts[rule.name].hits,
            }
            for rule in read.rules
        ],
        "running": shown.running,
        "ended": shown.ended,
    }


CALLS = (
    Call(
        method="GET",
        path="/scenario",
        handle=active,
        role=VIEWER,
        tag=WORLD,
        zh="当前场景和命中次数",
        en="The active scenario with its counts",
    ),
    Call(
        method="PUT",
        path="/scenario",
        refusals=(422,),
        handle=choose,
        role=TESTER,
        tag=WORLD,
        body=ScenarioChoice,
        look=state.scenario,
        zh="启用场景: 自带的名称, 或 YAML 正文",
        en="Make a scenario the active one: a shipped name, or the text itself as YAML",
    ),
    Call(
        method="DELETE",
        path="/scenario",
        handle=clear,
        role=TESTER,
        tag=WORLD,
        look=state.scenario,
        zh="停用场景",
        en="No scenario",
    ),
    Call(
        method="POST",
        path="/scenario/validate",
        refusals=(422,),
        handle=validate,
        role=VIEWER,
        tag=WORLD,
        body=ScenarioChoice,
        noted=True,
        zh="检查场景, 不启用",
        en="Check a scenario, nothing is changed",
    ),
    Call(
        method="GET",
        path="/scenarios",
        handle=shipped,
        role=VIEWER,
        tag=WORLD,
        zh="自带的场景",
        en="The shipped scenarios",
    ),
    Call(
        method="GET",
        path="/scenarios/{name}",
        handle=shipped_text,
        role=VIEWER,
        tag=WORLD,
        zh="自带场景的正文",
        en="The text of a shipped scenario",
        parameters=(Parameter(name="name", zh="名称", en="its name", place="path"),),
    ),
)
