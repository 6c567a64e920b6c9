"""Every schema of the wire, receipts and reports included: a document with all that it allows is
made from the schema itself, each element is damaged in every way, and the explanation agrees with
the validator."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from schemas.explain import Explainer
from schemas.findings import Finding
from schemas.judging import Judge, simple_type
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet
from tests.mutants import MISSING, Mutant, mutants, unfit

SCHEMAS, READER = SchemaSet(), XmlReader()
EXPLAINER = Explainer(SCHEMAS)
NAMES = SCHEMAS.names()
SHARE = 0.1
CANDIDATES = (
    "1105910159",
    "0100",
    "91110000802100433B",
    "2026-11-23 10:00:00",
    "2026-11-23",
    "2026-11-23T10:00:00",
    "202600000000001000",
    "1",
    "10",
    "B2",
    "0",
    "GRT101",
    "DXPENT0000000001",
    "sha1",
    "1.0",
    "QUJD",
    "A1",
    "text",
)
OURS = "XSD.13"
"""What is told when the walk found nothing: it must never come to that."""


def sample(name: str) -> bytes:
    """A document with every element that the schema knows, of alternatives the first."""
    model = EXPLAINER.model(name)
    judge = Judge(model, SCHEMAS.tree(name))

    def value(kind: Any) -> str:
        listed = [str(each) for each in kind.enumeration or ()]
        return next(text for text in (*listed, *CANDIDATES) if judge.sound(kind, text))

    def fill(element: etree._Element, declared: Any) -> None:
        for key, attribute in declared.attributes.items():
            if key is not None:
                element.set(key, attribute.fixed or value(attribute.type))
        kind = simple_type(declared)
        if kind is not None:
            element.text = value(kind)
            return
        stack = list(declared.type.content)
        while stack:
            part = stack.pop(0)
            if hasattr(part, "model"):
                known = [p for p in part if hasattr(p, "type")]
                stack[:0] = known[:1] if part.model == "choice" else list(part)
            elif getattr(part, "type", None) is not None:
                element.text = "\n"
                child = etree.SubElement(element, part.local_name)
                child.tail = "\n"
                fill(child, part)

    names = list(model.elements)
    root_name = next(
        (n for n in ("BussinessData", "Signature", "DxpMsg", "DxpRep") if n in names), names[0]
    )
    root = etree.Element(root_name)
    fill(root, model.elements[root_name])
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def explained(name: str, body: bytes) -> tuple[bool, list[Finding]]:
    """Whether the validator takes a document, and what the explanation says."""
    root = READER.read(body).root
    return SCHEMAS.valid(name, root), EXPLAINER.explain(name, root)


def wrong(name: str, made: Mutant, body: bytes) -> list[str]:
    if "comment in" in made.damage or "instruction" in made.damage:
        return []  # no document with one reaches a schema
    valid, found = explained(name, made.body)
    if valid:
        return [f"lawful, and yet {f.code}" for f in found]
    told = [f"{f.code}: {each}" for f in found for each in unfit(f)]
    if len(found) != 1:
        return [*told, f"{len(found)} findings {[(f.code, f.field) for f in found]}"]
    (finding,) = found
    if finding.code == OURS:
        told.append("the walk found nothing")
    element = etree.fromstring(body).find(made.path)
    assert element is not None
    names = {made.name}
    if made.damage in ("empty", "nil"):
        names |= {child.tag for child in element}
    if made.damage in ("first", "last", "moved"):
        parent = element.getparent()
        assert parent is not None
        names |= {child.tag for child in parent}
    if finding.field not in names:
        told.append(f"{finding.code} names {finding.field}")
    elif finding.field == made.name and finding.line not in made.lines:
        told.append(f"{finding.code} at line {finding.line}, not {made.lines}")
    return told


def complaints(name: str, share: float) -> list[str]:
    body = sample(name)
    return [
        f"{made.damage} {made.path}: {each}"
        for made in mutants(body, share=share, seed=7)
        for each in wrong(name, made, body)
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.slow
def test_the_document_made_from_a_schema_is_sound_and_nothing_is_said_of_it(name: str) -> None:
    assert explained(name, sample(name)) == (True, [])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.slow
def test_what_a_schema_refuses_is_explained_from_the_schema(name: str) -> None:
    assert complaints(name, SHARE) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_all_that_a_schema_can_refuse_is_explained_from_the_schema(name: str) -> None:
    assert complaints(name, 1.0) == []


@pytest.mark.slow
def test_every_required_element_of_every_schema_is_missed() -> None:
    for name in NAMES:
        body = sample(name)
        for made in mutants(body):
            if made.damage == MISSING:
                valid, found = explained(name, made.body)
                assert valid or made.name in {f.field for f in found}, (name, made.path)
