"""Explains a schema refusal: walks the refused element beside the model that ``xmlschema`` built
from the same XSD.

libxml2 stops at the first error of each content model; a person wants all of them at once. Runs off
the event loop and only for refusals (about 4 ms a message); the accept path never comes here.
"""

from __future__ import annotations

import threading
from collections import Counter
from difflib import get_close_matches
from itertools import groupby
from typing import Any, cast

import xmlschema
from lxml import etree
from xmlschema.validators import XsdElement

from schemas.findings import Finding, Place, compose, finding
from schemas.xml import line_of, place_of
from schemas.xsd import SchemaSet

MONEY = frozenset({"WholeYuan", "Amount"})
"""Types whose form is a rule of its own (X.09, ``docs/rules.md`` 2.4)."""
MOST = 100
"""Findings after which a message has been told enough: a hostile one could have half a million."""


class Explainer:
    """Findings for refused elements. One per process; models are built once each, under a lock."""

    def __init__(self, schemas: SchemaSet) -> None:
        self._schemas = schemas
        self._models: dict[tuple[str, bool], Any] = {}
        self._lock = threading.Lock()

    def model(self, name: str, *, lenient: bool = False) -> Any:
        """Return the ``xmlschema`` model of a schema: also what forms and documentation are made
        of."""
        with self._lock:
            model = self._models.get((name, lenient))
            if model is None:
                text = self._schemas.text(name, lenient=lenient).decode()
                model = self._models[name, lenient] = xmlschema.XMLSchema10(
                    text, allow="none", defuse="never"
                )
            return model

    def explain(
        self, name: str, element: etree._Element, *, lenient: bool = False
    ) -> list[Finding]:
        """Return all that is wrong with ``element`` in the eyes of schema ``name``, in document
        order; nothing when it is valid."""
        model = self.model(name, lenient=lenient)
        declared = model.elements.get(element.tag)
        if declared is None:
            return [finding("XSD.07", self._place(element), found=element.tag)]
        findings: list[Finding] = []
        self._element(element, declared, findings)
        if not findings and not self._schemas.valid(name, element, lenient=lenient):
            # The walk knows every construct our schemas use; whatever it misses is still said, in
            # the validator's words.
            for reason in self._schemas.reasons(name, element)[:5]:
                findings.append(
                    finding(
                        "XSD.04",
                        self._place(element),
                        found=reason,
                        wanted="XSD",
                        hint_zh="",
                        hint_en="",
                    )
                )
        return findings

    def _place(self, element: etree._Element) -> Place:
        field = self._schemas.labels.get(element.tag)
        return place_of(
            element, field.label_zh if field else None, field.label_en if field else None
        )

    def _element(
        self, element: etree._Element, declared: XsdElement, findings: list[Finding]
    ) -> None:
        if declared.type.is_complex() and not declared.type.has_simple_content():
            self._attributes(element, declared, findings)
            self._children(element, declared, findings)
        elif next(element.iterchildren("*"), None) is not None:
            first = next(element.iterchildren("*"))
            findings.append(finding("XSD.07", self._place(first), found=first.tag, wanted=""))
        else:
            self._attributes(element, declared, findings)
            nil = element.get("{http://www.w3.org/2001/XMLSchema-instance}nil") in ("true", "1")
            if not (nil and declared.nillable and not element.text):
                self._value(element, declared, findings)

    def _children(
        self, element: etree._Element, declared: XsdElement, findings: list[Finding]
    ) -> None:
        group: Any = cast(Any, declared.type).content
        particles = [p for p in group.iter_elements() if isinstance(p, XsdElement)]
        if any(not isinstance(p, XsdElement) for p in group.iter_elements()):
            # an open content model (BussinessData of the envelope): judged by a schema of its own
            return
        order = [p.local_name for p in particles]
        known = {p.local_name: p for p in particles}
        children = list(element.iterchildren("*"))
        if (text := (element.text or "") + "".join(c.tail or "" for c in element)).strip():
            findings.append(finding("XSD.10", self._place(element), found=text.strip()))
        counts = Counter(child.tag for child in children)
        ordered = group.model == "sequence"
        places = [
            place for place, _ in groupby(order.index(c.tag) for c in children if c.tag in known)
        ]
        kept = (
            _in_order(places[: 3 * MOST]) if ordered else set()
        )  # quadratic; a list of one name counts as one place
        seen: set[str] = set()
        for child in children:
            if len(findings) >= MOST:
                return
            if child.tag not in known:
                near = get_close_matches(
                    child.tag[:64], [n for n in order if not counts[n]] or order, 1
                )
                hint = (
                    ("请删除", "remove it")
                    if not near
                    else (f"是否应为 {near[0]}", f"did you mean {near[0]}")
                )
                findings.append(
                    finding(
                        "XSD.07",
                        self._place(child),
                        found=child.tag,
                        wanted=hint[0],
                        wanted_en=hint[1],
                    )
                )
                continue
            particle = known[child.tag]
            most = particle.max_occurs
            if child.tag in seen and most is not None and counts[child.tag] > most:
                findings.append(
                    finding("XSD.05", self._place(child), found=counts[child.tag], wanted=most)
                )
                continue
            at = order.index(child.tag)
            if ordered and at not in kept:
                after = next((n for n in reversed(order[:at]) if counts[n]), None)
                findings.append(
                    finding(
                        "XSD.06",
                        self._place(child),
                        found=child.tag,
                        wanted=f"<{after}> 之后" if after else f"<{element.tag}> 内的最前面",
                        wanted_en=(
                            f"after <{after}>"
                            if after
                            else f"as the first child of <{element.tag}>"
                        ),
                    )
                )
            seen.add(child.tag)
            self._element(child, particle, findings)
        for at, name in enumerate(order):
            if not counts[name] and known[name].min_occurs:
                findings.append(self._missing(element, name, order[:at]))

    def _missing(self, parent: etree._Element, name: str, before: list[str]) -> Finding:
        field = self._schemas.labels.get(name)
        here = place_of(parent)
        anchor = next((c for n in reversed(before) for c in parent.iterchildren(n)), None)
        zh = f"<{anchor.tag}> 之后" if anchor is not None else f"<{parent.tag}> 的开头"
        en = f"after <{anchor.tag}>" if anchor is not None else f"first in <{parent.tag}>"
        place = Place(
            field=name,
            path=f"{here.path}/{name}",
            line=line_of(anchor) if anchor is not None else here.line,
            label_zh=field.label_zh if field else None,
            label_en=field.label_en if field else None,
        )
        return finding("XSD.01", place, wanted=zh, wanted_en=en)

    def _value(
        self, element: etree._Element, declared: XsdElement, findings: list[Finding]
    ) -> None:
        value = element.text or ""
        simple: Any = declared.type
        errors = list(simple.iter_errors(value))
        if not errors:
            return
        field = self._schemas.labels.get(element.tag)
        kind = simple.local_name or ""
        if kind not in self._schemas.type_texts and field and field.type_name:
            kind = field.type_name  # a draft's union has no name of its own
        words = self._schemas.type_texts.get(kind)
        zh, en = (words.zh, words.en) if words else (kind or "XSD", kind or "XSD")
        place = self._place(element)
        if kind in MONEY and value.strip():
            findings.append(money(place, value, whole=kind == "WholeYuan"))
        elif not value:
            findings.append(finding("XSD.02", place, wanted=zh, wanted_en=en))
        else:
            facets = {type(error.validator).__name__: error.validator for error in errors}
            length = facets.keys() & {"XsdMaxLengthFacet", "XsdLengthFacet", "XsdMinLengthFacet"}
            if "XsdMaxLengthFacet" in facets:
                most = getattr(facets["XsdMaxLengthFacet"], "value", "")
                zh, en = f"至多 {most} 个字符", f"at most {most} characters"
            findings.append(
                finding(
                    "XSD.03" if length else "XSD.04", place, found=value, wanted=zh, wanted_en=en
                )
            )

    def _attributes(
        self, element: etree._Element, declared: XsdElement, findings: list[Finding]
    ) -> None:
        attributes: Any = declared.attributes
        given = {str(k): str(v) for k, v in element.attrib.items() if not str(k).startswith("{")}
        for name, value in given.items():
            known = attributes.get(name)
            if known is None:
                findings.append(
                    finding(
                        "XSD.09",
                        self._place(element),
                        found=name,
                        wanted="(无)",
                        wanted_en="(none)",
                    )
                )
            elif not known.type.is_valid(value):
                allowed = ", ".join(str(v) for v in known.type.enumeration or []) or (
                    known.type.local_name or ""
                )
                findings.append(
                    finding(
                        "XSD.09", self._place(element), found=f'{name}="{value}"', wanted=allowed
                    )
                )
        for name, known in attributes.items():
            if name and known.use == "required" and name not in given:
                findings.append(
                    finding(
                        "XSD.09",
                        self._place(element),
                        found=name,
                        wanted="必填",
                        wanted_en="present",
                    )
                )


