"""The XSDs of every message beside GRT101, GRT200 and GRT201: what they accept, in full and at the
least, and what they refuse.

Order of our own elements is asserted against lists written out here; the samples are literal and
also the golden XML of test_codecs.py.
"""

from __future__ import annotations

import pytest
import xmlschema
from lxml import etree

from schemas.codes import CodeLists
from schemas.xsd import SchemaSet

XS = "{http://www.w3.org/2001/XMLSchema}"
ENTERPRISE = ("GRT111", "GRT121", "GRT141", "GRT151", "GRT161")
CUSTOMS = ("GRT211", "GRT221", "GRT251", "GRT261", "GRT301", "GRT302", "GRT303")
SCHEMAS = SchemaSet()


def one_line(text: str) -> str:
    """The sample without the line breaks between its elements."""
    return text.replace("\n", "")


LEVY = one_line(
    """<GrtDpstLevyBlBsc><dpstLevyBlNo>ZS0100202600001</dpstLevyBlNo><chgTmsCnt>0</chgTmsCnt><masterCuscd>0100</masterCuscd>
<oriactNo>C010016A0471</oriactNo><oriactValidDate>2027-06-30 00:00:00</oriactValidDate>
<assuredEtpsno>1105910159</assuredEtpsno>
<assuredEtpsSccd>91110000802100433B</assuredEtpsSccd><assuredEtpsNm>北京某某保税科技有限公司</assuredEtpsNm>
<mkclUnitNm>中华人民共和国北京海关</mkclUnitNm><mkclUnitOpaccBankNm>中国银行北京分行</mkclUnitOpaccBankNm>
<mkclUnitBankAcctnum>110060149018010012345</mkclUnitBankAcctnum><pmnEtpsSccd>91110000802100433B</pmnEtpsSccd>
<pmnEtpsno>1105910159</pmnEtpsno><pmnEtpsNm>北京某某保税科技有限公司</pmnEtpsNm>
<pmnEtpsOpaccBankNm>中国工商银行北京朝阳支行</pmnEtpsOpaccBankNm><pmnEtpsBankAcctnum>0200003409089123456</pmnEtpsBankAcctnum>
<bizTypecd>2</bizTypecd><bizBlsNo>C010016A0471</bizBlsNo><gurModecd>1</gurModecd><gurTypecd>2</gurTypecd><gasrNo/>
<gurValidDate/><ltguaNo/><levyBlAmt>120000.50</levyBlAmt><actlvyAmt>0.00</actlvyAmt><alrdyCrdwAmt>0.00</alrdyCrdwAmt>
<alrdyRtnbkAmt>0.00</alrdyRtnbkAmt><paymnModecd>1</paymnModecd><levyBlStucd>1</levyBlStucd><emapvMarkcd>0</emapvMarkcd>
<etpsConcErName>张三</etpsConcErName><etpsConcErTelnum>01088886666</etpsConcErTelnum>
<levyBlGenrtDate>2026-11-23 09:00:00</levyBlGenrtDate><dpstPmnDeadline/><dpstPmnChkinTime/>
<dataSrccd>0</dataSrccd>
<version>1</version><lastUpdateTime>2026-11-23 09:00:00</lastUpdateTime>
<rmk>手册设立 A &amp; B</rmk><ltguaValidDate/></GrtDpstLevyBlBsc>"""
)
LEVY_ISSUED = one_line(
    """<GrtDpstLevyBlBsc><dpstLevyBlNo>ZS0100202600001</dpstLevyBlNo><chgTmsCnt>0</chgTmsCnt><masterCuscd>0100</masterCuscd>
<oriactNo/><oriactValidDate/><assuredEtpsno>1105910159</assuredEtpsno><assuredEtpsSccd>91110000802100433B</assuredEtpsSccd>
<assuredEtpsNm>北京某某保税科技有限公司</assuredEtpsNm><mkclUnitNm/><mkclUnitOpaccBankNm/><mkclUnitBankAcctnum/><pmnEtpsSccd/>
<pmnEtpsno/><pmnEtpsNm/><pmnEtpsOpaccBankNm/><pmnEtpsBankAcctnum/><bizTypecd/><bizBlsNo/><gurModecd/><gurTypecd/><gasrNo/>
<gurValidDate/><ltguaNo/><levyBlAmt>120000.50</levyBlAmt><actlvyAmt>0</actlvyAmt><alrdyCrdwAmt>0</alrdyCrdwAmt>
<alrdyRtnbkAmt>0</alrdyRtnbkAmt><paymnModecd/><levyBlStucd/><emapvMarkcd/><etpsConcErName/><etpsConcErTelnum/><levyBlGenrtDate/>
<dpstPmnDeadline/><dpstPmnChkinTime/><dataSrccd/><version/><lastUpdateTime/><rmk/><ltguaValidDate/></GrtDpstLevyBlBsc>"""
)
GUARANTEE_ASKED = one_line(
    """<GrtGasrLevyBsc><gasrNo>ZB0100202600002</gasrNo><chgTmsCnt>2</chgTmsCnt><etpsPreentNo/><dclTypecd/>
<masterCuscd>0100</masterCuscd><assuredEtpsno>1105910159</assuredEtpsno><assuredEtpsNm>北京某某保税科技有限公司</assuredEtpsNm>
<assuredEtpsSccd>91110000802100433B</assuredEtpsSccd><mkclUnitNm/><mkclUnitOpaccBankNm/><mkclUnitBankAcctnum/><pmnEtpsSccd/>
<pmnEtpsno/><pmnEtpsNm/><pmnEtpsOpaccBankNm/><pmnEtpsBankAcctnum/><gurModecd/><gasrAmt>0</gasrAmt><usedGasrAmt>0</usedGasrAmt>
<avalGasrAmt>0</avalGasrAmt><alrdyRtnbkGasrAmt>0</alrdyRtnbkGasrAmt><paymnModecd/><ltguaNo/><ltguaValidDate/><etpsConcErName/>
<etpsConcErTelnum/><dclTime/><apprTime/><chgApprTime/><emapvMarkcd/><gurStucd/><pmnDeadline/><pmnChkinTime/><version/>
<lastUpdateTime/><rmk/></GrtGasrLevyBsc>"""
)
REFUND = one_line(
    """<GrtRtnbkCrdwDt><gurNo>ZS0100202600001</gurNo><seqno>1</seqno><chgTmsCnt>0</chgTmsCnt><etpsPreentNo>T0001</etpsPreentNo>
<assuredEtpsno>1105910159</assuredEtpsno><assuredEtpsNm>北京某某保税科技有限公司</assuredEtpsNm><gurTypecd>2</gurTypecd>
<rtnbkCrdwTypecd>2</rtnbkCrdwTypecd><rtnbkCrdwRsnDesc>余料结转</rtnbkCrdwRsnDesc><rtnbkCrdwAmt>60000.00</rtnbkCrdwAmt>
<applyDate>2026-11-23 10:00:00</applyDate><dataSrccd>1</dataSrccd><emapvMarkcd>1</emapvMarkcd>
<version>2</version>
<lastUpdateTime>2026-11-23 10:00:10</lastUpdateTime><rmk/><masterCuscd>0100</masterCuscd>
<rtnbkCrdwNo>TZ0100202600001</rtnbkCrdwNo></GrtRtnbkCrdwDt>"""
)
REFUND_FILED = one_line(
    """<GrtRtnbkCrdwDt xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><gurNo>ZS0100202600001</gurNo>
<seqno xsi:nil="true"/><chgTmsCnt xsi:nil="true"/><etpsPreentNo>T0001</etpsPreentNo>
<assuredEtpsno xsi:nil="true"/>
<assuredEtpsNm xsi:nil="true"/><gurTypecd>2</gurTypecd><rtnbkCrdwTypecd>1</rtnbkCrdwTypecd>
<rtnbkCrdwRsnDesc/>
<rtnbkCrdwAmt>50000</rtnbkCrdwAmt><applyDate/><dataSrccd/><emapvMarkcd/><version/><lastUpdateTime/><rmk/>
<masterCuscd/><rtnbkCrdwNo/></GrtRtnbkCrdwDt>"""
)
REFUND_BY_CUSTOMS = REFUND_FILED.replace("<etpsPreentNo>T0001</etpsPreentNo>", "<etpsPreentNo/>")
CARRY_IN = (
    "<GrtCrdwInDt><seqno>1</seqno><gurNo>ZS0100202600004</gurNo>"
    "<crdwAmt>60000.00</crdwAmt><rmk/></GrtCrdwInDt>"
)
RECORD = one_line(
    """<GrtEtpsInfoBsc><etpsPreentNo>I0001</etpsPreentNo><chgTmsCnt>0</chgTmsCnt><assuredEtpsno>1105910159</assuredEtpsno>
<assuredEtpsNm>北京某某保税科技有限公司</assuredEtpsNm><assuredEtpsSccd>91110000802100433B</assuredEtpsSccd>
<masterCuscd>0100</masterCuscd><etpsAddr>北京市顺义区天竺综合保税区</etpsAddr>
<dclTime>2026-11-23 10:00:00</dclTime><version>1</version>
<lastUpdateTime/><rmk/></GrtEtpsInfoBsc>"""
)
RECORD_ROWS = one_line("""<GrtEtpsConcDt><seqno>1</seqno><etpsConcErName>张三</etpsConcErName>
<etpsConcErTelnum>01088886666</etpsConcErTelnum><dfltMarkcd>1</dfltMarkcd></GrtEtpsConcDt>
<GrtEtpsAcctDt><seqno>1</seqno><pmnEtpsno>1105910159</pmnEtpsno><pmnEtpsSccd>91110000802100433B</pmnEtpsSccd>
<pmnEtpsNm>北京某某保税科技有限公司</pmnEtpsNm><pmnEtpsOpaccBankNm>中国工商银行北京朝阳支行</pmnEtpsOpaccBankNm>
<pmnEtpsBankAcctnum>0200003409089123456</pmnEtpsBankAcctnum><dfltMarkcd>1</dfltMarkcd><rmk/></GrtEtpsAcctDt>
<GrtEtpsAcctDt><seqno>2</seqno><pmnEtpsno/><pmnEtpsSccd/><pmnEtpsNm>某某银行</pmnEtpsNm><pmnEtpsOpaccBankNm/><pmnEtpsBankAcctnum/>
<dfltMarkcd>0</dfltMarkcd><rmk/></GrtEtpsAcctDt>""")
ANSWER = one_line(
    """<GrtReconRsltBsc><etpsPreentNo>D0001</etpsPreentNo><chgTmsCnt>0</chgTmsCnt><assuredEtpsno>1105910159</assuredEtpsno>
<assuredEtpsNm>北京某某保税科技有限公司</assuredEtpsNm><assuredEtpsSccd>91110000802100433B</assuredEtpsSccd>
<stmtNo>DZ0100202600001</stmtNo><stmtVersion>1</stmtVersion><reconRsltcd>2</reconRsltcd><diffQty>2</diffQty>
<dclTime>2026-12-02 10:00:00</dclTime><rmk/></GrtReconRsltBsc>"""
)
ANSWER_AGREED = (
    ANSWER.replace("<reconRsltcd>2", "<reconRsltcd>1")
    .replace("<diffQty>2", "<diffQty>0")
    .replace("<dclTime>2026-12-02 10:00:00</dclTime>", "<dclTime/>")
)
DIFFERENCES = one_line(
    """<GrtReconDiffDt><seqno>1</seqno><mvmtNo>20261100000001</mvmtNo><missMarkcd>0</missMarkcd>
<stmtAmt>100000.00</stmtAmt><etpsAmt>100000.50</etpsAmt><diffRsnDesc>少记 0.50 元</diffRsnDesc>
</GrtReconDiffDt>
<GrtReconDiffDt><seqno>2</seqno><mvmtNo/><missMarkcd>1</missMarkcd><stmtAmt>0</stmtAmt><etpsAmt>20000.50</etpsAmt>
<diffRsnDesc/></GrtReconDiffDt>"""
)
MOVEMENT_FIELDS = one_line(
    """<mvmtNo>20261100000001</mvmtNo><mvmtTime>2026-11-24 09:30:00</mvmtTime><evtCd>41</evtCd>
<gurTypecd>2</gurTypecd>
<gurNo>ZS0100202600001</gurNo><rltGurNo/><incrAmt>100000.00</incrAmt><decrAmt>0.00</decrAmt><balAmt>100000.00</balAmt>
<refNo>P0001</refNo>"""
)
MOVEMENT = f"<GrtMvmtDt>{MOVEMENT_FIELDS}</GrtMvmtDt>"
STATEMENT = one_line(
    """<GrtReconBsc><stmtNo>DZ0100202600001</stmtNo><stmtVersion>1</stmtVersion><assuredEtpsno>1105910159</assuredEtpsno>
<assuredEtpsNm>北京某某保税科技有限公司</assuredEtpsNm><assuredEtpsSccd>91110000802100433B</assuredEtpsSccd>
<masterCuscd>0100</masterCuscd><stmtBgnDate>2026-11-01</stmtBgnDate><stmtEndDate>2026-11-30</stmtEndDate>
<opngAmt>500000.00</opngAmt><incrAmt>100000.00</incrAmt><decrAmt>0.00</decrAmt><clsgAmt>600000.00</clsgAmt><mvmtQty>1</mvmtQty>
<answDeadline>2026-12-11 00:00:00</answDeadline><genrtDate>2026-12-01 00:00:00</genrtDate><rmk/>
</GrtReconBsc>"""
)
STATEMENT_LINE = f"<GrtReconDt><seqno>1</seqno>{MOVEMENT_FIELDS}</GrtReconDt>"
WHOSE = "<SysId>B2</SysId><OperCusRegCode>1105910159</OperCusRegCode>"
FLAG = "<DelcareFlag>1</DelcareFlag>"
TAIL = f"{WHOSE}</GrtMessage>{FLAG}"


