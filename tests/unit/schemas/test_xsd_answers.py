"""The XSDs of the wire: receipts and transport accept and refuse what they should."""

from __future__ import annotations

import pytest
import xmlschema
from lxml import etree

from tests.unit.schemas.xsd_samples import (
    ANSWER,
    DECIDED,
    DXP,
    STORED,
    TRANSPORT,
    XSD_DIR,
    changed,
    schema,
)


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("grt/GRT200.xsd", STORED),
        ("grt/GRT201.xsd", DECIDED),
        ("grt/GRT201.xsd", "<BussinessData><GRT201/></BussinessData>"),
        (
            "CommonResponeMessage.xsd",
            "<CommonResponeMessage><EtpsPreentNo/><CheckInfo>失败</CheckInfo><DealFlag>-1</DealFlag></CommonResponeMessage>",
        ),
        ("DxpMsg.xsd", TRANSPORT),
        ("DxpRep.xsd", ANSWER),
    ],
)
def test_an_answer_as_the_field_sends_it_is_valid(name: str, document: str) -> None:
    schema(name).assertValid(etree.fromstring(document))
    xmlschema.XMLSchema10(str(XSD_DIR / name)).validate(document)


@pytest.mark.parametrize(
    ("name", "document", "field", "value"),
    [
        ("grt/GRT200.xsd", STORED, "resutType", "10"),
        ("grt/GRT200.xsd", STORED, "manageDate", "2026-11-23T10:00:05"),
        ("grt/GRT200.xsd", STORED, "totalPocketQty", ""),
        ("grt/GRT201.xsd", DECIDED, "tmsCnt", "-1"),
        ("grt/GRT201.xsd", DECIDED, "note", "x" * 256),
        ("grt/GRT201.xsd", DECIDED, "manageResult", ""),
        ("DxpMsg.xsd", TRANSPORT, f"{{{DXP}}}Data", "not base64!"),
        ("DxpMsg.xsd", TRANSPORT, f"{{{DXP}}}SenderId", "x" * 17),
        ("DxpMsg.xsd", TRANSPORT, f"{{{DXP}}}Key", "x" * 65),
        ("DxpRep.xsd", ANSWER, f"{{{DXP}}}NoticeTime", "2026-11-23T10:00:00"),
    ],
)
def test_an_answer_with_a_wrong_value_is_refused(
    name: str, document: str, field: str, value: str
) -> None:
    assert not schema(name).validate(changed(etree.fromstring(document), field, value))


@pytest.mark.parametrize(("name", "document"), [("DxpMsg.xsd", TRANSPORT), ("DxpRep.xsd", ANSWER)])
def test_a_transport_schema_also_works_without_its_namespace(name: str, document: str) -> None:
    source = (XSD_DIR / name).read_text(encoding="utf-8")
    plain = source.replace(f'targetNamespace="{DXP}"', "", 1).replace(f'xmlns="{DXP}"', "", 1)
    root = etree.fromstring(document)
    for element in root.iter("*"):
        element.tag = etree.QName(element).localname

    etree.XMLSchema(etree.fromstring(plain.encode())).assertValid(root)


def test_a_transport_message_names_at_most_five_receivers() -> None:
    one = "<ReceiverId>DXPEDCGRT0000001</ReceiverId>"
    check = schema("DxpMsg.xsd")

    assert check.validate(etree.fromstring(TRANSPORT.replace(one, one * 5)))
    assert not check.validate(etree.fromstring(TRANSPORT.replace(one, one * 6)))
