"""The reason of a decision in the notes of its receipt, and the advice about an element out of
order."""

from __future__ import annotations

import pytest
from lxml import etree

from schemas.explain import Explainer
from schemas.filing import without_old_nil
from schemas.receipts import decode_approval, reasons_told
from schemas.xsd import SchemaSet
from tests.unit.schemas.test_xsd_all import FULL, business

SCHEMAS = SchemaSet()


def read(notes: tuple[str, ...]) -> tuple[str, ...]:
    head = {"etpsPreentNo": "R1", "manageResult": "3"}
    answer = decode_approval({"HdeApprResult": [head], "CheckInfo": [{"note": n} for n in notes]})
    assert answer is not None
    return answer.notes


EXPLAINER = Explainer(SCHEMAS)


@pytest.mark.parametrize(
    ("notes", "first"),
    [
        (("one",), "one"),
        (("one", "two", "three"), "one; two; three"),
        (("甲" * 200, "乙" * 200), "甲" * 200 + "; " + "乙" * 53),
    ],
)
def test_the_whole_reason_stands_in_the_first_note(notes: tuple[str, ...], first: str) -> None:
    told = reasons_told(notes)

    assert told[0] == first
    assert len(told[0]) <= 255
    assert told[-len(notes) :] == notes
    assert read(told) == notes


@pytest.mark.parametrize("notes", [(), ("a",), ("a", "b"), ("a; b", "a", "c"), ("a", "a", "a")])
def test_other_notes_are_read_as_they_stand(notes: tuple[str, ...]) -> None:
    assert read(notes) == notes


def test_no_notes_are_no_reason() -> None:
    assert reasons_told(()) == ()


def test_what_belongs_first_is_told_so() -> None:
    """Seq: the parent is no element that its own child could stand behind."""
    element = business(FULL["GRT121"])
    holder = element[0]
    holder.append(holder[0])

    (finding,) = EXPLAINER.explain("GRT121", element)

    assert (finding.code, finding.field) == ("XSD.06", "SeqNo")
    assert "<GrtMessage> 的开头" in finding.message_zh
    assert "first in <GrtMessage>" in finding.message_en


def test_what_belongs_behind_another_is_told_so() -> None:
    element = business(FULL["GRT121"])
    body = element[0].find("GrtRtnbkCrdwDt")
    assert body is not None
    body.append(body[3])

    (finding,) = EXPLAINER.explain("GRT121", element)

    assert (finding.code, finding.field) == ("XSD.06", "etpsPreentNo")
    assert "<chgTmsCnt> 之后" in finding.message_zh
    assert "after <chgTmsCnt>" in finding.message_en


@pytest.mark.parametrize("code", ["GRT121", "GRT221", "GRT302"])
@pytest.mark.parametrize("name", ["masterCuscd", "rtnbkCrdwNo"])
def test_what_was_once_written_nil_is_read_as_empty(code: str, name: str) -> None:
    element = business(FULL[code])
    node = element.find(f".//{name}")
    assert node is not None
    node.text = None
    node.set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")

    assert not SCHEMAS.valid(code, element)
    assert without_old_nil(element)
    assert SCHEMAS.valid(code, element)
    assert not without_old_nil(etree.fromstring("<BussinessData/>"))