def _in_order(places: list[int]) -> set[int]:
    """Return the longest run of places that is in order: whatever is not in it was moved."""
    best: list[tuple[int, ...]] = []
    for place in places:
        before: tuple[int, ...] = max(
            (run for run in best if run[-1] <= place), key=len, default=()
        )
        best.append((*before, place))
    longest: tuple[int, ...] = max(best, key=len, default=())
    return set(longest)


def money(place: Place, value: str, *, whole: bool) -> Finding:
    """Return X.09 for an amount in the wrong form, with the amount that it was probably meant to
    be."""
    plain = (
        value.strip()
        .replace(",", "")
        .replace("，", "")
        .replace(" ", "")
        .removeprefix("¥")
        .removeprefix("+")
    )
    digits, _, rest = plain.partition(".")
    meant = ""
    if digits.isascii() and digits.isdigit() and (not rest or (rest.isascii() and rest.isdigit())):
        meant = digits if whole and not rest.strip("0") else "" if whole else plain
        meant = (
            "" if meant == value.strip() else meant
        )  # then it is wrong in another way: too long, too many decimals
    wanted_zh = (
        "不带千分位分隔符的整数, 单位元"
        if whole
        else "不带千分位分隔符的金额, 单位元, 最多 2 位小数"
    )
    wanted_en = (
        "a whole number of 元 without separators"
        if whole
        else "an amount in 元 without separators, at most 2 decimals"
    )
    return compose(
        code="X.09",
        layer="rule",
        severity="error",
        place=place,
        value=value,
        wanted=wanted_en,
        zh=f"填报“{value[:80]}”, 应为{wanted_zh}",
        en=f'found "{value[:80]}"; wanted {wanted_en}',
        hint_zh=f"请写 {meant}" if meant else "请改正",
        hint_en=f"write {meant}" if meant else "correct it",
    )
