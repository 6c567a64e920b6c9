"""What the gateway makes of odd messages of customs, and what it refuses from everybody else."""

from __future__ import annotations

import pytest

from gateway.attempt_ids import Attempt, gateway_msg_id
from gateway.base.message import Message
from gateway.receipts.customs_reader import CustomsReader, Report, Target, Unreadable
from schemas.dxp import DxpMsg, encode_dxp
from schemas.findings import Refused
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet

SALT = b"salt of this test"
SEQ_NO = 202600000000000001
ROOT = (
    '<?xml version="1.0"'
    ' encoding="UTF-8"?><Root><resultFlag><Type>1</Type><Value>11</Value></resultFlag><failCode'
    ' version="1">C134</failCode><failInfo><![CDATA[读卡器 操作失败]]></failInfo><retData/></Root>'
).encode()
GBK = '<?xml version="1.0" encoding="UTF-8"?>\n<a>中华人民共和国北京海关 材料不全</a>'


def read(body: bytes) -> object:
    reader = CustomsReader(
        reader=XmlReader(mislabelled=True), schemas=SchemaSet(), handlers=(), salt=SALT
    )
    return reader.read(Message(id="M1", body=body, headers={"message_type": "GRT201"}))


def test_a_client_failure_in_a_message_that_names_an_attempt_is_told_to_its_filing() -> None:
    keys = {"GatewayMsgId": gateway_msg_id(SALT, Attempt(SEQ_NO, 2, 77))}
    found = read(
        encode_dxp(
            DxpMsg(
                cop_msg_id="C1",
                sender_id="DXPEDCGRT0000001",
                receiver_ids=("X",),
                created_at="2026-11-23T10:00:00",
                message_type="Root",
                data=ROOT,
                keys=keys,
            )
        )
    )
    assert isinstance(found, Report)
    assert (found.name, found.code, found.info, found.target) == (
        "Root",
        "C134",
        "读卡器 操作失败",
        Target(SEQ_NO, 2, mark=77),
    )


def test_a_bare_client_failure_names_nothing() -> None:
    found = read(ROOT)
    assert isinstance(found, Report)
    assert (found.code, found.target) == ("C134", None)


def test_gbk_under_the_label_utf_8_is_read_where_it_is_tolerated_and_lines_stay() -> None:
    document = XmlReader(mislabelled=True).read(GBK.encode("gbk"))
    assert (document.root.text, document.encoding, document.root.sourceline) == (
        "中华人民共和国北京海关 材料不全",
        "GBK",
        2,
    )


def test_gbk_under_the_label_utf_8_is_refused_from_a_sender() -> None:
    with pytest.raises(Refused) as refused:
        XmlReader().read(GBK.encode("gbk"))
    assert refused.value.findings[0].code == "ENC.02"


@pytest.mark.parametrize(
    "body",
    [
        GBK.encode().replace("中".encode(), b"\xe4\xb8"),
        GBK.encode().replace("北".encode(), b"\xe5\x8c"),
    ],
)
def test_damaged_utf_8_is_not_taken_for_gbk(body: bytes) -> None:
    with pytest.raises(Refused):
        XmlReader(mislabelled=True).read(body)
    assert isinstance(read(body), Unreadable)
