"""Judges single values by the validator that decides on the accept path, so that an explanation and
the refusal it explains can never differ in what a value may be.

``xmlschema`` reads more than libxml2 does: it takes a full-width digit for a number and trims an
ideographic space.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from lxml import etree

if TYPE_CHECKING:
    from xmlschema.validators import XsdElement

XS = "{http://www.w3.org/2001/XMLSchema}"


class Judge:
    """Says whether a text is a value of a simple type of one schema. Safe to use from several
    threads: each has its own compiled schema."""

    def __init__(self, model: Any, tree: etree._Element) -> None:
        kinds = {id(kind): kind for kind in _simple_types(model)}
        self._names = {key: f"v{at}" for at, key in enumerate(kinds)}
        self._text = _schema(tree, kinds.values())
        self._local = threading.local()

    def sound(self, kind: Any, text: str) -> bool:
        """Return whether ``text`` is a value of ``kind``, a simple type of the model."""
        schema: etree.XMLSchema | None = getattr(self._local, "schema", None)
        if schema is None:
            schema = self._local.schema = etree.XMLSchema(etree.fromstring(self._text))
        element = etree.Element(self._names[id(kind)])
        element.text = text
        return bool(schema.validate(element))


def simple_type(declared: XsdElement) -> Any:
    """Return the simple type of an element's text; None for an element that holds elements."""
    kind: Any = declared.type
    if kind is None or kind.is_simple():
        return kind
    return kind.content if kind.has_simple_content() else None


def _simple_types(model: Any) -> Iterator[Any]:
    from xmlschema.validators import XsdAttribute, XsdElement

    for part in model.iter_components():
        if isinstance(part, XsdElement):
            kind = simple_type(part)
        elif isinstance(part, XsdAttribute):
            kind = part.type
        else:
            continue
        if kind is not None:
            yield kind


def _schema(tree: etree._Element, kinds: Any) -> bytes:
    """Return a schema with one global element for each type, in their order."""
    named = {t.get("name"): t for t in tree.iterchildren(f"{XS}simpleType")}
    parts = [etree.tostring(t, encoding="unicode") for t in named.values()]
    for at, kind in enumerate(kinds):
        if kind.local_name in named:
            parts.append(f'<xs:element name="v{at}" type="{kind.local_name}"/>')
        elif kind.local_name:
            parts.append(f'<xs:element name="v{at}" type="xs:{kind.local_name}"/>')
        else:
            own = ET.tostring(kind.elem, encoding="unicode")
            parts.append(
                f'<xs:element name="v{at}"><xs:simpleType>{own}</xs:simpleType></xs:element>'
            )
    return (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">' + "".join(parts) + "</xs:schema>"
    ).encode()
