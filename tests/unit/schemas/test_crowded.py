"""A crowded document is judged as the validator judges its tree."""

from __future__ import annotations

import pytest
from lxml import etree

from schemas.crowded import MOST_SIBLINGS, CrowdedReader
from schemas.xml import LARGE, XmlReader
from schemas.xsd import SchemaSet
from tests.support.growing import fixture

SCHEMA = "GRT151"
ROWS = 600


def crowded(old: bytes = b"", new: bytes = b"", *, everywhere: bool = False) -> etree._Element:
    """A record of 600 accounts, one of which, or each, has ``new`` for ``old``."""
    body = fixture(SCHEMA, "valid_replaced")
    start = body.index(b"<GrtEtpsAcctDt>")
    end = body.index(b"</GrtEtpsAcctDt>") + len(b"</GrtEtpsAcctDt>")
    row = body[start:end]
    assert old in row
    other = row.replace(old, new, 1)
    rows = [other if everywhere or n == ROWS - 1 else row for n in range(ROWS)]
    many = body[:start] + b"".join(rows) + body[end:]
    assert len(many) > LARGE
    return XmlReader().read(many).root


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize(
    ("old", "new", "valid"),
    [
        (b"", b"", True),
        (b"<rmk/>", b"<rmk>a &lt; b &amp;&#13; ]]&gt; c</rmk>", True),
        (b"<rmk/>", b"<rmk>a &lt; b &amp; c ]]&gt; d</rmk>", True),
        (b"<rmk/>", "<rmk>备注 &lt;一&gt;</rmk>".encode(), True),
        (b"<rmk/>", b"<rmk/><!-- a > b &amp; < c --><?p > & < ?>", True),
        (b"<rmk/>", b"<rmk/>text", False),
        (b"<rmk/>", b"", False),
        (b"<dfltMarkcd>1<", b"<dfltMarkcd>123456789<", False),
        (b"<pmnEtpsno>1", b"<pmnEtpsno>\xc2\x85", False),
    ],
)
def test_it_is_judged_as_its_tree(old: bytes, new: bytes, valid: bool, everywhere: bool) -> None:
    schemas, root = SchemaSet(), crowded(old, new, everywhere=everywhere)
    assert CrowdedReader().is_crowded(root)
    of_tree = etree.XMLSchema(schemas.whole(SCHEMA)).validate(root)
    assert schemas.valid_message(SCHEMA, root) is bool(of_tree) is valid
    business = next(root.iter("BussinessData"))
    assert schemas.valid(SCHEMA, business) is valid
    reasons = schemas.reasons(SCHEMA, business)
    assert bool(reasons) is not valid
    assert [reason for reason in reasons if not reason.startswith("Element '")] == []


def test_few_siblings_or_a_small_document_are_no_crowd() -> None:
    reader = XmlReader()
    few = b"<A>" + b"<B/>" * MOST_SIBLINGS + b"</A>"
    many = b"<A>" + b"<B/>" * (MOST_SIBLINGS + 1) + b"</A>"
    filler = b"<!--" + b"x" * LARGE + b"-->"
    assert [
        CrowdedReader().is_crowded(reader.read(body).root)
        for body in (few, many, filler + few, filler + many)
    ] == [False, False, False, True]


def test_what_other_documents_left_in_the_log_of_the_thread_is_no_reason() -> None:
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(b"<another><secret></another>")
    root = next(crowded(b"<rmk/>", b"").iter("BussinessData"))
    first = SchemaSet().reasons(SCHEMA, root)
    assert len(first) == 1
    assert first[0].startswith("Element 'pmnEtps") or first[0].startswith("Element 'GrtEtps")