def decision(kind: str, business_no: str = "") -> str:
    number = f"<businessId>{business_no}</businessId>" if business_no else "<businessId/>"
    return (
        f"<HdeApprResult><etpsPreentNo>202600000000000001</etpsPreentNo>{number}<tmsCnt>0</tmsCnt><typecd>{kind}</typecd><manageResult>1</manageResult><manageDate>2026-11-23"
        " 10:00:10</manageDate><rmk/></HdeApprResult><CheckInfo><note>同意</note></CheckInfo>"
    )


SEQ = "<SeqNo>202600000000000001</SeqNo>"
FULL = {
    "GRT111": f"<GrtMessage>{SEQ}{LEVY}{TAIL}",
    "GRT121": f"<GrtMessage>{SEQ}{REFUND}{CARRY_IN}{TAIL}",
    "GRT141": (
        "<GRT141><ReceiptDclHead><businessId>ZS0100202600001</businessId><etpsPreentNo>202600000000000001</etpsPreentNo>"
        "</ReceiptDclHead><SysId>B2</SysId><OperCusRegCode>1105910159</OperCusRegCode></GRT141>"
    ),
    "GRT151": f"<GrtMessage>{SEQ}{RECORD}{RECORD_ROWS}{TAIL}",
    "GRT161": f"<GrtMessage>{SEQ}{ANSWER}{DIFFERENCES}{TAIL}",
    "GRT211": f"<GRT211>{decision('2', 'ZS0100202600001')}{LEVY}</GRT211>",
    "GRT221": f"<GRT221>{decision('3', 'TZ0100202600001')}{REFUND}{CARRY_IN}</GRT221>",
    "GRT251": f"<GRT251>{decision('4')}{RECORD}{RECORD_ROWS}</GRT251>",
    "GRT261": f"<GRT261>{decision('5', 'DZ0100202600001')}{ANSWER}{DIFFERENCES}</GRT261>",
    "GRT301": f"<GRT301>{LEVY}</GRT301>",
    "GRT302": f"<GRT302>{REFUND}{CARRY_IN}{MOVEMENT}</GRT302>",
    "GRT303": f"<GRT303>{STATEMENT}{STATEMENT_LINE}</GRT303>",
}
"""Everything a message may carry: the inner XML of its BussinessData."""

