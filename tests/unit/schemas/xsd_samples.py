"""Elements in their published order and valid samples, written out: never taken from the XSDs
under test."""

from __future__ import annotations

import copy
from pathlib import Path

from lxml import etree

from customs_sim.wire.elements import GUARANTEE, LEVY, REFUND

XSD_DIR = Path(__file__).resolve().parents[3] / "schemas" / "xsd"
CODELIST_DIR = XSD_DIR.parent / "codelists"
FILES = sorted(str(path.relative_to(XSD_DIR)) for path in XSD_DIR.rglob("*.xsd"))
XS = "{http://www.w3.org/2001/XMLSchema}"
FIELD = "{urn:eport:field}field"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
DXP = "http://www.chinaport.gov.cn/dxp"

CARRY_IN = ["seqno", "gurNo", "crdwAmt", "rmk"]
ORDERS = {
    "GrtGasrLevyBsc": list(GUARANTEE),
    "GrtDpstLevyBlBsc": list(LEVY),
    "GrtRtnbkCrdwDt": list(REFUND),
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
