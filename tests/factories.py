"""Documents and values with defaults that pass. Written out literally: nothing here uses the codecs under test.

The default 总担保设立 (by letter, valid until 2027-11-22) passes every rule from 2026-11 until that day.
"""

from __future__ import annotations

import base64
import re
import textwrap
from collections.abc import Mapping
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

from gateway.handler import Context, Enterprise, Filing
from schemas.codes import CodeLists
from schemas.guarantee import Body

BEIJING, SHANGHAI = "1105910159", "3105960AAA"
CUSTOMS_NODE = "DXPEDCGRT0000001"
ENTERPRISES: dict[str, Enterprise] = {
    BEIJING: Enterprise(
        code=BEIJING, name="北京某某保税科技有限公司", credit_code="91110000802100433B", customs="0100",
        dxp_id="DXPENT0000000001"),
    SHANGHAI: Enterprise(
        code=SHANGHAI, name="上海某某国际物流有限公司", credit_code="91310115MA1K3QW838", customs="2200",
        dxp_id="DXPENT0000000002"),
}
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
SAS = "http://www.chinaport.gov.cn/sas"
CASH = {
    "gurModecd": "1", "paymnModecd": "1", "ltguaNo": "", "ltguaValidDate": "",
    "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行", "pmnEtpsBankAcctnum": "0200003409089123456",
}
"""What a 保金 filing says otherwise than the default, paid at the counter."""


def grt101_fields(*, enterprise: str = BEIJING, **changes: str | None) -> dict[str, str]:
    """The 36 elements of GrtGasrLevyBsc in schema order. A change to None leaves its element out."""
    who = ENTERPRISES[enterprise]
    reference = changes.get("etpsPreentNo", "R0001")
    fields: dict[str, str | None] = {
        "gasrNo": "",
        "chgTmsCnt": "0",
        "etpsPreentNo": "R0001",
        "dclTypecd": "1",
        "masterCuscd": who.customs,
        "assuredEtpsno": who.code,
        "assuredEtpsNm": who.name,
        "assuredEtpsSccd": who.credit_code,
        "mkclUnitNm": "",
        "mkclUnitOpaccBankNm": "",
        "mkclUnitBankAcctnum": "",
        "pmnEtpsSccd": who.credit_code,
        "pmnEtpsno": who.code,
        "pmnEtpsNm": who.name,
        "pmnEtpsOpaccBankNm": "",
        "pmnEtpsBankAcctnum": "",
        "gurModecd": "2",
        "gasrAmt": "500000",
        "usedGasrAmt": "0",
        "avalGasrAmt": "0",
        "alrdyRtnbkGasrAmt": "0",
        "paymnModecd": "",
        "ltguaNo": f"BH-{reference}",
        "ltguaValidDate": "2027-11-22 00:00:00",
        "etpsConcErName": "张三",
        "etpsConcErTelnum": "010-88886666",
        "dclTime": "2026-11-23 10:00:00",
        "apprTime": "",
        "chgApprTime": "",
        "emapvMarkcd": "0",
        "gurStucd": "",
        "pmnDeadline": "",
        "pmnChkinTime": "",
        "version": "",
        "lastUpdateTime": "",
        "rmk": "年度总担保",
    }
    if unknown := changes.keys() - fields.keys():
        raise TypeError(f"GrtGasrLevyBsc has no {', '.join(sorted(unknown))}")
    fields |= changes
    return {name: value for name, value in fields.items() if value is not None}


def grt101(
    ref: str = "R0001", number: int = 1, *, form: str = "Signature", flag: str = "1", seq_no: str | None = None,
    encoding: str = "UTF-8", namespace: str | None = None, enterprise: str = BEIJING, message_type: str = "GRT101",
    message_id: str | None = None, sender: str | None = None, receiver: str = CUSTOMS_NODE, sys_id: str = "B2",
    operator: str | None = None, **fields: str | None,
) -> bytes:
    """A GRT101 message, one element a line. ``form``: Signature, Package, or DxpMsg (around a Signature, in UTF-8).

    ``encoding`` is also the label; UTF-16 and UTF-8-SIG come with a BOM. ``namespace``: default or prefixed.
    ``fields`` as for ``grt101_fields``."""
    sender = ENTERPRISES[enterprise].dxp_id if sender is None else sender
    message_id = f"{sender}{receiver}20261123100000{number:011d}" if message_id is None else message_id
    body = grt101_fields(enterprise=enterprise, **{"etpsPreentNo": ref} | fields)
    package = _box(
        "Package",
        _box("EnvelopInfo",
             _leaf("version", "1.0"), _leaf("business_id", ref), _leaf("message_id", message_id),
             _leaf("file_name", f"{message_id}.GRT"), _leaf("message_type", message_type),
             _leaf("sender_id", sender), _leaf("receiver_id", receiver), _leaf("send_time", "2026-11-23T10:00:00"),
             _leaf("Ic_Card", "2100040033809")),
        _box("DataInfo",
             _box("PocketInfo", _leaf("pocket_id", ""), _leaf("total_pocket_qty", "1"), _leaf("cur_pocket_no", "1"),
                  _leaf("is_unstructured", "")),
             _box("BussinessData",
                  _box("GrtMessage",
                       "" if seq_no is None else _leaf("SeqNo", seq_no),
                       _box("GrtGasrLevyBsc", *(_leaf(name, value) for name, value in body.items()))),
                  _leaf("DelcareFlag", flag), _leaf("SysId", sys_id),
                  _leaf("OperCusRegCode", ENTERPRISES[enterprise].code if operator is None else operator))))
    if form == "Package":
        return _document(package, encoding, namespace, SAS)
    signature = _document(_signed(package), encoding, namespace, XMLDSIG)
    return signature if form == "Signature" else dxp(signature, number, sender, receiver, message_type)


