"""OpenAPI of the control API from the rows of its calls, and the readable page of it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from customs_sim.control.calls import Call
from customs_sim.control.explained import PAGE, findings_page
from customs_sim.control.http import PREFIX
from customs_sim.control.problems import json
from gateway.base.web import openapi
from schemas.findings import CATALOGUE

JSON_PATH, DOCS_PATH = PREFIX + "/openapi.json", "/control/docs"
OPEN = frozenset({JSON_PATH})
"""Paths under the prefix that need no key."""
PROBLEMS = {
    400: "不能读取 / cannot be read",
    401: "没有密钥 / no key",
    403: "角色不够或来源不对 / role or origin",
    404: "不存在 / unknown",
    409: "规则不允许 / a rule forbids it",
    413: "过大 / too large",
    415: "编码不支持 / an encoding that is not read",
    422: "文本有误 / the text is wrong",
    503: "暂时不能 / not now",
}
ABOUT = openapi.Introduction(
    title="eport customs control API",
    prefix=PREFIX,
    json=JSON_PATH,
    note="本机调用不需要密钥 / a caller on this machine needs none.",
    sample=f"curl localhost:8090{PREFIX}/worklist",
)


def document(calls: Sequence[Call]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    return openapi.document(
        title="eport customs",
        description=(
            "模拟海关的控制接口 / control API of the simulated customs. 本机调用不需要密钥 / a"
            " caller on this machine needs no key."
        ),
        shapes={shape for call in calls for shape in (call.body, call.answer) if shape},
        operations=[
            openapi.Operation(path=PREFIX + call.path, method=call.method, content=_operation(call))
            for call in calls
        ],
    )


def _operation(call: Call) -> dict[str, Any]:
    refusals = {400, 401, 403, 415, 503, *call.refusals}
    if call.method != "GET":
        refusals |= {404, 409, 413}
    if "{" in call.path:
        refusals.add(404)
    kind = call.kind or "application/json"
    answer: dict[str, Any] = {"type": "object"} if kind.endswith("json") else {"type": "string"}
    if call.answer:
        answer = openapi.of_shape(call.answer)
    made: dict[str, Any] = {
        "summary": call.en,
        "description": f"{call.zh} · 角色 role: {call.role}",
        "tags": [call.tag],
        "operationId": call.name,
        "parameters": [parameter.documented() for parameter in call.parameters],
        "responses": {
            str(status): {"description": "OK", "content": openapi.content(kind, answer)}
            for status in (call.status, call.repeated)
            if status
        }
        | {
            str(status): {
                "description": PROBLEMS[status],
                "content": openapi.content(openapi.PROBLEM, {"type": "object"}),
            }
            for status in sorted(refusals)
        },
        "security": [{"key": []}, {}],
    }
    if call.body:
        made["requestBody"] = {
            "required": True,
            "content": openapi.content("application/json", openapi.of_shape(call.body)),
        }
    return made


def documented(calls: Sequence[Call]) -> list[web.RouteDef]:
    """Return the routes of the documentation."""

    @functools.cache
    def made() -> dict[str, Any]:
        return document(calls)

    explained = functools.cache(findings_page)

    async def spec(_: web.Request) -> web.Response:
        return json(made())

    async def page(_: web.Request) -> web.Response:
        return web.Response(
            text=openapi.page(made(), ABOUT, CATALOGUE),
            content_type="text/html",
            headers={"X-Content-Type-Options": "nosniff"},
        )

    async def findings(_: web.Request) -> web.Response:
        return web.Response(
            text=explained(),
            content_type="text/html",
            headers={"X-Content-Type-Options": "nosniff"},
        )

    return [web.get(JSON_PATH, spec), web.get(DOCS_PATH, page), web.get(PAGE, findings)]
