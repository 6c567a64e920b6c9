"""A DxpRep in the official shape: NoticeTime, Note and OriHead close each Response, and several
Responses are several reports (docs/wire.md 1.2). The shape once written here is still read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from fixtures.kit.pair.pair import Pair
from gateway.base.message import Message
from gateway.base.ports import ACK
from schemas.dxp import DxpMsg, DxpRep, decode_reps, encode_rep
from schemas.times import SHANGHAI
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet
from tests.conftest import Api, client, pair_at
from tests.factories import grt101

DXP = "http://www.chinaport.gov.cn/dxp"
SCHEMAS = SchemaSet()


def head(original: str) -> str:
    return (
        f"<d:OriHead><d:CopMsgId>{original}</d:CopMsgId><d:SenderId>DXPEDCGRT0000002</d:SenderId>"
        "<d:ReceiverIds><d:ReceiverId>DXPEDCGRT0000001</d:ReceiverId></d:ReceiverIds>"
        "<d:CreatTime>2026-11-23T10:00:00</d:CreatTime><d:MsgType>GRT101</d:MsgType></d:OriHead>"
    )


def response(original: str, code: str = "3002", info: str = "远程连接失败", note: str = "") -> str:
    return (
        f"<d:Response><d:NodeId>00000001</d:NodeId><d:ResponseCode>{code}</d:ResponseCode>"
        f"<d:ResponseInfo>{info}</d:ResponseInfo><d:Results><d:Result><d:RecId>DXPEDCGRT0000001"
        f"</d:RecId><d:Code>{code}</d:Code></d:Result></d:Results>"
        f"<d:NoticeTime>2026-11-23</d:NoticeTime>{f'<d:Note>{note}</d:Note>' if note else ''}"
        f"{head(original)}</d:Response>"
    )


def official(*responses: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><d:DxpRep xmlns:d="{DXP}" ver="1.0">'
        "<d:RecevierId>DXPEDCGRT0000002</d:RecevierId><d:AdNodeId>00000002</d:AdNodeId>"
        f"{''.join(responses)}"
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/></ds:Signature>'
        "</d:DxpRep>"
    ).encode()


def old_shape(original: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><d:DxpRep xmlns:d="{DXP}" ver="1.0"><d:RecevierId>'
        "DXPEDCGRT0000002</d:RecevierId><d:Response><d:ResponseCode>3002</d:ResponseCode>"
        "<d:ResponseInfo>远程连接失败</d:ResponseInfo></d:Response><d:NoticeTime>2026-11-23"
        f"</d:NoticeTime>{head(original)}</d:DxpRep>"
    ).encode()


def test_several_responses_are_several_reports() -> None:
    root = XmlReader().read(official(response("A", note="再试"), response("B", "2001", "")))

    assert SCHEMAS.valid("DxpRep", root.root), SCHEMAS.reasons("DxpRep", root.root)
    assert [(r.receiver_id, r.code, r.info, r.original) for r in decode_reps(root.root)] == [
        ("DXPEDCGRT0000002", "3002", "远程连接失败; 再试", "A"),
        ("DXPEDCGRT0000002", "2001", "", "B"),
    ]


def test_the_shape_once_written_here_is_read() -> None:
    (report,) = decode_reps(XmlReader().read(old_shape("A")).root)

    assert (report.code, report.original) == ("3002", "A")


def test_what_is_written_is_the_official_shape() -> None:
    about = DxpMsg(
        cop_msg_id="A",
        sender_id="DXPENT0000000001",
        receiver_ids=("DXPEDCGRT0000001",),
        created_at="2026-11-23T10:00:00",
        message_type="GRT101",
        data=b"",
    )
    said = DxpRep(receiver_id="DXPENT0000000001", code="2001", info="<没有>", original="A")
    body = encode_rep(said, about, datetime(2026, 11, 23, 10, tzinfo=SHANGHAI))
    root = XmlReader().read(body).root

    assert SCHEMAS.valid("DxpRep", root), SCHEMAS.reasons("DxpRep", root)
    assert [child.tag for child in root.find("Response")][-2:] == ["NoticeTime", "OriHead"]
    assert decode_reps(root) == (said,)


async def forwarded(api: Api, body: bytes) -> str:
    """The SeqNo of a filing that customs has."""
    seq: str = (await api.taken(body))["seq_no"]
    await api.until(seq, "received")
    return seq


def ids_of(pair: Pair) -> list[str]:
    read: Any = pair.customs.office.store.read_here  # type: ignore[attr-defined]
    query = "SELECT message_id FROM c_messages WHERE direction = 'in' ORDER BY id"
    return [row.message_id for row in read(lambda c: c.execute(text(query)).fetchall())]


@pytest.mark.parametrize("shape", ["official", "old"])
async def test_the_gateway_shows_each_report_at_its_filing(tmp_path: Path, shape: str) -> None:
    async with pair_at(tmp_path / "home", profile="manual") as pair, client(pair.ready) as api:
        first = await forwarded(api, grt101("R1", 1))
        second = await forwarded(api, grt101("R2", 2))
        one, two = ids_of(pair)
        bodies = (
            [official(response(one), response("NOBODY"), response(two, "2001", "接收方不存在"))]
            if shape == "official"
            else [old_shape(one), old_shape(two)]
        )
        for n, body in enumerate(bodies):
            message = Message(id=f"REP{n}", body=body, headers={})
            assert await pair.gateway.reception.on_batch([message, message]) == [ACK, ACK]
        said = [(await api.declaration(seq))["undeliverable"] for seq in (first, second)]

    assert said[0] == "DxpRep 3002: 远程连接失败"
    assert said[1].startswith("DxpRep 2001" if shape == "official" else "DxpRep 3002")


async def test_customs_sets_aside_each_message_that_a_report_names(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        await api.approved(grt101("R1", 1))
        read: Any = pair.customs.office.store.read_here  # type: ignore[attr-defined]
        query = text("SELECT message_id FROM c_messages WHERE direction = 'out' ORDER BY id")
        one, two, *_ = [row.message_id for row in read(lambda c: c.execute(query).fetchall())]
        body = official(response(one), response(two, "2001"), response("NOBODY"))
        for n in (1, 2):
            message = Message(id=f"R{n}", body=body, headers={})
            assert await pair.customs.on_batch([message]) == [ACK]
        rows = (await api.control("GET", "/parked")).json["items"]

    assert sorted((row["direction"], row["message_id"]) for row in rows) == sorted(
        [("out", one), ("out", two), ("in", "NOBODY")]
    )
