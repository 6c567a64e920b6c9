"""The XSDs of the wire: messages accept and refuse what they should."""

from __future__ import annotations

import copy
import re

import pytest
import xmlschema
from lxml import etree

from customs_sim.wire.elements import GUARANTEE, LEVY
from tests.unit.schemas.xsd_samples import (
    LEVY_SAMPLE,
    REFUND_SAMPLE,
    SAMPLE,
    XSD_DIR,
    body,
    body_schema,
    business,
    changed,
    refund,
    sample,
    schema,
)


def test_a_realistic_submission_is_valid() -> None:
    document = sample()

    schema("package.xsd").assertValid(document)
    schema("grt/GRT101.xsd").assertValid(business(document))


def test_a_bare_package_is_valid() -> None:
    package = sample().find(".//Package")
    assert package is not None

    schema("package.xsd").assertValid(copy.deepcopy(package))


def test_both_engines_agree_on_the_sample() -> None:
    xmlschema.XMLSchema10(str(XSD_DIR / "package.xsd")).validate(SAMPLE.encode())
    xmlschema.XMLSchema10(str(XSD_DIR / "grt" / "GRT101.xsd")).validate(etree.tostring(business()))


def test_the_envelope_may_stand_in_any_order_and_lack_its_optional_parts() -> None:
    document = sample()
    envelope = document.find(".//EnvelopInfo")
    assert envelope is not None
    envelope[:] = [
        node for node in reversed(envelope) if node.tag not in {"business_id", "Ic_Card"}
    ]

    schema("package.xsd").assertValid(document)


def test_the_content_of_business_data_is_not_judged_by_the_package() -> None:
    document = sample()
    content = document.find(".//BussinessData")
    assert content is not None
    content[:] = [etree.Element("anything")]

    schema("package.xsd").assertValid(document)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_type", "GRT"),
        ("message_id", ""),
        ("message_id", "x" * 129),
        ("file_name", "a.x"),
        ("sender_id", "DXP"),
        ("version", "1"),
        ("send_time", "2026-11-23 10:00:00"),
        ("total_pocket_qty", "-1"),
        ("total_pocket_qty", "1000"),
        ("cur_pocket_no", "-1"),
        ("is_unstructured", "11"),
        ("pocket_id", "x" * 129),
        ("Ic_Card", "1" * 14),
        ("KeyName", "x"),
    ],
)
def test_an_envelope_value_outside_its_facets_is_refused(field: str, value: str) -> None:
    assert not schema("package.xsd").validate(changed(sample(), field, value))


@pytest.mark.parametrize(
    ("element", "algorithm", "wanted"),
    [
        ("SignatureMethod", "http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3", True),
        ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5", True),
        ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", False),
        ("DigestMethod", "http://www.chinaport.gov.cn/2022/04/xmldsig#sm3", True),
        ("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256", False),
    ],
)
def test_only_the_known_algorithms_are_accepted(element: str, algorithm: str, wanted: bool) -> None:
    document = sample()
    node = document.find(f".//{element}")
    assert node is not None
    node.set("Algorithm", algorithm)

    assert schema("package.xsd").validate(document) is wanted


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("chgTmsCnt", ""),
        ("gasrAmt", ""),
        ("gasrAmt", "1,000"),
        ("gasrAmt", "30000.75"),
        ("etpsPreentNo", ""),
        ("etpsPreentNo", "R1 "),
        ("dclTypecd", "10"),
        ("masterCuscd", "100"),
        ("assuredEtpsno", "110591015"),
        ("assuredEtpsNm", ""),
        ("assuredEtpsSccd", "91110000802100433S"),
        ("pmnEtpsno", "1"),
        ("gurModecd", ""),
        ("ltguaValidDate", "2027-11-22"),
        ("dclTime", "2026-13-01 10:00:00"),
        ("etpsConcErTelnum", "1" * 16),
        ("mkclUnitBankAcctnum", "1" * 65),
        ("ltguaNo", "x" * 65),
        ("etpsConcErName", "张" * 65),
        ("rmk", "注" * 4001),
        ("DelcareFlag", "2"),
        ("SysId", "B"),
        ("OperCusRegCode", ""),
    ],
)
def test_one_wrong_value_in_a_guarantee_gives_errors_on_that_element_alone(
    field: str, value: str
) -> None:
    check, document = schema("grt/GRT101.xsd"), changed(business(), field, value)

    assert not check.validate(document)
    assert {re.findall(r"Element '(\w+)'", error.message)[0] for error in check.error_log} == {
        field
    }