def dxp(data: bytes, number: int = 1, sender: str = "DXPENT0000000001", receiver: str = CUSTOMS_NODE,
        message_type: str = "GRT101") -> bytes:
    """A DxpMsg around ``data``, base64 in lines of 76."""
    lines = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 76))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp" ver="1.0">\n'
        f"  <TransInfo>\n    <CopMsgId>00000000-0000-4000-8000-{number:012X}</CopMsgId>\n"
        f"    <SenderId>{sender}</SenderId>\n"
        f"    <ReceiverIds>\n      <ReceiverId>{receiver}</ReceiverId>\n    </ReceiverIds>\n"
        f"    <CreatTime>2026-11-23T10:00:00</CreatTime>\n    <MsgType>{message_type}</MsgType>\n  </TransInfo>\n"
        f"  <Data>\n{lines}\n  </Data>\n</DxpMsg>\n"
    ).encode()


def grt101_filing(*, declares: bool = True, sys_id: str = "B2", operator: str | None = None, seq_no: str = "",
                  enterprise: str = BEIJING, **fields: str | None) -> Filing:
    """A GRT101 as rules see it."""
    return Filing(
        message_type="GRT101", body=Body(grt101_fields(enterprise=enterprise, **fields)), declares=declares,
        seq_no=seq_no, sys_id=sys_id, operator=enterprise if operator is None else operator)


_CODES = CodeLists()


def context(
    *, today: date = date(2026, 11, 23), acts_for: tuple[str, ...] = (BEIJING,),
    enterprises: Mapping[str, Enterprise] = ENTERPRISES,
) -> Context:
    """What rules may know: 10 in the morning of ``today`` in Asia/Shanghai."""
    return Context(now=datetime(today.year, today.month, today.day, 2, tzinfo=UTC), today=today,
                   acts_for=frozenset(acts_for), enterprises=enterprises, codes=_CODES)


def _leaf(name: str, value: str) -> str:
    text = escape(value, {"\n": "&#10;", "\r": "&#13;"})  # a value is one line, whatever the indentation
    return f"<{name}>{text}</{name}>" if value else f"<{name}/>"


def _box(name: str, *parts: str, attributes: str = "") -> str:
    inner = "\n".join(part for part in parts if part)
    return f"<{name}{attributes}>\n{textwrap.indent(inner, '  ')}\n</{name}>"


def _signed(package: str) -> str:
    def method(name: str, algorithm: str) -> str:
        return f'<{name} Algorithm="{algorithm}"/>'

    return _box(
        "Signature",
        _box("SignedInfo",
             method("CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
             method("SignatureMethod", f"{XMLDSIG}rsa-sha1"),
             _box("Reference", method("DigestMethod", f"{XMLDSIG}sha1"), _leaf("DigestValue", ""),
                  attributes=' URI="String"')),
        _leaf("SignatureValue", ""),
        _box("KeyInfo", _leaf("KeyName", "03000000000cde6f")),
        _box("Object", package, attributes=' Id="String"'))


def _document(element: str, encoding: str, namespace: str | None, uri: str) -> bytes:
    root = element[1:].partition("\n")[0].rstrip(">")
    if namespace == "default":
        element = element.replace(f"<{root}>", f'<{root} xmlns="{uri}">', 1)
    elif namespace == "prefixed":
        element = re.sub(r"<(/?)(?=[A-Za-z])", r"<\1m:", element.replace(f"<{root}>", f'<{root} xmlns:m="{uri}">', 1))
    label = "UTF-8" if encoding == "UTF-8-SIG" else encoding
    return f'<?xml version="1.0" encoding="{label}"?>\n{element}\n'.encode(encoding)
