"""The OpenAPI document of an HTTP interface, and a readable page of it that needs no script.

Each side describes its operations itself; what an operation does and who may call it is its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import jinja2
import msgspec
from apispec import APISpec

REFERENCE = "#/components/schemas/{name}"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query or path parameter as the documentation shows it. ``pattern`` is the regular
    expression that a path parameter must match to be routed; empty takes anything. ``example``
    is a value of a query parameter without which the call is refused; empty where it may be
    left out."""

    name: str
    zh: str
    en: str
    place: str = "query"
    pattern: str = ""
    example: str = ""
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})

    def documented(self) -> dict[str, Any]:
        """Return the OpenAPI parameter object."""
        return {
            "name": self.name,
            "in": self.place,
            "required": self.place == "path" or bool(self.example),
            "description": f"{self.zh} / {self.en}",
            "schema": self.schema,
        } | ({"example": self.example} if self.example else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: ``path`` from the root, ``method`` in any case, ``content`` the OpenAPI
    operation object."""

    path: str
    method: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """What the readable page says before its calls. ``prefix`` is that of all calls, ``json`` the
    address of the document, ``sample`` a call to try."""

    title: str
    prefix: str
    json: str
    sample: str
    note: str = ""


def document(
    *, title: str, description: str, shapes: Collection[type], operations: Iterable[Operation]
) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document. ``shapes`` become its components, by name; the operations
    stand in the order given."""
    spec = APISpec(
        title=title, version="1", openapi_version="3.1.0", info={"description": description}
    )
    spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    ordered = sorted(shapes, key=lambda shape: shape.__name__)
    _, components = msgspec.json.schema_components(ordered, ref_template=REFERENCE)
    for name, schema in components.items():
        if "description" in schema:
            schema["description"] = one_line(schema["description"])
        spec.components.schema(name, schema)
    for operation in operations:
        spec.path(path=operation.path, operations={operation.method.lower(): operation.content})
    result: dict[str, Any] = spec.to_dict()
    return result


def one_line(text: str) -> str:
    """Return ``text``, a docstring, without the line breaks of its source."""
    return " ".join(text.split())


def of_shape(shape: type) -> dict[str, Any]:
    """Return the schema object that refers to the component of ``shape``."""
    return {"$ref": REFERENCE.format(name=shape.__name__)}


def content(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content object of one media type."""
    return {kind: {"schema": schema}}


def page(spec: Mapping[str, Any], about: Introduction, catalogue: Mapping[str, Any]) -> str:
    """Return the document as one HTML page. ``catalogue`` holds the finding codes."""
    source = resources.files("gateway.base.web").joinpath("templates/docs.html")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source.read_text(encoding="utf-8")).render(
        spec=spec, about=about, catalogue=catalogue
    )
