"""The part of the control API that sets scenarios. Reads requests, calls the node's playbook,
writes JSON. Decides nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control.problems import Refusal, bad_json, bad_value, json
from customs_sim.desk.playbook import ActiveScenario
from customs_sim.node import CustomsNode
from customs_sim.steering.scenarios import Scenario, scenario
from customs_sim.steering.yaml_reading import BadText
from schemas.findings import ERROR, Place, compose, finding

PATIENCE = 20.0


class ScenarioChoice(msgspec.Struct, forbid_unknown_fields=True):
    """Body of PUT /scenario as JSON: a shipped scenario by name, or the text of one."""

    name: str = ""
    text: str = ""


class Scenarios:
    """The calls, one method each."""

    def __init__(self, node: CustomsNode) -> None:
        self._playbook = node.playbook

    def routes(self, prefix: str) -> list[web.RouteDef]:
        return [
            web.get(prefix + "/scenario", self.active),
            web.put(prefix + "/scenario", self.choose),
            web.delete(prefix + "/scenario", self.clear),
            web.post(prefix + "/scenario/validate", self.validate),
            web.get(prefix + "/scenarios", self.shipped),
            web.get(prefix + "/scenarios/{name}", self.shipped_text),
        ]

    async def active(self, _: web.Request) -> web.Response:
        return json(_active(await self._playbook.scenario()))

    async def choose(self, request: web.Request) -> web.Response:
        text = await self._text(request)
        try:
            await self._playbook.activate(text)
        except BadText as error:
            raise unusable(error) from None
        return json(_active(await self._playbook.scenario()))

    async def clear(self, _: web.Request) -> web.Response:
        await self._playbook.clear("scenario")
        return json(_active(None))

    async def validate(self, request: web.Request) -> web.Response:
        try:
            found = scenario(await self._text(request))
        except BadText as error:
            raise unusable(error) from None
        return json({"valid": True, "name": found.name, "title": found.title})

    async def shipped(self, _: web.Request) -> web.Response:
        found = self._playbook.shipped()
        items = [{"name": name, "title": scenario(text).title} for name, text in found.items()]
        return json({"items": items, "total": len(items), "next": None})

    async def shipped_text(self, request: web.Request) -> web.Response:
        text = self._playbook.shipped().get(request.match_info["name"])
        if text is None:
            raise Refusal(404, [finding("QUERY.02")])
        return web.Response(text=text, content_type="application/yaml")

    async def _text(self, request: web.Request) -> str:
        """The scenario's text: the body itself as YAML, or JSON that only names or holds it."""
        body = await text_of(request)
        try:
            chosen = msgspec.json.decode(body, type=ScenarioChoice)
        except msgspec.DecodeError:
            return body
        if chosen.text:
            return chosen.text
        known = self._playbook.shipped()
        if chosen.name not in known:
            raise bad_value("name", chosen.name, " | ".join(known), " | ".join(known))
        return known[chosen.name]


async def text_of(request: web.Request) -> str:
    """The body as text; a Refusal when it does not come or is no UTF-8."""
    try:
        async with asyncio.timeout(PATIENCE):
            return (await request.read()).decode()
    except TimeoutError:
        raise Refusal(400, [finding("SIZE.04", wanted=int(PATIENCE))]) from None
    except UnicodeDecodeError as error:
        raise bad_json(str(error)) from error


def unusable(error: BadText) -> Refusal:
    """422: every mistake with its line, key, found and wanted."""
    return Refusal(
        422,
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
    )


def _active(found: ActiveScenario | None) -> dict[str, Any]:
    if found is None:
        return {"name": None, "title": None, "text": None, "rules": [], "running": 0, "ended": 0}
    read: Scenario = found.script.scenario
    return {
        "name": read.name,
        "title": read.title,
        "text": found.script.text,
        "rules": [
            {
                "name": rule.name,
                "steps": len(rule.steps),
                "seen": found.counts[rule.name][0],
                "hits": found.counts[rule.name][1],
            }
            for rule in read.rules
        ],
        "running": found.running,
        "ended": found.ended,
    }
