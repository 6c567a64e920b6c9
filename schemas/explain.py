"""Explains a schema refusal: walks the refused element beside the model that ``xmlschema`` built
from the same XSD.

libxml2 stops at the first error of each content model; a person wants all of them at once, each
once. Runs off the event loop and only for refusals (about 4 ms a message); the accept path never
comes here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Protocol, cast

from lxml import etree

from schemas.findings import Finding, Place, finding
from schemas.judging import Judge
from schemas.start_tag import MOST
from schemas.walking import Walk
from schemas.xml import place_of
from schemas.xsd import Field

_HINTS = {
    "ELT_3": ("请删除 xsi:nil", "remove xsi:nil"),
    "ELT_4": ("请删除 xsi:type", "remove xsi:type"),
    "TYPE_3": ("请检查该元素的属性", "check the attributes of this element"),
    "TYPE_2": ("请检查该元素的内容", "check what stands in this element"),
    "CONTENT": ("请检查子元素及其顺序", "check the elements in it and their order"),
}
"""What to look at, by a part of the name of libxml2's error."""


class Explained(Protocol):
    """What explaining needs of the schema set (``schemas.xsd``)."""

    @property
    def labels(self) -> Mapping[str, Field]:
        """Return every element of every schema by name."""
        ...

    def tree(self, name: str, *, lenient: bool = False) -> etree._Element:
        """Return a schema as one tree."""
        ...

    def whole(self, name: str, *, lenient: bool = False) -> etree._Element:
        """Return the schema ``name`` with the package around it."""
        ...

    def valid(self, name: str, element: etree._Element, *, lenient: bool = False) -> bool:
        """Return whether a content is valid by the schema ``name``."""
        ...

    def valid_message(self, name: str, root: etree._Element, *, lenient: bool = False) -> bool:
        """Return whether a package and its content are valid, in one pass."""
        ...


class Explainer:
    """Findings for refused elements. One per process; models are built once each, under a lock."""

    def __init__(self, schemas: Explained) -> None:
        self._schemas = schemas
        self._models: dict[tuple[str, bool, bool], tuple[Any, Judge]] = {}
        self._lock = threading.Lock()

    def model(self, name: str, *, lenient: bool = False) -> Any:
        """Return the ``xmlschema`` model of a schema: also what forms and documentation are made
        of."""
        return self._model(name, lenient=lenient, whole=False)[0]

    def explain(
        self, name: str, element: etree._Element, *, lenient: bool = False
    ) -> list[Finding]:
        """Return all that is wrong with ``element`` in the eyes of schema ``name``, in document
        order; nothing when it is valid."""
        findings = self._walked(name, element, lenient=lenient, whole=False)
        if findings or self._schemas.valid(name, element, lenient=lenient):
            return findings
        return self._told(self._schemas.tree(name, lenient=lenient), element)

    def explain_message(
        self, name: str, root: etree._Element, *, lenient: bool = False
    ) -> list[Finding]:
        """Return all that is wrong with a package and its content of type ``name``, as ``explain``
        does. Whatever stands in the wrong one of the two is one finding."""
        findings = self._walked(name, root, lenient=lenient, whole=True)
        if findings or self._schemas.valid_message(name, root, lenient=lenient):
            return findings
        return self._told(self._schemas.whole(name, lenient=lenient), root)

    def _model(self, name: str, *, lenient: bool, whole: bool) -> tuple[Any, Judge]:
        with self._lock:
            made = self._models.get((name, lenient, whole))
            if made is None:
                tree = (
                    self._schemas.whole(name, lenient=lenient)
                    if whole
                    else self._schemas.tree(name, lenient=lenient)
                )
                import xmlschema  # half of the start of a command that refuses nothing

                text = etree.tostring(tree, encoding="unicode")
                model = xmlschema.XMLSchema10(text, allow="none", defuse="never")
                made = self._models[name, lenient, whole] = model, Judge(model, tree)
            return made

    def _walked(
        self, name: str, element: etree._Element, *, lenient: bool, whole: bool
    ) -> list[Finding]:
        model, judge = self._model(name, lenient=lenient, whole=whole)
        declared = model.elements.get(element.tag)
        if declared is None:
            wanted = ", ".join(f"<{known}>" for known in model.elements)
            return [finding("XSD.07", self._place(element), found=element.tag, wanted=wanted)]
        walk = Walk(judge, self._schemas.labels)
        walk.element(element, declared)
        return walk.told()

    def _told(self, tree: etree._Element, element: etree._Element) -> list[Finding]:
        """Return what the validator itself complains of. The walk knows every construct that our
        schemas use; whatever it misses is still told of the very element, in words of ours."""
        schema = etree.XMLSchema(tree)
        schema.validate(element)
        findings: dict[str, Finding] = {}
        for entry in list(cast(Any, schema.error_log))[:MOST]:
            at: Any = element.getroottree().xpath(entry.path) if entry.path else []
            where = at[0] if at else element
            key = next((part for part in _HINTS if part in entry.type_name), "")
            zh, en = _HINTS.get(key, ("请对照该元素的说明", "compare with its description"))
            place = self._place(where)
            findings.setdefault(
                str(place.path), finding("XSD.13", place, found=where.tag, hint_zh=zh, hint_en=en)
            )
        return list(findings.values())

    def _place(self, element: etree._Element) -> Place:
        field = self._schemas.labels.get(element.tag)
        return place_of(
            element, field.label_zh if field else None, field.label_en if field else None
        )
