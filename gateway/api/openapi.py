"""OpenAPI of the gateway from its route table, and the readable page of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.api.http import Route
from gateway.base.web import openapi
from gateway.queries.shapes import API, Problem
from schemas.findings import CATALOGUE

ABOUT = openapi.Introduction(
    title="eport gateway API",
    prefix=API,
    json="/openapi.json",
    sample=(
        'curl --data-binary @fixtures/GRT101/valid_cash_counter.xml -H "Authorization: Bearer KEY"'
        f" localhost:8080{API}/messages"
    ),
)


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    answers = {
        shape for route in routes for shape in route.answers.values() if isinstance(shape, type)
    }
    bodies = {route.body_shape for route in routes if route.body_shape is not None}
    return openapi.document(
        title="eport gateway",
        description=(
            "电子口岸保税担保报文网关 / EDI gateway of the bonded guarantee system. "
            "报文代码 GRTnnn 为本项目自拟 / message codes GRTnnn are synthetic."
        ),
        shapes=answers | bodies,
        operations=[
            openapi.Operation(path=API + route.path, method=route.method, content=_operation(route))
            for route in routes
        ],
    )


def _operation(route: Route) -> dict[str, Any]:
    name = route.path.strip("/").translate(str.maketrans("/.", "__", "{}"))
    operation: dict[str, Any] = {
        "summary": route.en,
        "description": route.zh,
        "tags": [route.tag],
        "operationId": f"{route.method.lower()}_{name}",
        "parameters": [parameter.documented() for parameter in route.parameters],
        "responses": {
            str(status): _answer(status, shape)
            for status, shape in sorted((_everywhere(route) | route.answers).items())
        },
    }
    if not route.open:
        operation["security"] = [{"key": []}]
    if route.body:
        schema = openapi.of_shape(route.body_shape) if route.body_shape else {"type": "string"}
        operation["requestBody"] = {
            "required": True,
            "content": openapi.content(route.body, schema),
        }
    return operation


def _everywhere(route: Route) -> dict[int, Any]:
    """Return the refusals that every route of this kind may answer with."""
    statuses = [400, 415, 503] + ([] if route.open else [401]) + ([413] if route.body else [])
    return dict.fromkeys(statuses, Problem)


def _answer(status: int, shape: Any) -> dict[str, Any]:
    if shape is None:
        return {"description": "done"}
    if isinstance(shape, str):
        content = openapi.content(shape, {"type": "string"})
        return {"description": "the document", "content": content}
    kind = openapi.PROBLEM if status >= 400 else "application/json"
    return {
        "description": openapi.one_line(shape.__doc__ or ""),
        "content": openapi.content(kind, openapi.of_shape(shape)),
    }


def page(spec: dict[str, Any]) -> str:
    """Return the documentation as one page."""
    return openapi.page(spec, ABOUT, CATALOGUE)
