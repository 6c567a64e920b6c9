"""What the tests of the codecs share: the samples of test_xsd_all.py as fields and rows."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from lxml import etree

from schemas.filing import parts_of
from schemas.package import Rows, texts
from schemas.package import rows_of as package_rows
from schemas.receipts import ApprovalResult
from schemas.statement import Movement
from schemas.xsd import SchemaSet
from tests.unit.schemas.test_xsd_all import business

SCHEMAS = SchemaSet()
SEQ_NO = "202600000000000001"
ENTERPRISE = "1105910159"
PAYMENT = Movement(
    number="20261100000001",
    moved_at="2026-11-24 09:30:00",
    event="41",
    register="2",
    no="ZS0100202600001",
    increase=Decimal("100000"),
    balance=Decimal("100000"),
    reference="P0001",
)


def fields_of(xml: str) -> dict[str, str]:
    return texts(etree.fromstring(xml))


def rows_of(xml: str) -> dict[str, tuple[dict[str, str], ...]]:
    return parts_of(etree.fromstring(f"<rows>{xml}</rows>"))


def read_back(code: str, inner: str) -> Rows:
    """What stands in the element of the message's own name in what was written; the schema must
    accept the whole."""
    document = business(inner)
    assert SCHEMAS.reasons(code, document) == []
    return package_rows(document[0])


def decision(kind: str, business_no: str = "", **more: object) -> ApprovalResult:
    return msgspec.structs.replace(
        ApprovalResult(
            reference=SEQ_NO,
            business_no=business_no,
            change_no=0,
            kind=kind,
            result="1",
            managed_at="2026-11-23 10:00:10",
            notes=("同意",),
        ),
        **more,
    )
