"""Mutants of a document: one element damaged in one way, and where a refusal has to point.

Nothing here knows a schema. Whether a damage is lawful is asked of the validator by the tests.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from schemas.findings import Finding

XSI = "http://www.w3.org/2001/XMLSchema-instance"
Target = etree._Element
"""Where the refusal has to point."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """``names``: the element that a refusal names. ``lines``: where it may say that it stands."""

    damage: str
    body: bytes
    path: str
    name: str
    lines: range


def _leaf(element: etree._Element) -> bool:
    return len(element) == 0


def _text(change: Callable[[str], str]) -> Callable[[etree._Element], Target | None]:
    """Damage the text of a leaf; not of one whose text stays as it is."""

    def damage(element: etree._Element) -> Target | None:
        before = element.text or ""
        if not _leaf(element) or change(before) == before:
            return None
        element.text = change(before)
        return element

    return damage


def _empty(element: etree._Element) -> Target | None:
    if _leaf(element) and not element.text:
        return None
    tail = element.tail
    for child in list(element):
        element.remove(child)
    element.text, element.tail = None, tail
    return element


def _doubled(element: etree._Element) -> Target | None:
    again = copy.deepcopy(element)
    element.addnext(again)
    return again


def _last(element: etree._Element) -> Target | None:
    """The element stands behind all its siblings."""
    parent = element.getparent()
    if parent is None or element.getnext() is None:
        return None
    parent.append(element)
    return element


def _first(element: etree._Element) -> Target | None:
    parent = element.getparent()
    if parent is None or element.getprevious() is None:
        return None
    parent.insert(0, element)
    return element


def _moved(element: etree._Element) -> Target | None:
    """The element stands beside its parent."""
    parent = element.getparent()
    if parent is None or parent.getparent() is None:
        return None
    parent.addnext(element)
    return element


def _nil(content: bool) -> Callable[[etree._Element], Target | None]:
    def damage(element: etree._Element) -> Target | None:
        if not content:
            tail = element.tail
            for child in list(element):
                element.remove(child)
            element.text, element.tail = None, tail
        elif not element.text:
            return None
        element.set(f"{{{XSI}}}nil", "true")
        return element

    return damage


def _attribute(name: str, value: str) -> Callable[[etree._Element], Target | None]:
    def damage(element: etree._Element) -> Target | None:
        element.set(name, value)
        return element

    return damage


def _without_attribute(element: etree._Element) -> Target | None:
    if not element.attrib:
        return None
    del element.attrib[sorted(element.attrib)[0]]
    return element


def _wrong_attribute(element: etree._Element) -> Target | None:
    if not element.attrib:
        return None
    element.set(sorted(element.attrib)[0], "")
    return element


def _comment(element: etree._Element) -> Target | None:
    if not _leaf(element) or not element.text:
        return None
    note = etree.Comment("note")
    note.tail, element.text = element.text[1:], element.text[:1]
    element.append(note)
    return element


def _instruction(element: etree._Element) -> Target | None:
    if not _leaf(element) or not element.text:
        return None
    element.append(etree.ProcessingInstruction("page", "break"))
    return element


def _comment_before(element: etree._Element) -> Target | None:
    if element.getparent() is None:
        return None
    element.addprevious(etree.Comment("note"))
    return element


def _cdata(element: etree._Element) -> Target | None:
    if not _leaf(element) or not element.text:
        return None
    element.text = etree.CDATA(element.text)
    return element


def _stray(text: str) -> Callable[[etree._Element], Target | None]:
    """Text where only elements may stand."""

    def damage(element: etree._Element) -> Target | None:
        if _leaf(element):
            return None
        element[0].tail = text + (element[0].tail or "")
        return element

    return damage


def _stray_cdata(element: etree._Element) -> Target | None:
    if _leaf(element):
        return None
    element.text = etree.CDATA("stray")
    return element


def _child(element: etree._Element) -> Target | None:
    """An element inside a value."""
    if not _leaf(element) or not element.text:
        return None
    return etree.SubElement(element, "b")


def _misspelt(element: etree._Element) -> Target | None:
    element.tag = f"{element.tag}X"
    return element


def _namespace(element: etree._Element) -> Target | None:
    element.tag = f"{{urn:elsewhere}}{etree.QName(element).localname}"
    return element


BLANKS = {"U+3000": "\u3000", "NBSP": "\u00a0", "ZWSP": "\u200b", "BOM": "\ufeff", "space": " "}
_WIDE = {ord("0") + n: ord("０") + n for n in range(10)}

DAMAGES: dict[str, Callable[[etree._Element], Target | None]] = {
    "empty": _empty,
    "doubled": _doubled,
    "moved": _moved,
    "last": _last,
    "first": _first,
    "too long": _text(lambda text: (text or "9")[:200] * 5000),
    "wrong characters": _text(lambda text: text + "\u0085é"),
    "a sign": _text(lambda text: "-" + text),
    "letters": _text(lambda _: "abc"),
    "full width": _text(lambda text: text.translate(_WIDE)),
    "a wrong date": _text(lambda text: re.sub(r"-\d\d-\d\d", "-02-30", text)),
    "slashes": _text(lambda text: re.sub(r"-(\d\d)-(\d\d)", r"/\1/\2", text)),
    "half a date": _text(lambda text: text[:7] if re.match(r"\d{4}-\d\d-", text) else text),
    "nil": _nil(content=False),
    "nil beside content": _nil(content=True),
    "nil, no boolean": _attribute(f"{{{XSI}}}nil", "yes"),
    "xsi:type": _attribute(f"{{{XSI}}}type", "Wrong"),
    "an unknown attribute": _attribute("colour", "red"),
    "an attribute with a prefix": _attribute("{urn:elsewhere}colour", "red"),
    "xml:lang": _attribute("{http://www.w3.org/XML/1998/namespace}lang", "zh"),
    "without its attribute": _without_attribute,
    "its attribute empty": _wrong_attribute,
    "a comment in the value": _comment,
    "an instruction in the value": _instruction,
    "a comment before": _comment_before,
    "CDATA": _cdata,
    "stray text": _stray("stray"),
    "a stray ideographic space": _stray("\u3000"),
    "stray CDATA": _stray_cdata,
    "an element in the value": _child,
    "misspelt": _misspelt,
    "another namespace": _namespace,
} | {
    f"{name} {where}": _text(change)
    for name, blank in BLANKS.items()
    for where, change in {
        "behind": lambda text, blank=blank: text + blank,
        "before": lambda text, blank=blank: blank + text if text else text,
        "within": lambda text, blank=blank: text[:1] + blank + text[1:] if text[1:] else text,
        "alone": lambda text, blank=blank: blank,
    }.items()
}
"""Name of a damage to what does it: it answers with the element that a refusal has to point at, or
None where the element cannot be damaged so. What is missing is apart."""
MISSING = "missing"


Steps = tuple[int, ...]
"""The way from the root to an element: which child at each step."""


def _steps(element: etree._Element) -> Steps:
    steps: list[int] = []
    while (parent := element.getparent()) is not None:
        steps.append(list(parent.iterchildren("*")).index(element))
        element = parent
    return tuple(reversed(steps))


def _at(root: etree._Element, steps: Steps) -> etree._Element:
    for step in steps:
        root = list(root.iterchildren("*"))[step]
    return root


def elements(document: bytes) -> list[Steps]:
    """The way to every element of a document, but its root."""
    root = etree.fromstring(document)
    return [_steps(e) for e in root.iter("*") if e is not root]


def mutant(document: bytes, steps: Steps, damage: str) -> Mutant | None:
    """One damage of one element; None where it cannot be damaged so."""
    root = etree.fromstring(document)
    element = _at(root, steps)
    path = root.getroottree().getelementpath(element)
    if damage == MISSING:
        return _without(root, element, path)
    target = DAMAGES[damage](element)
    if target is None:
        return None
    where = _steps(target)
    body = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    there = _at(etree.fromstring(body), where)
    name = etree.QName(there).localname
    return Mutant(damage, body, path, name, range(there.sourceline, there.sourceline + 1))


def _without(root: etree._Element, element: etree._Element, path: str) -> Mutant:
    """The element is gone: it belongs somewhere between its neighbours."""
    parent = element.getparent()
    name = etree.QName(element).localname
    element.addprevious(etree.Comment("here"))
    parent.remove(element)
    marked = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    (note,) = [n for n in etree.fromstring(marked).iter(etree.Comment) if n.text == "here"]
    body = marked.replace(b"<!--here-->", b"")
    return Mutant(
        MISSING, body, path, name, range(note.getparent().sourceline, note.sourceline + 1)
    )


def mutants(document: bytes, *, share: float = 1.0, seed: int = 0) -> Iterator[Mutant]:
    """Every mutant of a document, or a share of them: of each damage about so many."""
    drawn = random.Random(seed)
    for steps in elements(document):
        for damage in (MISSING, *DAMAGES):
            if drawn.random() < share and (made := mutant(document, steps, damage)) is not None:
                yield made


QUOTED = re.compile(r'"[^"]*"|<[^<>]*>')
CHINESE = re.compile(r"[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]")


def unfit(finding: Finding) -> list[str]:
    """What is wrong with the words of a finding, whatever it says."""
    wrong = []
    if not CHINESE.search(finding.message_zh):
        wrong.append("no Chinese")
    if CHINESE.search(QUOTED.sub("", finding.message_en)):
        wrong.append("Chinese in English")
    if CHINESE.search(QUOTED.sub("", (finding.hint_en or "").partition("write ")[0])):
        wrong.append("Chinese in an English hint")
    if not finding.hint_zh or not finding.hint_en:
        wrong.append("no hint")
    if not (finding.message_zh + finding.message_en).isprintable():
        wrong.append("a raw control character")
    if re.search(r"Element '|facet|Expected is", finding.message_en):
        wrong.append("the validator's own words")
    if finding.layer == "schema" and not finding.wanted:
        wrong.append("nothing wanted")
    return wrong