MINIMAL = [
    ("GRT111", f"<GrtMessage>{LEVY_ISSUED}{TAIL}"),
    ("GRT121", f"<GrtMessage><SeqNo/>{REFUND_FILED}{TAIL}"),
    ("GRT141", "<GRT141><ReceiptDclHead><businessId/><etpsPreentNo/></ReceiptDclHead></GRT141>"),
    (
        "GRT141",
        f"<GRT141><ReceiptDclHead><businessId/><etpsPreentNo>T0001</etpsPreentNo></ReceiptDclHead>{WHOSE}</GRT141>{FLAG}",
    ),
    ("GRT151", f"<GrtMessage>{RECORD}{TAIL}"),
    ("GRT161", f"<GrtMessage>{ANSWER_AGREED}{TAIL}"),
    *((code, f"<{code}/>") for code in ("GRT211", "GRT221", "GRT251", "GRT261")),
    ("GRT221", f"<GRT221>{decision('3')}{REFUND_FILED}</GRT221>"),
    ("GRT301", f"<GRT301>{LEVY_ISSUED}</GRT301>"),
    ("GRT301", f"<GRT301>{GUARANTEE_ASKED}</GRT301>"),
    ("GRT302", f"<GRT302>{GUARANTEE_ASKED}</GRT302>"),
    ("GRT302", f"<GRT302>{LEVY_ISSUED}{MOVEMENT}{MOVEMENT}</GRT302>"),
    ("GRT302", f"<GRT302>{REFUND_BY_CUSTOMS}</GRT302>"),
    ("GRT303", f"<GRT303>{STATEMENT}</GRT303>"),
]
OWN = {
    "GrtEtpsInfoBsc": (
        "etpsPreentNo chgTmsCnt assuredEtpsno assuredEtpsNm assuredEtpsSccd masterCuscd etpsAddr"
        " dclTime version lastUpdateTime rmk"
    ),
    "GrtEtpsConcDt": "seqno etpsConcErName etpsConcErTelnum dfltMarkcd",
    "GrtEtpsAcctDt": (
        "seqno pmnEtpsno pmnEtpsSccd pmnEtpsNm pmnEtpsOpaccBankNm pmnEtpsBankAcctnum dfltMarkcd rmk"
    ),
    "GrtReconRsltBsc": (
        "etpsPreentNo chgTmsCnt assuredEtpsno assuredEtpsNm assuredEtpsSccd stmtNo stmtVersion"
        " reconRsltcd diffQty dclTime rmk"
    ),
    "GrtReconDiffDt": "seqno mvmtNo missMarkcd stmtAmt etpsAmt diffRsnDesc",
    "GrtMvmtDt": "mvmtNo mvmtTime evtCd gurTypecd gurNo rltGurNo incrAmt decrAmt balAmt refNo",
    "GrtReconBsc": (
        "stmtNo stmtVersion assuredEtpsno assuredEtpsNm assuredEtpsSccd masterCuscd stmtBgnDate"
        " stmtEndDate opngAmt incrAmt decrAmt clsgAmt mvmtQty answDeadline genrtDate rmk"
    ),
    "GrtReconDt": (
        "seqno mvmtNo mvmtTime evtCd gurTypecd gurNo rltGurNo incrAmt decrAmt balAmt refNo"
    ),
}
FAILURE = (
    "<Root><resultFlag><Type>1</Type><Value>11</Value></resultFlag><failCode"
    ' version="1">C134</failCode><failInfo><![CDATA[错误码=50200,'
    " Err:Custom50200]]></failInfo><retData/></Root>"
)


