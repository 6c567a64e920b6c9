"""OpenAPI of the control API from its table (apispec; body shapes by msgspec), and a readable page
of it without script."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import jinja2
import msgspec
from aiohttp import web
from apispec import APISpec

from customs_sim.control.calls import CALLS, Call, shapes
from customs_sim.control.http import PREFIX
from customs_sim.control.problems import json
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
}


@functools.cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    spec = APISpec(
        title="eport customs",
        version="1",
        openapi_version="3.1.0",
        info={
            "description": (
                "模拟海关的控制接口 / control API of the simulated customs. 本机调用不需要密钥 / a"
                " caller on this machine needs no key."
            )
        },
    )
    spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    known = shapes()
    bodies = sorted({call.body for call in CALLS if call.body})
    _, components = msgspec.json.schema_components(
        [known[name] for name in bodies], ref_template="#/components/schemas/{name}"
    )
    for name, schema in components.items():
        spec.components.schema(name, schema)
    for call in CALLS:
        spec.path(path=PREFIX + call.path, operations={call.method.lower(): _operation(call)})
    result: dict[str, Any] = spec.to_dict()
    return result


def _operation(call: Call) -> dict[str, Any]:
    wanted = (
        [401, 403]
        + ([400] if call.parameters or call.body else [])
        + ([404, 409] if call.method != "GET" else [])
    )
    kind = "application/xml" if call.path.endswith("/raw") else "application/json"
    made: dict[str, Any] = {
        "summary": call.en,
        "description": f"{call.zh} · 角色 role: {call.role}",
        "tags": [call.tag],
        "operationId": call.name,
        "parameters": [
            {
                "name": p.name,
                "in": p.place,
                "required": p.place == "path",
                "description": f"{p.zh} / {p.en}",
                "schema": {"type": "string"},
            }
            for p in call.parameters
        ],
        "responses": (
            {
                str(call.status): {
                    "description": "OK",
                    "content": {
                        kind: {
                            "schema": (
                                {"type": "object"} if kind.endswith("json") else {"type": "string"}
                            )
                        }
                    },
                }
            }
            | {
                str(status): {
                    "description": PROBLEMS[status],
                    "content": {"application/problem+json": {"schema": {"type": "object"}}},
                }
                for status in sorted(wanted)
            }
        ),
        "security": [{"key": []}, {}],
    }
    if call.body:
        made["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": f"#/components/schemas/{call.body}"}}
            },
        }
    return made


def documented() -> list[web.RouteDef]:
    """The routes of the documentation."""

    async def spec(_: web.Request) -> web.Response:
        return json(document())

    async def page(_: web.Request) -> web.Response:
        source = (
            resources.files("customs_sim.control")
            .joinpath("templates/docs.html")
            .read_text(encoding="utf-8")
        )
        environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        return web.Response(
            text=environment.from_string(source).render(
                spec=document(), catalogue=CATALOGUE, prefix=PREFIX
            ),
            content_type="text/html",
            headers={"X-Content-Type-Options": "nosniff"},
        )

    return [web.get(JSON_PATH, spec), web.get(DOCS_PATH, page)]
