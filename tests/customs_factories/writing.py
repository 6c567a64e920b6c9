"""Messages as they come on the queue to customs, written by hand, not by our codecs."""

from __future__ import annotations

import base64
import re

from customs_sim.wire.filing import Filing
from customs_sim.wire.reader import FilingReader
from gateway.base.message import Message
from schemas.xsd import SchemaSet
from tests.customs_factories.documents import LETTER, NODE, SENDER

BODIES = {
    "GRT101": "GrtGasrLevyBsc",
    "GRT111": "GrtDpstLevyBlBsc",
    "GRT121": "GrtRtnbkCrdwDt",
    "GRT151": "GrtEtpsInfoBsc",
    "GRT161": "GrtReconRsltBsc",
}


def carry_in(levy_no: str, amount: str) -> str:
    return (
        f"<GrtCrdwInDt><seqno>1</seqno><gurNo>{levy_no}</gurNo>"
        f"<crdwAmt>{amount}</crdwAmt><rmk/></GrtCrdwInDt>"
    )


def rows_of(name: str, *rows: dict[str, str]) -> str:
    return "".join(
        f"<{name}>" + "".join(f"<{k}>{v}</{k}>" for k, v in row.items()) + f"</{name}>"
        for row in rows
    )


def resend_request(number: int, *, business: str = "", reference: str = "") -> Message:
    """A GRT141."""
    head = (
        f"<GRT141><ReceiptDclHead><businessId>{business}</businessId>"
        f"<etpsPreentNo>{reference}</etpsPreentNo></ReceiptDclHead></GRT141>"
    )
    content = package({}, message_type="GRT141").decode()
    content = re.sub(
        r"<BussinessData>.*</BussinessData>", f"<BussinessData>{head}</BussinessData>", content
    )
    return Message(
        id=gateway_id(number),
        body=transport(content.encode(), gateway_id(number)),
        headers={"content_type": "application/xml", "message_type": "GRT141"},
    )


NIL = ("seqno", "chgTmsCnt", "masterCuscd")


def package(
    fields: dict[str, str],
    *,
    rows: str = "",
    flag: str = "1",
    operator: str = "1105910159",
    message_type: str = "GRT101",
    pocket_id: str = "",
) -> bytes:
    """A filing as an enterprise signs it."""
    name = BODIES.get(message_type, "GrtGasrLevyBsc")
    nil = NIL if name == "GrtRtnbkCrdwDt" else ()
    body = "".join(
        (
            f'<{k} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'
            if k in nil and not v
            else f"<{k}>{v}</{k}>"
        )
        for k, v in fields.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Signature><SignedInfo>'
        '<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
        '<SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/><Reference'
        ' URI="String">'
        "<DigestMethod"
        ' Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/><DigestValue/></Reference></SignedInfo><SignatureValue/>'
        "<KeyInfo><KeyName>tester</KeyName></KeyInfo><Object"
        ' Id="String"><Package><EnvelopInfo><version>1.0</version>'
        "<business_id>R-0001</business_id><message_id>DXPENT0000000001DXPEDCGRT00000012026112311590000000000001</message_id>"
        f"<file_name>R-0001.GRT</file_name><message_type>{message_type}</message_type><sender_id>DXPENT0000000001</sender_id>"
        "<receiver_id>DXPEDCGRT0000001</receiver_id><send_time>2026-11-23T11:59:00</send_time><Ic_Card>2100040033809</Ic_Card></EnvelopInfo>"
        f"<DataInfo><PocketInfo><pocket_id>{pocket_id}</pocket_id><total_pocket_qty>1</total_pocket_qty><cur_pocket_no>1</cur_pocket_no>"
        f"<is_unstructured/></PocketInfo><BussinessData><GrtMessage><{name}>{body}</{name}>{rows}"
        f"<SysId>B2</SysId><OperCusRegCode>{operator}</OperCusRegCode></GrtMessage>"
        f"<DelcareFlag>{flag}</DelcareFlag></BussinessData>"
        "</DataInfo></Package></Object></Signature>"
    ).encode()


def transport(
    data: bytes,
    message_id: str,
    *,
    seq_no: str = "",
    receiver: str = NODE,
    sender: str = SENDER,
    created: str = "2026-11-23T12:00:00+08:00",
) -> bytes:
    """The DxpMsg that the e-port puts around it."""
    seq = f'<Key name="SeqNo">{seq_no}</Key>' if seq_no else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><DxpMsg xmlns="http://www.chinaport.gov.cn/dxp"'
        f' ver="1.0"><TransInfo><CopMsgId>{message_id}</CopMsgId><SenderId>{sender}</SenderId>'
        f"<ReceiverIds><ReceiverId>{receiver}</ReceiverId></ReceiverIds>"
        f"<CreatTime>{created}</CreatTime><MsgType>GRT101</MsgType></TransInfo>"
        f"<Data>{base64.b64encode(data).decode()}</Data>"
        f'<AddInfo><BizKey>{seq}<Key name="GatewayMsgId">{message_id}</Key></BizKey></AddInfo>'
        "</DxpMsg>"
    ).encode()


def gateway_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def seq_of(number: int) -> str:
    return f"2026{number:014d}"


def declaration(
    number: int = 1,
    fields: dict[str, str] | None = None,
    *,
    operator: str = "1105910159",
    flag: str = "1",
    seq_no: str | None = None,
    attempts: int = 0,
    pocket_id: str = "",
    message_type: str = "GRT101",
    rows: str = "",
) -> Message:
    """Filing ``number`` as it stands on the queue to customs: SeqNo, reference and letter follow
    from the number."""
    given = fields or LETTER | {"ltguaNo": f"LG-{number:03d}"}
    own = {"etpsPreentNo": f"R-{number:04d}"} if "etpsPreentNo" in given else {}
    content = package(
        given | own,
        operator=operator,
        flag=flag,
        pocket_id=pocket_id,
        message_type=message_type,
        rows=rows,
    )
    return Message(
        id=gateway_id(number),
        attempts=attempts,
        headers={"content_type": "application/xml", "message_type": message_type},
        body=transport(
            content, gateway_id(number), seq_no=seq_of(number) if seq_no is None else seq_no
        ),
    )


SCHEMAS = SchemaSet()


def filing_of(
    fields: dict[str, str],
    *,
    operator: str = "1105910159",
    seq_no: str = "202600000000000001",
    message_type: str = "GRT101",
    rows: str = "",
) -> Filing:
    """The same document as the review sees it."""
    content = package(fields, operator=operator, message_type=message_type, rows=rows)
    opened = FilingReader(SCHEMAS, NODE).open(transport(content, gateway_id(1), seq_no=seq_no))
    assert isinstance(opened, Filing), opened
    return opened