def business(inner: str) -> etree._Element:
    return etree.fromstring(f"<BussinessData>{inner}</BussinessData>")


def without(document: etree._Element, name: str) -> etree._Element:
    node = document.find(f".//{name}")
    assert node is not None, name
    parent = node.getparent()
    assert parent is not None
    parent.remove(node)
    return document


def changed(document: etree._Element, name: str, value: str) -> etree._Element:
    node = document.find(f".//{name}")
    assert node is not None, name
    node.text = value
    return document


def elements_of(name: str) -> list[etree._Element]:
    tree = SCHEMAS.tree("GRT302" if "Out" in name else "GRT303")
    return tree.findall(f"{XS}complexType[@name='{name}']/{XS}sequence/{XS}element")


# --- the files ---


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("name", [*ENTERPRISE, *CUSTOMS, "Root"])
@pytest.mark.slow
def test_a_schema_strict_or_derived_for_drafts_compiles_in_both_engines(
    name: str, lenient: bool
) -> None:
    etree.XMLSchema(SCHEMAS.tree(name, lenient=lenient))

    assert xmlschema.XMLSchema10(SCHEMAS.text(name, lenient=lenient).decode()).built


@pytest.mark.parametrize("name", OWN)
def test_our_own_bodies_have_the_documented_elements_and_none_is_optional(name: str) -> None:
    elements = elements_of(name)

    assert [node.get("name") for node in elements] == OWN[name].split()
    assert [
        node.get("name") for node in elements if node.get("minOccurs") or node.get("maxOccurs")
    ] == []
    assert {field.source for field in SCHEMAS.fields("GRT303", name)} == {"ours"}


