"""What live receipts leave empty is read: typecd, businessId, remark (docs/wire.md 2.6)."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from schemas.package import Envelope, Pocket, encode_package, rows_of
from schemas.plain import PlainReader
from schemas.receipts import decode_approval
from schemas.xsd import SchemaSet
from tests.unit.schemas.test_xsd_all import FULL

SCHEMAS = SchemaSet()


@pytest.mark.parametrize("code", ["GRT211", "GRT221", "GRT251", "GRT261"])
@pytest.mark.parametrize("empty", [("typecd",), ("typecd", "businessId", "rmk", "note")])
def test_a_receipt_with_empty_elements_is_read_both_ways(code: str, empty: tuple[str, ...]) -> None:
    inner = FULL[code]
    for name in empty:
        inner = re.sub(rf"<{name}>[^<]*</{name}>", f"<{name}/>", inner, count=1)
    business = etree.fromstring(f"<BussinessData>{inner}</BussinessData>")
    envelope = Envelope(
        message_id="M" * 40,
        message_type=code,
        sender_id="DXPEDCGRT0000001",
        receiver_id="DXPENT0000000001",
        send_time="2026-11-28T01:06:23",
        file_name="M.GRT",
    )
    own = Pocket(pocket_id="202600000000000001-" + "0a" * 16)
    plain = PlainReader(SCHEMAS).read(code, encode_package(envelope, inner, own))
    answer = decode_approval(rows_of(business[0]))

    assert SCHEMAS.valid(code, business), SCHEMAS.reasons(code, business)
    assert answer is not None
    assert (answer.kind, answer.result) == ("", "1")
    if plain is not None:
        assert plain.pocket_id == own.pocket_id
        assert decode_approval(plain.business[code]) == answer
