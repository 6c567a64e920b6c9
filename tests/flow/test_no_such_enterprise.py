"""P301.02: what customs sends to an enterprise that this e-port does not serve comes back to
customs, once, and is seen there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from fixtures.kit.pair.pair import Pair
from gateway.base.message import Message
from gateway.base.ports import ACK
from gateway.base.store.sql import SqlStore
from gateway.bootstrap import make_gateway
from schemas.dxp import decode_reps
from schemas.xml import Limits, XmlReader
from tests.conftest import Api, Stores, client, eventually, on, pair_at, settings_of

STRANGER = "4403960ZZZ"
ENTER = (
    f"INSERT INTO c_enterprises VALUES ('{STRANGER}', '深圳某某公司', '91440300MA5F000000', '5300',"
    " 'DXPENT0000000009', 0, '')"
)


def customs_rows(pair: Pair, query: str) -> list[Any]:
    return list(pair.customs.office.store.read_here(lambda c: c.execute(text(query)).fetchall()))  # type: ignore[attr-defined]


def gateway_rows(store: SqlStore, query: str) -> list[Any]:
    return list(store.read_here(lambda c: c.execute(text(query)).fetchall()))


async def ask(api: Api, act: str) -> None:
    orders = {
        "/levies": {
            "enterprise": STRANGER,
            "customs": "5300",
            "amount": "100.00",
            "biz_type": "2",
            "biz_no": "C53000000001",
            "oriact_no": "C53000000001",
        },
        "/guarantee-requests": {"enterprise": STRANGER, "amount": "1000"},
        "/statements": {"enterprise": STRANGER, "from": "2026-11-23", "to": "2026-11-23"},
    }
    made = await api.control("POST", act, orders[act])
    assert made.status == 201, made.body


@pytest.mark.parametrize("act", ["/levies", "/guarantee-requests", "/statements"])
async def test_customs_sees_what_could_not_be_delivered_and_why(tmp_path: Path, act: str) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        pair.customs.office.store.write_here(lambda c: c.execute(text(ENTER)))  # type: ignore[attr-defined]
        await ask(api, act)

        async def parked() -> Any:
            return (await api.control("GET", "/parked")).json["items"]

        (row,) = await eventually(parked, what="the undelivered message at customs")
        assert row["direction"] == "out"
        assert row["reason"].startswith(
            f"未送达 undelivered: DxpRep 2001: no such enterprise {STRANGER}"
        )
        ((reason, message_id),) = gateway_rows(
            pair.gateway.store, "SELECT reason, message_id FROM parked"
        )
        assert (reason, message_id) == (f"no such enterprise {STRANGER}", row["message_id"])
        sent = customs_rows(pair, "SELECT message_type, direction FROM c_messages ORDER BY id")
        assert [r.direction for r in sent] == ["out", "in"]  # archived, and answered by nothing
        assert sent[1].message_type == "DxpRep"

        # the same message again: neither parked nor reported a second time
        body = bytes(
            customs_rows(pair, "SELECT body FROM c_messages WHERE direction = 'out'")[0].body
        )
        again = Message(id=row["message_id"], body=body, headers={})
        assert await pair.gateway.reception.on_batch([again, again]) == [ACK, ACK]
        assert gateway_rows(pair.gateway.store, "SELECT count(*) FROM parked")[0][0] == 1
        assert (
            gateway_rows(
                pair.gateway.store, "SELECT count(*) FROM messages WHERE message_type = 'DxpRep'"
            )[0][0]
            == 1
        )
        assert (await api.receipts()) == []


@on()
async def test_the_report_is_durable_with_the_park_and_is_read_again_as_it_was_offered(
    stores: Stores, tmp_path: Path
) -> None:
    """On every store: nobody sends at first; what the outbox finds later is what was offered."""
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        pair.customs.office.store.write_here(lambda c: c.execute(text(ENTER)))  # type: ignore[attr-defined]
        await ask(api, "/levies")
        body = bytes(
            customs_rows(pair, "SELECT body FROM c_messages WHERE direction = 'out'")[0].body
        )
        gateway = make_gateway(
            settings_of(tmp_path),
            open_store=lambda observer: stores.open(observer=observer),
            broker=pair.gateway.broker,
            clock=pair.clock,
            alone=True,
        )
    await gateway.registry.load()
    offered: list[Message] = []
    gateway.relay.offer = lambda parcels: offered.extend(m for p in parcels for m in p.messages)  # type: ignore[method-assign]
    message = Message(id="X", body=body, headers={"message_type": "GRT301"})
    assert await gateway.reception.on_batch([message, message]) == [ACK, ACK]
    assert await gateway.reception.on_batch([message]) == [ACK]
    (report,) = offered
    (parcel,) = await gateway.outbox.due(10, frozenset())
    assert [(m.id, m.body, m.headers) for m in parcel.messages] == [
        (report.id, report.body, report.headers)
    ]
    (said,) = decode_reps(XmlReader(Limits(size=100_000)).read(report.body).root)
    assert (said.code, said.receiver_id) == ("2001", "DXPEDCGRT0000001")
    assert said.original.encode() in body
    await gateway.outbox.settle([parcel], {})
    assert gateway_rows(gateway.store, "SELECT count(*) FROM outbox")[0][0] == 0
    assert gateway_rows(gateway.store, "SELECT count(*) FROM parked")[0][0] == 1


async def test_a_report_about_nothing_of_customs_is_parked_as_it_came(tmp_path: Path) -> None:
    body = (
        b'<DxpRep xmlns="http://www.chinaport.gov.cn/dxp"'
        b' ver="1.0"><RecevierId>DXPEDCGRT0000001</RecevierId><Response><ResponseCode>2001'
        b"</ResponseCode><ResponseInfo>x</ResponseInfo></Response><OriHead><CopMsgId>NOBODY</CopMsgId></OriHead></DxpRep>"
    )
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        for number in (1, 2):
            assert await pair.customs.on_batch(
                [Message(id=f"R{number}", body=body, headers={})]
            ) == [ACK]
        (row,) = (await api.control("GET", "/parked")).json["items"]
        assert (row["direction"], row["message_id"]) == ("in", "NOBODY")
        assert "names no message of customs" in row["reason"]