@pytest.mark.parametrize(
    ("name", "loosened"),
    [
        ("GrtGasrLevyBsc", {"etpsPreentNo", "dclTypecd", "gurModecd"}),
        ("GrtRtnbkCrdwDt", {"etpsPreentNo"}),
    ],
)
def test_what_customs_send_differs_from_a_filing_only_in_what_may_be_empty(
    name: str, loosened: set[str]
) -> None:
    def facts(node: etree._Element) -> tuple[str | None, ...]:
        return (
            node.get("name"),
            (node.get("type") or "").removeprefix("Optional"),
            node.get("nillable"),
        )

    strict, out = elements_of_strict(name), elements_of(f"{name}Out")

    assert [facts(node) for node in out] == [facts(node) for node in strict]
    assert {
        node.get("name")
        for node, was in zip(out, strict, strict=True)
        if node.get("type") != was.get("type")
    } == loosened


def elements_of_strict(name: str) -> list[etree._Element]:
    return SCHEMAS.tree("GRT101").findall(
        f"{XS}complexType[@name='{name}']/{XS}sequence/{XS}element"
    )


def test_a_label_of_a_guarantee_is_not_changed_by_the_types_that_came_later() -> None:
    assert SCHEMAS.labels["etpsPreentNo"].type_name == "DocumentNo"
    assert SCHEMAS.labels["seqno"].label_zh == "序号"


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("recon_result", "1 2"),
        ("missing_mark", "0 1"),
        ("default_mark", "0 1"),
        ("movement_event", "11 12 13 21 22 23 24 31 32 41 42 43 44 51 61 62 71 91"),
    ],
)
def test_our_own_code_lists_are_complete(name: str, codes: str) -> None:
    assert [each.code for each in CodeLists().list(name)] == codes.split()


