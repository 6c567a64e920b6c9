"""Where SysId, OperCusRegCode and DelcareFlag may stand: one reading for all places that public
senders use, a warning for the older one, a finding for the rest."""

from __future__ import annotations

from itertools import permutations

import pytest
from lxml import etree

from fixtures import corpus
from schemas.package import Package, open_package, texts
from schemas.placement import settle
from schemas.plain import PlainReader
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet
from tests.bench.sample import submission

SCHEMAS = SchemaSet()
FILINGS = ("GRT101", "GRT111", "GRT121", "GRT151", "GRT161")
SYSTEM, OPERATOR = "<SysId>B2</SysId>", "<OperCusRegCode>1105910159</OperCusRegCode>"
FLAG = "<DelcareFlag>1</DelcareFlag>"


def content(code: str) -> tuple[str, str]:
    """The holder of a full sample and what is in it besides the two."""
    file = next(f for f in corpus.files(code, "valid") if f.name == "valid_full.xml")
    business = open_package(XmlReader().read(file.read_bytes())).business
    holder = business[0]
    inner = "".join(
        etree.tostring(child, encoding="unicode").strip()
        for child in holder
        if child.tag not in ("SysId", "OperCusRegCode", "SeqNo")
    )
    return holder.tag, inner


def business(text: str) -> etree._Element:
    return etree.fromstring(f"<BussinessData>{text}</BussinessData>")


def shape(element: etree._Element) -> list[str]:
    return [child.tag for child in element]


PLACES = [(("", "{own}"), flag) for flag in ("{flag}{message}", "{message}{flag}")] + [
    (("{own}", ""), flag) for flag in ("{flag}{message}", "{message}{flag}")
]


@pytest.mark.parametrize("code", [*FILINGS, "GRT141"])
@pytest.mark.parametrize(
    "own", [*permutations((SYSTEM, OPERATOR)), (OPERATOR,), ("<SysId/>", OPERATOR)]
)
@pytest.mark.parametrize(("ends", "order"), PLACES)
def test_a_public_place_reads_as_the_documented_one(
    code: str, own: tuple[str, ...], ends: tuple[str, str], order: str
) -> None:
    holder, inner = content(code)
    first, last = (end.format(own="".join(own)) for end in ends)
    message = f"<{holder}>{first}{inner}{last}</{holder}>"
    element = business(order.format(message=message, flag=FLAG))

    assert settle(element) == ()
    assert SCHEMAS.valid(code, element), SCHEMAS.reasons(code, element)
    assert shape(element) == [holder, "DelcareFlag"]
    assert shape(element[0])[-1] == "OperCusRegCode"
    assert texts(element[0])["OperCusRegCode"] == "1105910159"


@pytest.mark.parametrize("code", FILINGS)
def test_one_before_and_one_after_is_as_good(code: str) -> None:
    holder, inner = content(code)
    element = business(f"<{holder}><SeqNo/>{OPERATOR}{inner}{SYSTEM}</{holder}>{FLAG}")

    assert settle(element) == ()
    assert SCHEMAS.valid(code, element), SCHEMAS.reasons(code, element)


@pytest.mark.parametrize("code", [*FILINGS, "GRT141"])
@pytest.mark.parametrize("order", sorted(permutations((SYSTEM, OPERATOR, FLAG))))
@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_place_beside_the_message_is_read_with_one_warning(
    code: str, order: tuple[str, ...], before: int
) -> None:
    holder, inner = content(code)
    message = f"<{holder}>{inner}</{holder}>"
    element = business("".join((*order[:before], message, *order[before:])))

    (warning,) = settle(element)

    assert (warning.code, warning.severity, warning.wanted) == ("XML.06", "warning", holder)
    assert "SysId" in (warning.value or "")
    assert holder in warning.message_zh
    assert holder in warning.message_en
    assert SCHEMAS.valid(code, element), SCHEMAS.reasons(code, element)


def test_a_place_between_body_and_rows_is_the_schemas_finding() -> None:
    holder, inner = content("GRT121")
    body, row, rest = inner.partition("<GrtCrdwInDt>")
    element = business(f"<{holder}>{body}{SYSTEM}{row}{rest}{OPERATOR}</{holder}>{FLAG}")

    assert row
    assert settle(element) == ()
    assert not SCHEMAS.valid("GRT121", element)


@pytest.mark.parametrize("beside", [SYSTEM, OPERATOR, SYSTEM + OPERATOR])
def test_two_of_one_are_too_many_wherever_they_stand(beside: str) -> None:
    holder, inner = content("GRT101")
    element = business(f"<{holder}>{inner}{SYSTEM}{OPERATOR}</{holder}>{FLAG}{beside}")

    settle(element)

    assert not SCHEMAS.valid("GRT101", element)


def test_every_shipped_placement_opens_to_one_filing() -> None:
    opened: list[Package] = [
        open_package(XmlReader().read(file.read_bytes()))
        for file in corpus.files("GRT101", "valid")
        if file.name.startswith("valid_place_")
    ]

    assert len(opened) == 12
    assert {tuple(shape(each.business)) for each in opened} == {("GrtMessage", "DelcareFlag")}
    assert {texts(each.business[0])["OperCusRegCode"] for each in opened} == {"1105910159"}
    assert sum(bool(each.warnings) for each in opened) == 1


def test_the_measured_message_is_plain() -> None:
    plain = PlainReader(SCHEMAS).read("GRT101", submission("R0001", 1))

    assert plain is not None
    assert plain.business["GrtMessage"]["OperCusRegCode"] == "1105910159"
