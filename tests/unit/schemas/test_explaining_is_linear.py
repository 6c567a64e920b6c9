"""Explaining costs no more than its message is long: twice the rows, unknown elements, blanks or
attributes take about twice the work. Measured in CPU time under doubling, best of several."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from lxml import etree

from schemas.explain import Explainer
from schemas.findings import Finding
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet
from tests.factories import grt101, grt121, target_row

pytestmark = pytest.mark.alone
"""Ratios of processor time: they mean something where nothing else runs beside."""

EXPLAINER = Explainer(SchemaSet())
READER = XmlReader()


def rows(count: int) -> bytes:
    """Sound rows, and one that is not."""
    text = grt121().decode()
    row = "<GrtCrdwInDt>" + "".join(f"<{k}>{v}</{k}>" for k, v in target_row().items())
    row += "</GrtCrdwInDt>"
    return text.replace("</GrtMessage>", row * count + "<GrtCrdwInDt/></GrtMessage>").encode()


def crowd(element: str) -> Callable[[int], bytes]:
    def make(count: int) -> bytes:
        return grt101().replace(
            b"</GrtGasrLevyBsc>", element.encode() * count * 4 + b"</GrtGasrLevyBsc>"
        )

    return make


DOCUMENTS: dict[str, Callable[[int], bytes]] = {
    "rows": rows,
    "unknown elements": crowd("<x/>"),
    "doubles": crowd("<rmk/>"),
    "out of order": crowd("<rmk/><gasrNo/>"),
    "comments": crowd("<!----><x/>"),
    "misspelt": crowd("<gasrAmnt/>"),
    "stray text": crowd("a<x/>"),
    "a long value": lambda count: grt101(rmk="９" * (count * 100 + 4000)),
    "blanks in an amount": lambda count: grt101(gasrAmt="\u3000" * count * 20 + "5"),
}


def explained(body: bytes) -> list[Finding]:
    root: etree._Element = READER.read(body).root
    code = root.findtext(".//message_type") or ""
    return EXPLAINER.explain_message(code, root)


def work(make: Callable[[int], bytes], count: int) -> float:
    """The least CPU seconds of several explanations."""
    root = READER.read(make(count)).root
    code = root.findtext(".//message_type") or ""
    took = []
    for _ in range(4):
        began = time.thread_time()
        EXPLAINER.explain_message(code, root)
        took.append(time.thread_time() - began)
    return min(took)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_twice_the_message_takes_about_twice_the_work(name: str) -> None:
    make = DOCUMENTS[name]
    assert explained(make(10))

    for _ in range(4):
        one, four = work(make, 1000), work(make, 4000)
        if four < 8 * one + 0.02:
            break
    assert four < 8 * one + 0.02, (one, four)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_told_has_an_end(name: str) -> None:
    assert 1 <= len(explained(DOCUMENTS[name](2000))) <= 100