# --- what is accepted ---


@pytest.mark.parametrize(("name", "inner"), [*FULL.items(), *MINIMAL])
@pytest.mark.slow
def test_a_message_in_full_or_at_the_least_is_valid(name: str, inner: str) -> None:
    document = business(inner)

    assert SCHEMAS.reasons(name, document) == []
    xmlschema.XMLSchema10(SCHEMAS.text(name).decode()).validate(
        etree.tostring(document, encoding="unicode")
    )


@pytest.mark.parametrize(
    "body", [LEVY, LEVY_ISSUED, GUARANTEE_ASKED, REFUND_BY_CUSTOMS, REFUND + CARRY_IN]
)
def test_a_synchronisation_carries_one_register_of_three_kinds(body: str) -> None:
    assert SCHEMAS.valid("GRT302", business(f"<GRT302>{body}</GRT302>"))


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        (
            "GRT111",
            (
                "<GrtMessage><GrtDpstLevyBlBsc><dpstLevyBlNo>ZS0100202600001</dpstLevyBlNo>"
                "<assuredEtpsno>1105910159</assuredEtpsno><gurTypecd/></GrtDpstLevyBlBsc></GrtMessage>"
            ),
        ),
        (
            "GRT121",
            (
                "<GrtMessage><GrtRtnbkCrdwDt><gurNo>ZS0100202600001</gurNo><seqno/><etpsPreentNo>T0001</etpsPreentNo>"
                "<assuredEtpsno>1105910159</assuredEtpsno><gurTypecd>2</gurTypecd><rtnbkCrdwAmt/></GrtRtnbkCrdwDt></GrtMessage>"
            ),
        ),
        (
            "GRT151",
            (
                "<GrtMessage><GrtEtpsInfoBsc><etpsPreentNo>I0001</etpsPreentNo><assuredEtpsno>1105910159</assuredEtpsno>"
                "</GrtEtpsInfoBsc><GrtEtpsConcDt><etpsConcErName/></GrtEtpsConcDt><GrtEtpsAcctDt/></GrtMessage>"
            ),
        ),
        (
            "GRT161",
            (
                "<GrtMessage><GrtReconRsltBsc><etpsPreentNo>D0001</etpsPreentNo><assuredEtpsno>1105910159</assuredEtpsno>"
                "<reconRsltcd/></GrtReconRsltBsc><GrtReconDiffDt><stmtAmt/></GrtReconDiffDt></GrtMessage>"
            ),
        ),
    ],
)
def test_a_draft_need_only_say_what_names_it(name: str, inner: str) -> None:
    draft = business(f"{inner}<DelcareFlag>0</DelcareFlag>")

    assert SCHEMAS.valid(name, draft, lenient=True)
    assert not SCHEMAS.valid(name, draft)


def test_a_failure_of_the_client_software_is_valid_and_names_no_document() -> None:
    document = etree.fromstring(FAILURE)

    assert SCHEMAS.reasons("Root", document) == []
    assert SCHEMAS.valid("Root", without(document, "retData"))
    assert SCHEMAS.reasons("Root", without(document, "failCode")) != []


