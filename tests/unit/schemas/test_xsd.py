"""The XSDs of the wire: they compile in two engines, label every element, accept and refuse what
they should.

Order and presence of elements are asserted against lists written out here, never against the XSD
itself.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
import xmlschema
from lxml import etree

XSD_DIR = Path(__file__).resolve().parents[3] / "schemas" / "xsd"
CODELIST_DIR = XSD_DIR.parent / "codelists"
FILES = sorted(str(path.relative_to(XSD_DIR)) for path in XSD_DIR.rglob("*.xsd"))
XS = "{http://www.w3.org/2001/XMLSchema}"
FIELD = "{urn:eport:field}field"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
DXP = "http://www.chinaport.gov.cn/dxp"

GENERAL_GUARANTEE = [
    "gasrNo",
    "chgTmsCnt",
    "etpsPreentNo",
    "dclTypecd",
    "masterCuscd",
    "assuredEtpsno",
    "assuredEtpsNm",
    "assuredEtpsSccd",
    "mkclUnitNm",
    "mkclUnitOpaccBankNm",
    "mkclUnitBankAcctnum",
    "pmnEtpsSccd",
    "pmnEtpsno",
    "pmnEtpsNm",
    "pmnEtpsOpaccBankNm",
    "pmnEtpsBankAcctnum",
    "gurModecd",
    "gasrAmt",
    "usedGasrAmt",
    "avalGasrAmt",
    "alrdyRtnbkGasrAmt",
    "paymnModecd",
    "ltguaNo",
    "ltguaValidDate",
    "etpsConcErName",
    "etpsConcErTelnum",
    "dclTime",
    "apprTime",
    "chgApprTime",
    "emapvMarkcd",
    "gurStucd",
    "pmnDeadline",
    "pmnChkinTime",
    "version",
    "lastUpdateTime",
    "rmk",
]
LEVY_BILL = [
    "dpstLevyBlNo",
    "chgTmsCnt",
    "masterCuscd",
    "oriactNo",
    "oriactValidDate",
    "assuredEtpsno",
    "assuredEtpsSccd",
    "assuredEtpsNm",
    "mkclUnitNm",
    "mkclUnitOpaccBankNm",
    "mkclUnitBankAcctnum",
    "pmnEtpsSccd",
    "pmnEtpsno",
    "pmnEtpsNm",
    "pmnEtpsOpaccBankNm",
    "pmnEtpsBankAcctnum",
    "bizTypecd",
    "bizBlsNo",
    "gurModecd",
    "gurTypecd",
    "gasrNo",
    "gurValidDate",
    "ltguaNo",
    "levyBlAmt",
    "actlvyAmt",
    "alrdyCrdwAmt",
    "alrdyRtnbkAmt",
    "paymnModecd",
    "levyBlStucd",
    "emapvMarkcd",
    "etpsConcErName",
    "etpsConcErTelnum",
    "levyBlGenrtDate",
    "dpstPmnDeadline",
    "dpstPmnChkinTime",
    "dataSrccd",
    "version",
    "lastUpdateTime",
    "rmk",
    "ltguaValidDate",
]
REFUND = [
    "gurNo",
    "seqno",
    "chgTmsCnt",
    "etpsPreentNo",
    "assuredEtpsno",
    "assuredEtpsNm",
    "gurTypecd",
    "rtnbkCrdwTypecd",
    "rtnbkCrdwRsnDesc",
    "rtnbkCrdwAmt",
    "applyDate",
    "dataSrccd",
    "emapvMarkcd",
    "version",
    "lastUpdateTime",
    "rmk",
    "masterCuscd",
    "rtnbkCrdwNo",
]
CARRY_IN = ["seqno", "gurNo", "crdwAmt", "rmk"]
ORDERS = {
    "GrtGasrLevyBsc": GENERAL_GUARANTEE,
    "GrtDpstLevyBlBsc": LEVY_BILL,
    "GrtRtnbkCrdwDt": REFUND,
    "GrtCrdwInDt": CARRY_IN,
}

GUARANTEE_SAMPLE = """<GrtGasrLevyBsc><gasrNo/><chgTmsCnt>0</chgTmsCnt>
<etpsPreentNo>R0001</etpsPreentNo>
<dclTypecd>1</dclTypecd><masterCuscd>0100</masterCuscd><assuredEtpsno>1105910159</assuredEtpsno>
<assuredEtpsNm>北京某某保税科技有限公司</assuredEtpsNm><assuredEtpsSccd>91110000802100433B</assuredEtpsSccd>
<mkclUnitNm>中华人民共和国北京海关</mkclUnitNm><mkclUnitOpaccBankNm>中国银行北京分行</mkclUnitOpaccBankNm>
<mkclUnitBankAcctnum>110060149018010012345</mkclUnitBankAcctnum><pmnEtpsSccd>91110000802100433B</pmnEtpsSccd>
<pmnEtpsno>1105910159</pmnEtpsno><pmnEtpsNm>北京某某保税科技有限公司</pmnEtpsNm>
<pmnEtpsOpaccBankNm>中国工商银行北京朝阳支行</pmnEtpsOpaccBankNm><pmnEtpsBankAcctnum>0200003409089123456</pmnEtpsBankAcctnum>
<gurModecd>2</gurModecd><gasrAmt>5000000</gasrAmt><usedGasrAmt>0</usedGasrAmt><avalGasrAmt>5000000</avalGasrAmt>
<alrdyRtnbkGasrAmt>0</alrdyRtnbkGasrAmt><paymnModecd/><ltguaNo>BH2026R0001</ltguaNo>
<ltguaValidDate>2027-11-22 00:00:00</ltguaValidDate><etpsConcErName>张三</etpsConcErName>
<etpsConcErTelnum>01088886666</etpsConcErTelnum><dclTime>2026-11-23 10:00:00</dclTime><apprTime/>
<chgApprTime/>
<emapvMarkcd>0</emapvMarkcd><gurStucd/><pmnDeadline/><pmnChkinTime/><version>1</version>
<lastUpdateTime>2026-11-23 10:00:00</lastUpdateTime><rmk>年度总担保</rmk></GrtGasrLevyBsc>"""
SAMPLE = f"""<?xml version="1.0" encoding="UTF-8"?><Signature><SignedInfo>
<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>
<SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/><Reference URI="String">
<DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/><DigestValue/></Reference></SignedInfo><SignatureValue/>
<KeyInfo><KeyName>tester</KeyName></KeyInfo><Object Id="String"><Package><EnvelopInfo>
<version>1.0</version>
<business_id>R0001</business_id><message_id>DXPENT0000000001DXPEDCGRT00000012026112310000000000000001</message_id>
<file_name>R0001.GRT</file_name><message_type>GRT101</message_type><sender_id>DXPENT0000000001</sender_id>
<receiver_id>DXPEDCGRT0000001</receiver_id><send_time>2026-11-23T10:00:00</send_time><Ic_Card>2100040033809</Ic_Card>
</EnvelopInfo><DataInfo><PocketInfo><pocket_id/><total_pocket_qty>1</total_pocket_qty><cur_pocket_no>1</cur_pocket_no>
<is_unstructured/></PocketInfo><BussinessData><GrtMessage>{GUARANTEE_SAMPLE}<SysId>B2</SysId>
<OperCusRegCode>1105910159</OperCusRegCode></GrtMessage><DelcareFlag>1</DelcareFlag></BussinessData></DataInfo></Package></Object></Signature>"""
LEVY_SAMPLE = {
    "dpstLevyBlNo": "ZS0100202600413",
    "chgTmsCnt": "0",
    "masterCuscd": "0100",
    "assuredEtpsno": "1105910159",
    "assuredEtpsSccd": "91110000802100433B",
    "assuredEtpsNm": "北京某某保税科技有限公司",
    "levyBlAmt": "120000.50",
    "actlvyAmt": "0",
    "alrdyCrdwAmt": "0.00",
    "alrdyRtnbkAmt": "0",
}
REFUND_SAMPLE = {
    "gurNo": "ZS0100202600413",
    "etpsPreentNo": "T0001",
    "assuredEtpsno": "1105910159",
    "assuredEtpsNm": "北京某某保税科技有限公司",
    "gurTypecd": "2",
    "rtnbkCrdwTypecd": "1",
    "rtnbkCrdwAmt": "50000.00",
    "masterCuscd": "0100",
}
STORED = """<BussinessData><GRT200><MsgReceResult><resutType>A</resutType>
<etpsPreentNo>202600000000000001</etpsPreentNo>
<pocketId/><totalPocketQty>1</totalPocketQty><curPocketNo>1</curPocketNo><bizNo/><manageResult>1</manageResult>
<manageDate>2026-11-23 10:00:05</manageDate><rmk/></MsgReceResult></GRT200></BussinessData>"""
DECIDED = f"""<BussinessData><GRT201><HdeApprResult><etpsPreentNo>202600000000000001</etpsPreentNo>
<businessId/>
<tmsCnt>0</tmsCnt><typecd>1</typecd><manageResult>3</manageResult><manageDate>2026-11-23</manageDate><rmk/>
</HdeApprResult><CheckInfo><note>保函编号已被使用</note></CheckInfo><CheckInfo><note/></CheckInfo>
{GUARANTEE_SAMPLE}</GRT201></BussinessData>"""
TRANSPORT = f"""<DxpMsg xmlns="{DXP}" ver="1.0"><TransInfo><CopMsgId>0A1B</CopMsgId>
<SenderId>DXPENT0000000001</SenderId>
<ReceiverIds><ReceiverId>DXPEDCGRT0000001</ReceiverId></ReceiverIds><CreatTime>2026-11-23T10:00:00+08:00</CreatTime>
<MsgType>GRT101</MsgType></TransInfo><Data>PGEvPg==</Data><AddInfo><FileName>GRT101_1.xml</FileName>
<BizKey><Key name="SeqNo">202600000000000001</Key></BizKey></AddInfo>
<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/></ds:Signature></DxpMsg>"""
ANSWER = f"""<DxpRep xmlns="{DXP}" ver="1.0"><RecevierId>DXPENT0000000001</RecevierId>
<Response><ResponseCode>2001</ResponseCode>
<ResponseInfo>receiver does not exist</ResponseInfo><Results>
<Result><RecId>DXPEDC</RecId><Code>2001</Code></Result></Results>
<NoticeTime>2026-11-23</NoticeTime><OriHead><CopMsgId>0A1B</CopMsgId>
<SenderId>DXPENT0000000001</SenderId>
<ReceiverIds><ReceiverId>DXPEDC</ReceiverId></ReceiverIds><CreatTime>2026-11-23T10:00:00</CreatTime>
<MsgType>GRT101</MsgType></OriHead></Response></DxpRep>"""


def tree(name: str) -> etree._Element:
    return etree.parse(str(XSD_DIR / name)).getroot()


def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(XSD_DIR / name)))


def probe(file: str, element: str, type_name: str) -> etree.XMLSchema:
    """A schema of one root element, whose type is one of those in ``file``."""
    source = (
        f'<xs:schema xmlns:xs="{XS[1:-1]}"><xs:include schemaLocation="{file}"/>'
        f'<xs:element name="{element}" type="{type_name}"/></xs:schema>'
    )
    return etree.XMLSchema(etree.fromstring(source, base_url=(XSD_DIR / "probe.xsd").as_uri()))


def body_schema(name: str) -> etree.XMLSchema:
    """A schema whose root element is one of the Grt* bodies."""
    return probe("grt/grt_types.xsd", name, name)


def type_schema(name: str) -> etree.XMLSchema:
    """A schema whose only element ``v`` has the named simple type."""
    return probe("types.xsd", "v", name)


def sample() -> etree._Element:
    return etree.fromstring(SAMPLE.encode())


def business(document: etree._Element | None = None) -> etree._Element:
    """The BussinessData of the sample, as a document of its own."""
    found = (sample() if document is None else document).find(".//BussinessData")
    assert found is not None
    return copy.deepcopy(found)


def body(name: str, values: dict[str, str]) -> etree._Element:
    root = etree.Element(name)
    for field in ORDERS[name]:
        etree.SubElement(root, field).text = values.get(field)
    return root


def refund(**values: str) -> etree._Element:
    """A refund whose two numbers are nil, as the enterprise files it."""
    root = body("GrtRtnbkCrdwDt", REFUND_SAMPLE | values)
    for number in ("seqno", "chgTmsCnt"):
        node = root.find(number)
        assert node is not None
        if node.text is None:
            node.set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")
    return root


def changed(root: etree._Element, field: str, value: str) -> etree._Element:
    node = root.find(f".//{field}")
    assert node is not None, field
    node.text = value
    return root


def accepts(check: etree.XMLSchema, value: str) -> bool:
    node = etree.Element("v")
    node.text = value
    return bool(check.validate(node))


# --- the files ---


@pytest.mark.parametrize("name", FILES)
def test_every_xsd_compiles_in_lxml(name: str) -> None:
    schema(name)


@pytest.mark.parametrize("name", FILES)
def test_every_xsd_compiles_in_xmlschema(name: str) -> None:
    assert xmlschema.XMLSchema10(str(XSD_DIR / name)).built


@pytest.mark.parametrize("name", FILES)
def test_every_element_has_a_label_in_two_languages_and_a_source(name: str) -> None:
    for element in tree(name).iter(f"{XS}element"):
        if element.get("ref"):
            continue  # labelled where it is declared
        where = f"{name}:{element.sourceline} {element.get('name')}"
        labels = {
            node.get(LANG): (node.text or "").strip()
            for node in element.findall(f"{XS}annotation/{XS}documentation")
        }
        assert labels.get("zh"), where
        assert labels.get("en"), where
        fields = element.findall(f"{XS}annotation/{XS}appinfo[@source='urn:eport:field']/{FIELD}")
        assert len(fields) == 1, where
        assert fields[0].get("source") in {"seen", "inferred", "ours"}, where
        assert fields[0].get("rule-required") in {None, "yes"}, where


@pytest.mark.parametrize("name", FILES)
def test_every_code_list_named_by_an_element_is_shipped(name: str) -> None:
    named = {node.get("codelist") for node in tree(name).iter(FIELD)} - {None}

    assert named <= {path.stem for path in CODELIST_DIR.glob("*.csv")}


@pytest.mark.parametrize("name", FILES)
def test_every_may_be_empty_element_that_a_rule_can_require_is_not_required_by_the_schema(
    name: str,
) -> None:
    for element in tree(name).iter(f"{XS}element"):
        field = element.find(f"{XS}annotation/{XS}appinfo/{FIELD}")
        if field is not None and field.get("rule-required"):
            assert (element.get("type") or "").startswith("Optional"), element.get("name")


@pytest.mark.parametrize("name", FILES)
def test_only_the_transport_schemas_have_a_target_namespace(name: str) -> None:
    assert tree(name).get("targetNamespace") == (DXP if name.startswith("Dxp") else None)


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_of_a_body_is_the_published_one_and_no_element_is_optional(name: str) -> None:
    elements = tree("grt/grt_types.xsd").findall(
        f"{XS}complexType[@name='{name}']/{XS}sequence/{XS}element"
    )

    assert [node.get("name") for node in elements] == ORDERS[name]
    assert [
        node.get("name") for node in elements if node.get("minOccurs") or node.get("maxOccurs")
    ] == []


@pytest.mark.parametrize("name", ["GrtRtnbkCrdwDt", "GrtRtnbkCrdwDtOut"])
def test_all_elements_of_a_refund_but_three_are_nillable(name: str) -> None:
    elements = tree("grt/grt_types.xsd").findall(
        f"{XS}complexType[@name='{name}']/{XS}sequence/{XS}element"
    )

    fixed = {node.get("name") for node in elements if node.get("nillable") != "true"}

    assert fixed == {"etpsPreentNo", "masterCuscd", "rtnbkCrdwNo"}


# --- dates ---


@pytest.mark.parametrize("name", ["DateTimeText", "OptionalDateTimeText", "DateOrDateTimeText"])
def test_a_time_may_be_any_second_of_any_day(name: str) -> None:
    # The XSDs in circulation refuse years with a 0 and twelve of the 24 hours.
    check = type_schema(name)

    days = [
        f"{year}-{month:02}-{day:02}"
        for year in (1999, 2000, 2017, 2024, 2030)
        for month in range(1, 13)
        for day in (1, 9, 10, 28, 30)
    ]
    times = [
        f"{hour:02}:{minute:02}:{second:02}"
        for hour in range(24)
        for minute in range(0, 60, 30)
        for second in (0, 9, 59)
    ]

    assert [day for day in days if not accepts(check, f"{day} 00:00:00")] == []
    assert [time for time in times if not accepts(check, f"2026-11-23 {time}")] == []


@pytest.mark.parametrize(
    "value",
    [
        "2026-13-01 00:00:00",
        "2026-00-01 00:00:00",
        "2026-01-32 00:00:00",
        "2026-01-00 00:00:00",
        "2026-01-01 24:00:00",
        "2026-01-01 10:60:00",
        "2026-01-01 10:00:60",
        "2026-01-01T10:00:00",
        "20260101 10:00:00",
        "2026-1-1 10:00:00",
        " 2026-01-01 10:00:00",
        "2026-01-01 10:00:00Z",
        "2026-01-01 10:00",
    ],
)
def test_a_time_that_cannot_be_is_refused(value: str) -> None:
    assert not accepts(type_schema("OptionalDateTimeText"), value)


def test_the_thirtieth_of_february_passes_the_xsd() -> None:
    # A pattern cannot count the days of a month; the program checks the calendar.
    assert accepts(type_schema("OptionalDateTimeText"), "2026-02-30 00:00:00")


def test_a_date_alone_is_no_time_but_a_receipt_may_carry_either() -> None:
    assert not accepts(type_schema("OptionalDateTimeText"), "2026-11-23")
    assert accepts(type_schema("DateOrDateTimeText"), "2026-11-23")
    assert accepts(type_schema("OptionalDateText"), "2026-11-23")


# --- simple types ---

VALUES = {
    "CustomsCode": (["0100"], ["", "100", "01000", "01A0", "0100 ", "０１００"]),
    "EnterpriseCode": (
        ["1105910159", "3105960AAA"],
        ["", "110591015", "3105960aaa", "11059101590"],
    ),
    "CreditCode": (
        ["91110000802100433B"],
        ["", "91110000802100433", "91110000802100433I", "91110000802100433b"],
    ),
    "OneCharCode": (["1", "Y"], ["", "10"]),
    "DocumentNo": (
        ["R-1", "A B", "a_1", "x" * 64, "企业1"],
        ["", " R1", "R1 ", "x" * 65, "a\tb", "a\nb", "a\x85b"],
    ),
    "WholeYuan": (["0", "5000000", "9" * 15], ["", "-1", "+1", "1.0", "1,000", "9" * 16]),
    "Amount": (
        ["0", "120000.50", "9" * 15, "1.12345"],
        ["", "-1", "+1", "1e3", "1,000", ".5", "1.", "1.123456", "9" * 16, "NaN"],
    ),
    "Count": (["0", "12", "9" * 9], ["", "-1", "+1", "1.0", "9" * 10]),
    "LongCount": (["0", "9223372036854775807"], ["", "-1", "9223372036854775808"]),
    "Name": (["北京", "a" * 512], ["", " ", "a" * 513, "a\tb"]),
    "ContactName": (["张三"], ["", "张" * 65]),
    "Phone": (["010-88886666"], ["", "1" * 16]),
    "Account": (["1" * 64], ["", "1" * 65]),
    "Remark": (["a\nb", "注" * 4000], ["", " \n", "注" * 4001, "a\x7fb"]),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_simple_type_accepts_and_refuses_as_its_family_says(name: str) -> None:
    check = type_schema(name)
    good, bad = VALUES[name]

    assert [value for value in good if not accepts(check, value)] == []
    assert [value for value in bad if accepts(check, value)] == []


@pytest.mark.parametrize(
    "name",
    sorted(
        f"Optional{name}"
        for name in VALUES
        if name not in {"WholeYuan", "Amount", "Count", "LongCount"}
    ),
)
def test_an_optional_type_accepts_the_same_values_and_the_empty_one(name: str) -> None:
    check = type_schema(name)
    good, bad = VALUES[name.removeprefix("Optional")]

    assert [value for value in ["", *good] if not accepts(check, value)] == []
    assert [value for value in bad if value.strip() and accepts(check, value)] == []


# --- messages ---


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


@pytest.mark.parametrize("field", GENERAL_GUARANTEE)
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

    may_be_empty = {
        field for field in GENERAL_GUARANTEE if check.validate(changed(business(), field, ""))
    }

    assert may_be_empty == set(GENERAL_GUARANTEE) - needed


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
        for field in LEVY_BILL
        if check.validate(body("GrtDpstLevyBlBsc", LEVY_SAMPLE | {field: ""}))
    }

    assert may_be_empty == set(LEVY_BILL) - set(LEVY_SAMPLE)


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


# --- receipts and transport ---


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