@pytest.mark.parametrize("field", GUARANTEE)
def test_a_guarantee_without_one_of_its_elements_is_refused(field: str) -> None:
    document = business()
    node = document.find(f".//{field}")
    assert node is not None
    node.getparent().remove(node)  # type: ignore[union-attr]

    assert not schema("grt/GRT101.xsd").validate(document)


def test_everything_that_a_guarantee_need_not_say_may_be_empty() -> None:
    needed = {
        "chgTmsCnt",
        "etpsPreentNo",
        "dclTypecd",
        "masterCuscd",
        "assuredEtpsno",
        "assuredEtpsNm",
        "assuredEtpsSccd",
        "gurModecd",
        "gasrAmt",
        "usedGasrAmt",
        "avalGasrAmt",
        "alrdyRtnbkGasrAmt",
    }
    check = schema("grt/GRT101.xsd")

    may_be_empty = {field for field in GUARANTEE if check.validate(changed(business(), field, ""))}

    assert may_be_empty == set(GUARANTEE) - needed


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("", True), ("202600000000000001", True), ("20260000000000001", False), ("x" * 18, False)],
)
def test_the_sequence_number_is_optional_and_has_18_digits(value: str, wanted: bool) -> None:
    document = business()
    message = document.find("GrtMessage")
    assert message is not None
    number = etree.Element("SeqNo")
    number.text = value
    message.insert(0, number)

    assert schema("grt/GRT101.xsd").validate(document) is wanted


def test_a_levy_bill_with_only_what_it_must_say_is_valid() -> None:
    check = body_schema("GrtDpstLevyBlBsc")
    check.assertValid(body("GrtDpstLevyBlBsc", LEVY_SAMPLE))

    may_be_empty = {
        field
        for field in LEVY
        if check.validate(body("GrtDpstLevyBlBsc", LEVY_SAMPLE | {field: ""}))
    }

    assert may_be_empty == set(LEVY) - set(LEVY_SAMPLE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("levyBlAmt", "-1"),
        ("levyBlAmt", "1.123456"),
        ("actlvyAmt", ""),
        ("bizTypecd", "11"),
        ("dpstPmnDeadline", "2026-12-08"),
    ],
)
def test_a_wrong_value_in_a_levy_bill_is_refused(field: str, value: str) -> None:
    assert not body_schema("GrtDpstLevyBlBsc").validate(
        body("GrtDpstLevyBlBsc", LEVY_SAMPLE | {field: value})
    )


def test_a_refund_may_leave_its_numbers_nil_but_not_empty() -> None:
    check = body_schema("GrtRtnbkCrdwDt")

    check.assertValid(refund())
    check.assertValid(refund(seqno="1", chgTmsCnt="0"))
    assert not check.validate(body("GrtRtnbkCrdwDt", REFUND_SAMPLE))


@pytest.mark.parametrize(
    "field",
    ["gurNo", "gurTypecd", "rtnbkCrdwTypecd", "etpsPreentNo", "rtnbkCrdwAmt", "assuredEtpsno"],
)
def test_a_refund_must_say_which_guarantee_and_how_much(field: str) -> None:
    assert not body_schema("GrtRtnbkCrdwDt").validate(refund(**{field: ""}))


def test_a_carry_over_names_the_receiving_levy() -> None:
    check = body_schema("GrtCrdwInDt")

    check.assertValid(
        body("GrtCrdwInDt", {"seqno": "1", "gurNo": "ZS0100202600414", "crdwAmt": "60000.00"})
    )
    assert not check.validate(body("GrtCrdwInDt", {"seqno": "1", "crdwAmt": "60000.00"}))