# --- what is refused ---


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("GRT111", "dpstLevyBlNo", ""),
        ("GRT111", "levyBlAmt", "120,000.50"),
        ("GRT121", "etpsPreentNo", ""),
        ("GRT121", "rtnbkCrdwAmt", ""),
        ("GRT121", "crdwAmt", "-1"),
        ("GRT141", "businessId", "x" * 65),
        ("GRT141", "etpsPreentNo", "x" * 65),
        ("GRT141", "OperCusRegCode", "1"),
        ("GRT151", "etpsConcErTelnum", "1" * 16),
        ("GRT151", "etpsConcErName", ""),
        ("GRT151", "dfltMarkcd", ""),
        ("GRT151", "pmnEtpsNm", ""),
        ("GRT151", "masterCuscd", "100"),
        ("GRT161", "stmtNo", ""),
        ("GRT161", "stmtVersion", ""),
        ("GRT161", "reconRsltcd", "11"),
        ("GRT161", "missMarkcd", ""),
        ("GRT161", "etpsAmt", ""),
        ("GRT211", "tmsCnt", ""),
        ("GRT221", "rtnbkCrdwAmt", ""),
        ("GRT251", "note", "x" * 256),
        ("GRT261", "manageResult", "10"),
        ("GRT301", "levyBlAmt", ""),
        ("GRT302", "evtCd", "4"),
        ("GRT302", "incrAmt", "1.005"),
        ("GRT302", "decrAmt", ""),
        ("GRT302", "mvmtNo", ""),
        ("GRT302", "mvmtTime", "2026-11-24"),
        ("GRT303", "stmtBgnDate", "2026-11-01 00:00:00"),
        ("GRT303", "clsgAmt", "-1"),
        ("GRT303", "mvmtQty", ""),
        ("GRT303", "genrtDate", ""),
    ],
)
def test_a_wrong_value_is_refused(name: str, field: str, value: str) -> None:
    assert not SCHEMAS.valid(name, changed(business(FULL[name]), field, value))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        *(
            (code, field)
            for code in ("GRT111", "GRT121", "GRT151", "GRT161")
            for field in ("DelcareFlag", "OperCusRegCode")
        ),
        ("GRT111", "ltguaValidDate"),
        ("GRT121", "GrtRtnbkCrdwDt"),
        ("GRT141", "ReceiptDclHead"),
        ("GRT141", "businessId"),
        ("GRT151", "GrtEtpsInfoBsc"),
        ("GRT161", "diffRsnDesc"),
        ("GRT301", "GrtDpstLevyBlBsc"),
        ("GRT302", "GrtRtnbkCrdwDt"),
        ("GRT302", "refNo"),
        ("GRT303", "GrtReconBsc"),
    ],
)
def test_a_message_without_a_part_that_it_must_have_is_refused(name: str, field: str) -> None:
    assert not SCHEMAS.valid(name, without(business(FULL[name]), field))


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        ("GRT301", f"<GRT301>{LEVY_ISSUED}{GUARANTEE_ASKED}</GRT301>"),
        ("GRT301", f"<GRT301>{REFUND}</GRT301>"),
        ("GRT301", f"<GRT301>{LEVY_ISSUED}{MOVEMENT}</GRT301>"),
        ("GRT302", f"<GRT302>{MOVEMENT}</GRT302>"),
        ("GRT302", f"<GRT302>{LEVY}{CARRY_IN}</GRT302>"),
        ("GRT302", f"<GRT302>{MOVEMENT}{LEVY}</GRT302>"),
        ("GRT221", f"<GRT221>{CARRY_IN}{REFUND}</GRT221>"),
        ("GRT151", f"<GrtMessage>{RECORD_ROWS}{RECORD}{TAIL}"),
        ("GRT121", f"<GrtMessage>{REFUND}{SEQ}{TAIL}"),
    ],
)
def test_what_stands_in_the_wrong_place_is_refused(name: str, inner: str) -> None:
    assert not SCHEMAS.valid(name, business(inner))


@pytest.mark.parametrize("name", ["GRT101", "GRT121"])
def test_a_filing_without_its_own_reference_stays_refused(name: str) -> None:
    inner = GUARANTEE_ASKED if name == "GRT101" else REFUND_BY_CUSTOMS

    assert not SCHEMAS.valid(name, business(f"<GrtMessage>{inner}{TAIL}"))
