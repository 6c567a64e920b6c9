"""The customs node on its store and an embedded broker: what cannot be read or stored, and
failures of its own."""

from __future__ import annotations

import pytest

from customs_sim.store.tables import guarantees
from gateway.base.errors import DataRefused, Unavailable, Undelivered
from gateway.base.message import Message
from gateway.base.ports import Verdict
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet
from tests.customs_factories import (
    LETTER,
    SENDER,
    House,
    declaration,
    gateway_id,
    package,
    transport,
)
from tests.flow.customs.node import APPROVED, STORED, fail_for


async def test_content_that_fails_the_schema_is_not_stored_and_the_reason_named() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1, LETTER | {"gasrAmt": "1,000"}, pocket_id="P" * 128))
        [answer] = await house.gateway.answered(1)
        assert await house.rows("SELECT status, rules FROM c_cases") == [("refused", "XSD")]
    assert (answer.type, answer.result, answer["pocketId"]) == ("GRT200", "2", "P" * 64)
    assert "gasrAmt" in answer["rmk"]
    assert "1,000" in answer["rmk"]


async def test_a_draft_is_not_stored() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1, flag="0"))
        [draft] = await house.gateway.answered(1)
    assert draft.result == "2"
    assert "DelcareFlag" in draft["rmk"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (transport(b"this is no XML", gateway_id(1)), "0001"),
        (transport(b"<Package/>", gateway_id(1)), "0002"),
        (transport(package(LETTER, message_type="GRT999"), gateway_id(1)), "0002"),
        (transport(package(LETTER), gateway_id(1)).replace(b"<Data>", b"<Data>!"), "0001"),
        (transport(package(LETTER), gateway_id(1), receiver="DXPEDCCEB0000002"), "2002"),
        (transport(b"<a/>", gateway_id(1), created="&lt;evil/&gt;"), "0002"),
    ],
    ids=[
        "no XML inside",
        "no envelope",
        "unknown type",
        "broken base64",
        "another receiver",
        "hostile time",
    ],
)
async def test_an_unreadable_message_with_an_address_is_parked_and_answered_by_a_rep(
    body: bytes, code: str
) -> None:
    schemas, reader = SchemaSet(), XmlReader()
    async with House() as house:
        await house.gateway.send(Message(id=gateway_id(1), body=body))
        await house.gateway.send(Message(id=gateway_id(1), body=body))
        [answer] = await house.gateway.answered(1)
        parked = (await house.node.parked(limit=10)).rows
    assert answer.type == "DxpRep"
    assert f"<ResponseCode>{code}</ResponseCode>" in answer.transport
    assert f"<OriHead><CopMsgId>{gateway_id(1)}</CopMsgId>" in answer.transport
    assert schemas.valid("DxpRep", reader.read(answer.message.body).root)
    [(_, _, direction, message_id, scope, reason, _)] = parked
    assert (direction, message_id, scope) == ("in", gateway_id(1), SENDER)
    assert reason


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00\x01", b"<a>", b"<DxpMsg/>", transport(package(LETTER), "")],
    ids=["empty", "binary", "cut off", "no address", "no message id"],
)
async def test_a_message_without_an_address_is_parked_on_both_sides(body: bytes) -> None:
    async with House() as house:
        with pytest.raises(Undelivered) as raised:
            await house.gateway.send(Message(id="M-1", body=body), declaration(2))
        await house.gateway.answered(2)
        assert raised.value.rest["M-1"].verdict is Verdict.PARK
        assert [row[3] for row in (await house.node.parked(limit=10)).rows] == ["M-1"]
    assert house.gateway.to(2) == [STORED, APPROVED]


# failures of our own


async def test_a_message_that_raises_is_retried_and_its_neighbours_are_not_delayed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with House() as house:
        fail_for(monkeypatch, "R-0002")
        with pytest.raises(Undelivered) as raised:
            await house.gateway.send(declaration(1), declaration(2), declaration(3))
        await house.gateway.answered(4)
        assert {key: said.verdict for key, said in raised.value.rest.items()} == {
            gateway_id(2): Verdict.RETRY
        }
        assert (house.gateway.to(1), house.gateway.to(2), house.gateway.to(3)) == (
            [STORED, APPROVED],
            [],
            [STORED, APPROVED],
        )
        # The failed try left nothing behind: the message is no repeat when it comes again.
        monkeypatch.undo()
        await house.gateway.send(declaration(2, attempts=1))
        await house.gateway.answered(6)
        assert house.gateway.to(2) == [STORED, APPROVED]


async def test_the_fifth_failure_parks_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    async with House() as house:
        fail_for(monkeypatch, "R-0002")
        with pytest.raises(Undelivered) as raised:
            await house.gateway.send(declaration(2, attempts=4))
        assert raised.value.rest[gateway_id(2)].verdict is Verdict.PARK
        [row] = (await house.node.parked(limit=10)).rows
    assert (row[3], row[6]) == (gateway_id(2), 5)
    assert "out of order" in str(row[5])


async def test_a_value_that_the_database_refuses_concerns_only_its_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with House() as house:
        add = house.node.office.sql.add_case.many

        class Strict:
            def many(self, connection: object, rows: list[tuple[object, ...]]) -> int:
                if any(row[8] == "R-0003" for row in rows):
                    raise DataRefused("value too long")
                return add(connection, rows)  # type: ignore[arg-type]

        monkeypatch.setattr(house.node.office.sql, "add_case", Strict())
        with pytest.raises(Undelivered) as raised:
            await house.gateway.send(*(declaration(n) for n in range(1, 6)))
        await house.gateway.answered(8)
        assert set(raised.value.rest) == {gateway_id(3)}
        assert await house.rows("SELECT count(*) FROM c_guarantees") == [(4,)]


async def test_an_error_of_the_driver_itself_concerns_only_its_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with House() as house:
        add = house.node.office.sql.ledger.add[guarantees].many

        class Narrow:
            def many(self, connection: object, rows: list[tuple[object, ...]]) -> int:
                if any(row[9] == "LG-002" for row in rows):
                    raise OverflowError("too large to convert")
                return add(connection, rows)  # type: ignore[arg-type]

        monkeypatch.setitem(house.node.office.sql.ledger.add, guarantees, Narrow())
        with pytest.raises(Undelivered) as raised:
            await house.gateway.send(declaration(1), declaration(2, attempts=4), declaration(3))
        await house.gateway.answered(4)
        assert {key: said.verdict for key, said in raised.value.rest.items()} == {
            gateway_id(2): Verdict.PARK
        }
        assert [row[3] for row in (await house.node.parked(limit=10)).rows] == [gateway_id(2)]
        assert (
            await house.rows("SELECT * FROM c_messages WHERE message_id = '" + gateway_id(2) + "'")
            == []
        )


async def test_a_store_that_is_gone_lets_the_batch_wait_without_counting_a_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with House() as house:

        async def gone(*_: object, **__: object) -> None:
            raise Unavailable("no route to the store")

        with monkeypatch.context() as patch:
            patch.setattr(house.store, "write", gone)
            with pytest.raises(Undelivered) as raised:
                await house.gateway.send(declaration(1), declaration(2))
        assert {said.verdict for said in raised.value.rest.values()} == {Verdict.WAIT}
        await house.gateway.send(declaration(1), declaration(2))
        await house.gateway.answered(4)
