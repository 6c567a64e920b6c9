"""The customs node on its store and an embedded broker: profile instant, and repeats."""

from __future__ import annotations

import pytest

from customs_sim.wire.ids import answer_id
from gateway.base.message import Message
from schemas.xml import XmlReader
from schemas.xsd import SchemaSet
from tests.customs_factories import (
    CASH,
    LETTER,
    NODE,
    SENDER,
    Answer,
    House,
    declaration,
    gateway_id,
    package,
    seq_of,
    transport,
)
from tests.flow.customs.node import APPROVED, PERSON, REFUSED, RETURNED, STORED


async def test_an_instant_approval_answers_twice_and_assigns_a_number() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1))
        received, approved = await house.gateway.answered(2)
    assert (received.type, received.result, received["etpsPreentNo"]) == ("GRT200", "1", seq_of(1))
    assert (received["resutType"], received["totalPocketQty"], received["curPocketNo"]) == (
        "A",
        "1",
        "1",
    )
    assert (approved.type, approved.result, approved["typecd"], approved["tmsCnt"]) == (
        "GRT201",
        "1",
        "1",
        "0",
    )
    assert approved["businessId"] == approved["gasrNo"] == "ZB0100202600001"
    assert approved["manageDate"] == "2026-11-23 12:00:00"


async def test_the_echoed_document_carries_what_customs_owns_and_leaves_the_rest() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1), declaration(2, CASH))
        letter, cash = [
            answer for answer in await house.gateway.answered(4) if answer.type == "GRT201"
        ]
    for answer, amount in ((letter, "300000"), (cash, "500000")):
        assert (
            answer["gasrAmt"],
            answer["usedGasrAmt"],
            answer["avalGasrAmt"],
            answer["alrdyRtnbkGasrAmt"],
        ) == (amount, "0", amount, "0")
        assert (answer["apprTime"], answer["gurStucd"], answer["emapvMarkcd"]) == (
            "2026-11-23 12:00:00",
            "1",
            "1",
        )
        assert (answer.held("version"), answer["lastUpdateTime"]) == ("1", "2026-11-23 12:00:00")
        assert answer["mkclUnitNm"] == "中华人民共和国北京海关"
        assert answer["rmk"] == "年度总担保"
    assert (letter["pmnChkinTime"], cash["pmnChkinTime"]) == ("", "2026-11-23 12:00:00")


async def test_every_answer_says_what_it_answers_and_is_valid() -> None:
    schemas, reader = SchemaSet(), XmlReader()
    async with House() as house:
        await house.gateway.send(
            declaration(1),
            declaration(2, LETTER | {"gasrAmt": "0"}),
            declaration(3, CASH | {"gasrAmt": "99999999"}),
            declaration(4, CASH | {"gasrAmt": "x"}),
        )
        answers = await house.gateway.answered(7)
    for answer in answers:
        outer = reader.read(answer.message.body).root
        assert schemas.valid("DxpMsg", outer), schemas.reasons("DxpMsg", outer)
        inner = reader.read(answer.package.encode()).root
        assert schemas.valid("package", inner), schemas.reasons("package", inner)
        business = inner.find("DataInfo/BussinessData")
        assert business is not None
        assert schemas.valid(answer.type, business), schemas.reasons(answer.type, business)
        assert answer.message.id == answer.message.id.upper()
        assert f"<CopMsgId>{answer.message.id}</CopMsgId>" in answer.transport
        assert f"<SenderId>{NODE}</SenderId>" in answer.transport
        assert f"<ReceiverId>{SENDER}</ReceiverId>" in answer.transport
        assert answer.key("SeqNo") in {seq_of(n) for n in range(1, 5)}
        assert answer.key("RetType") == answer.type
        assert answer.message.headers == {
            "content_type": "application/xml",
            "message_type": answer.type,
        }
        assert answer["message_id"].startswith(NODE + SENDER + "20261123120000")
        assert len(answer["message_id"]) == 16 + 16 + 14 + 11
    assert len({answer.message.id for answer in answers}) == 7


async def test_a_filing_that_breaks_a_rule_is_returned_with_notes() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1, LETTER | {"gasrAmt": "0", "ltguaNo": ""}))
        _, returned = await house.gateway.answered(2)
        assert await house.rows("SELECT status, rules FROM c_cases") == [
            ("returned", "S101.07,S101.08")
        ]
        assert await house.rows("SELECT * FROM c_guarantees") == []
    assert (
        returned.result,
        returned["emapvMarkcd"],
        returned["gasrNo"],
        returned["businessId"],
    ) == ("3", "4", "", "")
    assert len(returned.notes) == 3  # the first tells both
    assert returned.notes[0] == "; ".join(returned.notes[1:])
    assert returned.notes[0].startswith("总担保金额应大于 0")


