"""What may be wrong with a start tag: its attributes, xsi:nil and xsi:type. And the report that
every part of a walk writes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lxml import etree

from schemas.findings import Finding, Place, finding
from schemas.judging import Judge
from schemas.wording import BLANKS, words_of
from schemas.xml import place_of
from schemas.xsd import Field

if TYPE_CHECKING:
    from xmlschema.validators import XsdElement

MOST = 100
"""Findings after which a message has been told enough: a hostile one could have half a million."""
_NO_ATTRIBUTE = ("没有该属性", "no such attribute")
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_NIL, _TYPE = f"{_XSI}nil", f"{_XSI}type"
_LOCATIONS = frozenset({f"{_XSI}schemaLocation", f"{_XSI}noNamespaceSchemaLocation"})
_XS = "http://www.w3.org/2001/XMLSchema"


class Report:
    """The findings of one walk, at most ``MOST``."""

    def __init__(self, labels: Mapping[str, Field]) -> None:
        self.labels = labels
        self.findings: list[Finding] = []

    @property
    def full(self) -> bool:
        """Return whether enough has been told."""
        return len(self.findings) >= MOST

    def place(self, element: etree._Element) -> Place:
        """Return where an element stands, with its labels."""
        field = self.labels.get(element.tag)
        return place_of(
            element, field.label_zh if field else None, field.label_en if field else None
        )

    def add(self, code: str, place: Place, **texts: Any) -> None:
        """Add a finding of the catalogue, unless enough has been told."""
        self.put(finding(code, place, **texts))

    def put(self, told: Finding) -> None:
        """Add a finding, unless enough has been told."""
        if not self.full:
            self.findings.append(told)


class StartTag:
    """Checks start tags beside their declarations."""

    def __init__(self, judge: Judge, report: Report) -> None:
        self._judge, self._report = judge, report

    def holds(self, element: etree._Element, declared: XsdElement) -> bool:
        """Tell what is wrong with a start tag; return whether its content is to be looked at."""
        if element.attrib or declared.attributes:
            self._attributes(element, declared)
        return self._type_fits(element, declared) and not self._is_nil(element, declared)

    def _is_nil(self, element: etree._Element, declared: XsdElement) -> bool:
        """Return whether nothing more is to be said of an element, for its xsi:nil."""
        said = element.get(_NIL)
        if said is None:
            return False
        text = said.strip(BLANKS)
        name = element.tag
        if text not in ("true", "false", "1", "0"):
            self._nil(
                element, said, "true 或 false", "true or false", "请改正 xsi:nil", "correct xsi:nil"
            )
        elif not declared.nillable:
            self._nil(
                element,
                said,
                "没有 xsi:nil",
                "no xsi:nil",
                f"该元素不可为 nil, 请删除 xsi:nil; 无值时写 <{name}/> (若可为空)",
                f"it is not nillable: remove xsi:nil; without a value write <{name}/> where it may"
                " be empty",
            )
        elif text in ("false", "0"):
            return False
        elif element.text or len(element):
            self._nil(
                element,
                said,
                "xsi:nil 的元素没有内容",
                "no content beside xsi:nil",
                "请删除 xsi:nil, 或删除内容",
                "remove xsi:nil, or the content",
            )
        return True

    def _nil(
        self, element: etree._Element, said: str, zh: str, en: str, hint_zh: str, hint_en: str
    ) -> None:
        self._report.add(
            "XSD.11",
            self._report.place(element),
            found=said,
            wanted=zh,
            wanted_en=en,
            hint_zh=hint_zh,
            hint_en=hint_en,
        )

    def _type_fits(self, element: etree._Element, declared: XsdElement) -> bool:
        """Return whether the element is of its declared type. Only that type may be named: no
        schema of the wire derives another."""
        said = element.get(_TYPE)
        if said is None:
            return True
        prefix, _, name = said.strip(BLANKS).rpartition(":")
        namespace = element.nsmap.get(prefix or None)
        kind: Any = declared.type
        builtin = kind is not None and str(kind.name or "").startswith(f"{{{_XS}}}")
        if kind is None or (
            name == kind.local_name
            and namespace == (_XS if builtin else None)
            and not (prefix and namespace is None)
        ):
            return True
        self._wrong_attribute(element, f'xsi:type="{said}"', *_NO_ATTRIBUTE)
        return False

    def _attributes(self, element: etree._Element, declared: XsdElement) -> None:
        known: Any = declared.attributes
        wild = None in known
        for key, raw in element.attrib.items():
            name, value = str(key), str(raw)
            if name in (_NIL, _TYPE) or name in _LOCATIONS:
                continue
            attribute = known.get(name)
            if attribute is None:
                if not wild:
                    self._wrong_attribute(element, _prefixed(element, name), *_NO_ATTRIBUTE)
            elif attribute.fixed is not None and value != attribute.fixed:
                self._wrong_attribute(
                    element, f'{name}="{value}"', attribute.fixed, attribute.fixed
                )
            elif not self._judge.sound(attribute.type, value):
                words = words_of(attribute.type, filled=True)
                self._wrong_attribute(element, f'{name}="{value}"', words.zh, words.en)
        for name, attribute in known.items():
            if name and attribute.use == "required" and name not in element.attrib:
                words = words_of(attribute.type, filled=True)
                fixed = attribute.fixed
                self._report.add(
                    "XSD.12",
                    self._report.place(element),
                    found=name,
                    wanted=fixed or words.zh,
                    wanted_en=fixed or words.en,
                )

    def _wrong_attribute(self, element: etree._Element, said: str, zh: str, en: str) -> None:
        gone = zh == _NO_ATTRIBUTE[0]
        self._report.add(
            "XSD.09",
            self._report.place(element),
            found=said,
            wanted=zh,
            wanted_en=en,
            hint_zh="请删除该属性" if gone else "请改正该属性",
            hint_en="remove the attribute" if gone else "correct the attribute",
        )


def _prefixed(element: etree._Element, name: str) -> str:
    """Return an attribute's name as it is written, with its prefix."""
    namespace, _, local = name.rpartition("}")
    if not namespace:
        return name
    prefixes = {uri: prefix for prefix, uri in element.nsmap.items()}
    prefix = "xml" if "XML/1998" in namespace else prefixes.get(namespace[1:])
    return f"{prefix}:{local}" if prefix else local
