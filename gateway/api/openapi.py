"""OpenAPI from the route table (apispec; shapes by msgspec) and a readable page of it (Jinja2, no
script needed)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2
import msgspec
from apispec import APISpec

from gateway.api.http import Route
from gateway.queries.queries import API
from schemas.findings import CATALOGUE


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    spec = APISpec(
        title="eport gateway",
        version="1",
        openapi_version="3.1.0",
        info={
            "description": (
                "电子口岸保税担保报文网关 / EDI gateway of the bonded guarantee system. "
                "报文代码 GRTnnn 为本项目自拟 / message codes GRTnnn are synthetic."
            )
        },
    )
    spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    shapes = {
        shape for route in routes for shape in route.answers.values() if isinstance(shape, type)
    }
    shapes |= {route.body_shape for route in routes if route.body_shape is not None}
    ordered = sorted(shapes, key=lambda s: s.__name__)
    _, components = msgspec.json.schema_components(
        ordered, ref_template="#/components/schemas/{name}"
    )
    for name, schema in components.items():
        spec.components.schema(name, schema)
    for route in routes:
        operation: dict[str, Any] = {
            "summary": route.en,
            "description": route.zh,
            "tags": [route.tag],
            "operationId": (
                f"{route.method.lower()}_{route.path.strip('/').replace('/', '_').replace('{', '').replace('}', '').replace('.', '_')}"
            ),
            "parameters": [
                {
                    "name": p.name,
                    "in": p.place,
                    "required": p.required,
                    "description": f"{p.zh} / {p.en}",
                    "schema": p.schema,
                }
                for p in route.parameters
            ],
            "responses": {
                str(status): _answer(status, shape) for status, shape in route.answers.items()
            },
        }
        if not route.open:
            operation["security"] = [{"key": []}]
        if route.body:
            schema = (
                {"$ref": f"#/components/schemas/{route.body_shape.__name__}"}
                if route.body_shape
                else {"type": "string"}
            )
            operation["requestBody"] = {
                "required": True,
                "content": {route.body: {"schema": schema}},
            }
        spec.path(path=API + route.path, operations={route.method.lower(): operation})
    result: dict[str, Any] = spec.to_dict()
    return result


def _answer(status: int, shape: Any) -> dict[str, Any]:
    if shape is None:
        return {"description": "done"}
    if isinstance(shape, str):
        return {"description": "the document", "content": {shape: {"schema": {"type": "string"}}}}
    kind = "application/problem+json" if status >= 400 else "application/json"
    return {
        "description": (shape.__doc__ or "").strip(),
        "content": {kind: {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}},
    }


def page(spec: dict[str, Any]) -> str:
    """The documentation as one page."""
    source = (
        resources.files("gateway.api").joinpath("templates/docs.html").read_text(encoding="utf-8")
    )
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source).render(spec=spec, catalogue=CATALOGUE)