async def test_an_unknown_enterprise_is_not_taken() -> None:
    async with House() as house:
        await house.gateway.send(
            declaration(1, LETTER | {"assuredEtpsno": "1105919999"}, operator="1105919999")
        )
        await house.gateway.answered(2)
        assert house.gateway.to(1) == [STORED, REFUSED]


async def test_a_large_amount_goes_to_a_person_under_every_profile() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1, CASH | {"gasrAmt": "10000000"}))
        await house.gateway.answered(2)
        assert house.gateway.to(1) == [STORED, PERSON]
        assert [case.seq_no for case in (await house.node.desk.worklist()).items] == [seq_of(1)]


async def test_two_filings_with_one_letter_in_one_batch_end_differently() -> None:
    async with House() as house:
        same = LETTER | {"ltguaNo": "LG-7"}
        await house.gateway.send(declaration(1, same), declaration(2, same))
        answers = await house.gateway.answered(4)
    assert house.gateway.to(1) == [STORED, APPROVED]
    assert house.gateway.to(2) == [STORED, RETURNED]
    assert answers[3].notes == ["保函 LG-7 已用于 ZB0100202600001"]


@pytest.mark.slow
async def test_a_letter_used_in_an_earlier_batch_is_returned() -> None:
    async with House() as house:
        same = LETTER | {"ltguaNo": "LG-7"}
        await house.gateway.send(declaration(1, same))
        await house.gateway.send(declaration(2, same))
        await house.gateway.answered(4)
    assert house.gateway.to(2) == [STORED, RETURNED]


async def test_a_second_attempt_of_an_approved_filing_is_stale() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1))
        await house.gateway.send(declaration(2, LETTER | {"ltguaNo": "LG-2"}, seq_no=seq_of(1)))
        answers = await house.gateway.answered(4)
    assert house.gateway.to(2) == [STORED, REFUSED]
    assert "数据已过期" in answers[3].notes[0]


async def test_a_filing_may_come_again_after_it_was_returned() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1, LETTER | {"gasrAmt": "0"}))
        await house.gateway.send(declaration(2, LETTER, seq_no=seq_of(1)))
        await house.gateway.answered(4)
    assert (house.gateway.to(1), house.gateway.to(2)) == ([STORED, RETURNED], [STORED, APPROVED])


async def test_a_sender_without_seq_no_is_answered_with_its_own_reference() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1, seq_no=""))
        received, approved = await house.gateway.answered(2)
    assert received["etpsPreentNo"] == "R-0001"
    assert approved.key("SeqNo") == ""
    assert approved.result == "1"


# repeats


async def test_a_message_delivered_again_changes_and_sends_nothing() -> None:
    async with House() as house:
        await house.gateway.send(declaration(1))
        await house.gateway.answered(2)
        before = await house.rows("SELECT * FROM c_messages ORDER BY id")
        await house.gateway.send(declaration(1), declaration(2), declaration(2))
        await house.gateway.answered(4)
        assert (
            await house.rows(
                "SELECT * FROM c_messages WHERE id IN (SELECT id FROM c_messages ORDER BY id"
                " LIMIT 3)"
            )
            == before
        )
    assert len(house.gateway.answers) == 4
    assert house.gateway.to(2) == [STORED, APPROVED]


@pytest.mark.slow
async def test_answer_ids_follow_from_the_message_answered() -> None:
    ids = []
    for _ in range(2):
        async with House() as house:
            await house.gateway.send(declaration(1))
            ids.append([answer.message.id for answer in await house.gateway.answered(2)])
    assert (
        ids[0]
        == ids[1]
        == [answer_id(SENDER, gateway_id(1), "GRT200"), answer_id(SENDER, gateway_id(1), "final")]
    )


async def test_the_same_message_id_of_two_senders_is_two_messages() -> None:
    async with House() as house:
        other = Message(
            id=gateway_id(1),
            body=transport(
                package(CASH), gateway_id(1), seq_no=seq_of(9), sender="DXPENT0000000002"
            ),
        )
        await house.gateway.send(declaration(1), other)
        answers = await house.gateway.answered(4)
    assert len({answer.message.id for answer in answers}) == 4


def test_an_answer_reads_itself_without_our_codecs() -> None:
    answer = Answer(
        Message(
            id="A",
            body=transport(b"<a><manageResult>1</manageResult></a>", "A"),
            headers={"message_type": "GRT200"},
        )
    )
    assert answer.result == "1"
