"""EPORT_RECEIPT_FORM: customs wraps what it sends as asked, and the gateway reads both forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import text

from fixtures.kit.pair.pair import Pair
from schemas.dxp import canonical
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet
from tests.conftest import client, pair_at
from tests.factories import grt101, grt141

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
ROOTS = {"package": {"Package"}, "signature": {f"{{{XMLDSIG}}}Signature"}}


def sent(pair: Pair) -> list[bytes]:
    """The packages of all that customs sent."""
    read: Any = pair.customs.office.store.read_here  # type: ignore[attr-defined]
    query = text("SELECT body FROM c_messages WHERE direction = 'out' ORDER BY id")
    found = [canonical(bytes(row.body)) for row in read(lambda c: c.execute(query).fetchall())]
    return [transport.data for transport in found if transport is not None]


@pytest.mark.parametrize("form", ["package", "signature"])
async def test_a_filing_ends_approved_whatever_form_its_receipts_have(
    tmp_path: Path, form: str
) -> None:
    async with pair_at(tmp_path / "home", receipt_form=form) as pair, client(pair.ready) as api:
        found = await api.approved(grt101("R1", 1))
        await api.control(
            "POST", "/guarantee-requests", {"enterprise": "1105910159", "amount": "1000"}
        )
        await api.taken(grt141(2, etpsPreentNo="R1"))
        packages = sent(pair)
        parked = (await api.control("GET", "/parked")).json["items"]
        feed = await api.receipts()

    assert found["fields"]["gasrNo"]
    assert parked == []
    assert {r["message_type"] for r in feed} >= {"GRT200", "GRT201"}
    assert {str(etree.fromstring(body).tag) for body in packages} == ROOTS[form]
    schemas = SchemaSet()
    for body in packages:
        root = XmlReader().read(body).root
        assert schemas.valid("package", root), schemas.reasons("package", root)
