"""The guarantee business at the customs side: registers, money and messages, through the node.
Balances are literal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from customs_sim.cases.settings import CashUsable, CustomsSettings, ReviewSettings
from customs_sim.desk.decisions import Act, Decided, Decision, NotDecided
from customs_sim.desk.levies import LevyOrder
from customs_sim.desk.refusal import NotAllowed
from customs_sim.ledger.check import audit
from customs_sim.wire.ids import push_id
from schemas.times import micros
from schemas.xml import XmlReader
from tests.conftest import Stores, on
from tests.customs_factories import (
    ACCOUNT,
    ANSWER,
    BY_LETTER,
    CASH,
    CONTACT,
    IN_CASH,
    LETTER,
    NOON,
    RECORD,
    REFUND,
    SCHEMAS,
    Answer,
    House,
    carry_in,
    declaration,
    gateway_id,
    resend_request,
    rows_of,
    seq_of,
)

E1, E2 = "1105910159", "3105960AAA"
DAY = 24 * 3600


class Customs:
    """Steps of the business on a house, with the messages that each step is to bring."""

    def __init__(self, house: House) -> None:
        self.house, self.gateway, self.node = house, house.gateway, house.node
        self._number = 0

    async def file(
        self,
        kind: str,
        fields: dict[str, str],
        count: int,
        *,
        rows: str = "",
        seq_no: str | None = None,
    ) -> list[Answer]:
        """Send a filing and return the ``count`` messages that it brings."""
        self._number += 1
        await self.gateway.send(
            declaration(self._number, fields, message_type=kind, rows=rows, seq_no=seq_no)
        )
        return await self.gateway.more(count)

    @property
    def seq_no(self) -> str:
        """Of the last filing."""
        return seq_of(self._number)

    async def levy(
        self,
        amount: str,
        *,
        enterprise: str = E1,
        customs: str = "0100",
        biz_type: str = "2",
        valid: str = "",
    ) -> dict[str, str]:
        """Issue a levy; the body of its GRT301."""
        await self.node.counter.issue(
            LevyOrder(
                enterprise=enterprise,
                customs=customs,
                amount=amount,
                biz_type=biz_type,
                biz_no="C010016A0471",
                oriact_no="C010016A0471",
                oriact_valid=valid,
            )
        )
        [asked] = await self.gateway.more(1)
        assert asked.type == "GRT301"
        return asked.body("GrtDpstLevyBlBsc")

    async def pay(self, levy_no: str, amount: str, reference: str = "") -> Any:
        return await self.node.cashier.pay(
            levy_no, amount, micros(self.house.clock.now()), reference
        )

    async def decide(self, act: Act, seq_no: str = "") -> Decided | NotDecided:
        [result] = await self.node.desk.decide([Decision(seq_no=seq_no or self.seq_no, result=act)])
        return result

    async def bank(self) -> str:
        return (await self.node.cashier.ledger("")).accounts["bank"]

    async def sound(self) -> None:
        """The ledger adds up, the registers equal it, and every message so far is valid."""
        assert await self.house.store.read(lambda c: audit(c, self.node.office.sql.ledger)) == []
        reader = XmlReader()
        for answer in self.gateway.answers:
            assert SCHEMAS.valid("DxpMsg", reader.read(answer.message.body).root)
            business = reader.read(answer.package.encode()).root.find("DataInfo/BussinessData")
            assert business is not None
            assert SCHEMAS.valid(answer.type, business), SCHEMAS.reasons(answer.type, business)


@pytest.fixture
async def customs() -> AsyncIterator[Customs]:
    async with House() as house:
        made = Customs(house)
        yield made
        await made.sound()


def guarantee_of(answer: Answer) -> tuple[str, str, str, str]:
    """gasrAmt / used / aval / ret."""
    body = answer.body("GrtGasrLevyBsc")
    return body["gasrAmt"], body["usedGasrAmt"], body["avalGasrAmt"], body["alrdyRtnbkGasrAmt"]


def levy_of(answer: Answer) -> tuple[str, str, str, str, str]:
    """levyBlAmt / actlvyAmt / alrdyRtnbkAmt / alrdyCrdwAmt / levyBlStucd."""
    body = answer.body("GrtDpstLevyBlBsc")
    return (
        body["levyBlAmt"],
        body["actlvyAmt"],
        body["alrdyRtnbkAmt"],
        body["alrdyCrdwAmt"],
        body["levyBlStucd"],
    )


def kinds(answers: list[Answer]) -> list[tuple[str, str]]:
    return [(answer.type, answer.result) for answer in answers]


async def test_the_stories_of_the_specification_in_one_run(customs: Customs) -> None:
    """``docs/rules.md`` 4: T01 to T09 at the customs side."""
    node, house = customs.node, customs.house
    # T01 保金 设立
    _, record = await customs.file(
        "GRT151",
        RECORD,
        2,
        rows=rows_of("GrtEtpsConcDt", CONTACT) + rows_of("GrtEtpsAcctDt", ACCOUNT),
    )
    assert (record.type, record.result, record.body("GrtEtpsInfoBsc")["version"]) == (
        "GRT251",
        "1",
        "1",
    )
    _, first = await customs.file("GRT101", CASH, 2)
    assert (first.result, guarantee_of(first)) == ("1", ("500000", "0", "500000", "0"))
    g1 = first["businessId"]
    assert await customs.bank() == "500000.00"
    # T02 保函 设立
    _, second = await customs.file("GRT101", LETTER, 2)
    g2 = second["businessId"]
    _, again = await customs.file("GRT101", LETTER, 2)
    assert (again.result, again.notes) == ("3", [f"保函 LG-001 已用于 {g2}"])
    assert (await node.cashier.ledger("")).accounts["letters"] == "300000.00"
    # T03 变更
    change = LETTER | {"dclTypecd": "2", "chgTmsCnt": "1"}
    _, cash = await customs.file(
        "GRT101", CASH | {"dclTypecd": "2", "chgTmsCnt": "1", "gasrNo": g1}, 2
    )
    assert (cash.result, cash.notes[0][:13]) == ("3", "总担保为保证金的不能变更 ")
    _, payer = await customs.file(
        "GRT101", change | {"gasrNo": g2, "pmnEtpsNm": "别的银行", "pmnEtpsno": ""}, 2
    )
    assert payer.result == "3"
    assert "缴款单位名称 不能变更: 原值 北京某某保税科技有限公司, 现值 别的银行" in payer.notes
    wider = change | {
        "gasrNo": g2,
        "gasrAmt": "450000",
        "ltguaNo": "LG-001A",
        "ltguaValidDate": "2028-11-22 00:00:00",
    }
    _, changed = await customs.file("GRT101", wider, 2)
    assert (changed.result, changed["businessId"], changed["tmsCnt"]) == ("1", g2, "1")
    assert guarantee_of(changed) == ("450000", "0", "450000", "0")
    assert (
        changed.body("GrtGasrLevyBsc")["version"],
        changed.body("GrtGasrLevyBsc")["chgApprTime"],
    ) == ("2", "2026-11-23 12:00:00")
    assert await house.rows("SELECT register_no, change_no, version FROM c_history") == [(g2, 0, 1)]
    await node.counter.ask_guarantee(E1, g2, "", "2029-11-22")
    [asked] = await customs.gateway.more(1)
    body = asked.body("GrtGasrLevyBsc")
    assert (asked.type, body["gasrNo"], body["chgTmsCnt"], body["dclTypecd"], body["version"]) == (
        "GRT301",
        g2,
        "2",
        "2",
        "3",
    )
    assert (body["ltguaValidDate"], body["gasrAmt"]) == ("2029-11-22 00:00:00", "450000")
    _, longer = await customs.file(
        "GRT101", wider | {"chgTmsCnt": "2", "ltguaValidDate": "2029-11-22 00:00:00"}, 2
    )
    assert (longer.result, longer["tmsCnt"], longer.body("GrtGasrLevyBsc")["version"]) == (
        "1",
        "2",
        "4",
    )
    # T04 征收, counter
    await node.set_profile("manual")
    l1 = await customs.levy("120000.50")
    assert l1["dpstLevyBlNo"] == "ZS0100202600001"
    _, taken = await customs.file("GRT111", l1 | IN_CASH, 2)
    assert kinds([taken]) == [("GRT211", "Y")]
    assert isinstance(await customs.decide(Act.APPROVE), Decided)
    [approved] = await customs.gateway.more(1)
    assert levy_of(approved) == ("120000.50", "0.00", "0.00", "0.00", "1")
    assert approved.body("GrtDpstLevyBlBsc")["dpstPmnDeadline"] == "2026-12-08 12:00:00"
    assert approved.body("GrtDpstLevyBlBsc")["dataSrccd"] == "1"
    first_part = await customs.pay("ZS0100202600001", "100000.00", "B-1")
    assert (str(first_part.matched), first_part.status) == ("100000.00", "1")
    await customs.pay("ZS0100202600001", "20000.50", "B-2")
    one, two = await customs.gateway.more(2)
    assert levy_of(one) == ("120000.50", "100000.00", "0.00", "0.00", "1")
    assert one.body("GrtDpstLevyBlBsc")["dpstPmnChkinTime"] == ""
    assert levy_of(two) == ("120000.50", "120000.50", "0.00", "0.00", "2")
    assert two.body("GrtDpstLevyBlBsc")["dpstPmnChkinTime"] == "2026-11-23 12:00:00"
    assert one.lines() == [("41", "ZS0100202600001", "100000.00", "0.00", "100000.00")]
    assert await customs.bank() == "620000.50"
    # T05 占用
    await node.set_profile("instant")
    l2 = await customs.levy("30000.75", biz_type="3")
    secured = IN_CASH | {"gurTypecd": "1", "gurModecd": "2", "gasrNo": g2}
    _, confirmed, sync = await customs.file("GRT111", l2 | secured, 3)
    assert levy_of(confirmed) == ("30000.75", "30000.75", "0.00", "0.00", "3")
    assert (sync.type, guarantee_of(sync)) == ("GRT302", ("450000", "30001", "419999", "0"))
    assert sync.lines() == [("31", g2, "0.00", "30000.75", "419999.25")]
    assert (await node.cashier.ledger(g2)).accounts[f"used:{g2}"] == "30000.75"
    assert await customs.bank() == "620000.50"
    # T06 quota short
    l3 = await customs.levy("420000.00")
    _, short = await customs.file("GRT111", l3 | secured, 2)
    assert (short.result, short.notes) == ("3", ["可用额度 419999.25 元, 本单需 420000.00 元"])
    _, letter = await customs.file("GRT111", l3 | BY_LETTER, 2, seq_no=customs.seq_no)
    assert (letter.result, levy_of(letter)) == (
        "1",
        ("420000.00", "420000.00", "0.00", "0.00", "2"),
    )
    assert (await node.cashier.ledger(g2)).accounts[f"avail:{g2}"] == "419999.25"
    # T07 单票保函
    _, returned = await customs.file(
        "GRT121", REFUND | {"gurNo": l3["dpstLevyBlNo"], "rtnbkCrdwAmt": "1000"}, 2
    )
    assert (returned.type, returned.result) == ("GRT221", "3")
    assert returned.notes[0].startswith("单票保函不办理退还")
    # T08 保证金退还
    l1_no = l1["dpstLevyBlNo"]
    _, refunded, sync = await customs.file("GRT121", REFUND | {"gurNo": l1_no}, 3)
    assert (refunded.result, refunded["rtnbkCrdwNo"]) == ("1", "TH0100202600001")
    assert (refunded["businessId"], refunded.body("GrtRtnbkCrdwDt")["seqno"]) == (
        "TH0100202600001",
        "1",
    )
    assert levy_of(sync) == ("120000.50", "120000.50", "50000.00", "0.00", "2")
    assert sync.lines() == [("51", l1_no, "0.00", "50000.00", "70000.50")]
    _, much = await customs.file("GRT121", REFUND | {"gurNo": l1_no, "rtnbkCrdwAmt": "80000.00"}, 2)
    assert (much.result, much.notes) == ("3", ["申请 80000.00 元, 可退 70000.50 元"])
    assert await customs.bank() == "570000.50"
    # T09 结转
    l4 = await customs.levy("60000.00")
    _, waiting = await customs.file("GRT111", l4 | IN_CASH, 2)
    assert levy_of(waiting) == ("60000.00", "0.00", "0.00", "0.00", "1")
    carry = REFUND | {"gurNo": l1_no, "rtnbkCrdwTypecd": "2", "rtnbkCrdwAmt": "60000.00"}
    _, carried, source, target = await customs.file(
        "GRT121", carry, 4, rows=carry_in(l4["dpstLevyBlNo"], "60000.00")
    )
    assert carried.result == "1"
    assert levy_of(source) == ("120000.50", "120000.50", "50000.00", "60000.00", "2")
    assert levy_of(target) == ("60000.00", "60000.00", "0.00", "0.00", "2")
    assert (await node.cashier.ledger(l1_no)).accounts[f"cash:{l1_no}"] == "10000.50"
    assert await customs.bank() == "570000.50"
    foreign = await customs.levy("5000.00", enterprise=E2, customs="2200")
    carry |= {"rtnbkCrdwAmt": "5000.00"}
    for number in (foreign["dpstLevyBlNo"], "ZS2200202699999"):
        _, refused = await customs.file("GRT121", carry, 2, rows=carry_in(number, "5000.00"))
        assert (refused.result, refused.notes) == (
            "3",
            [f"转入征收单 {number} 不符合条件: 征收单不存在"],
        )


# levies


async def test_a_levy_goes_out_whole_with_a_number_and_no_key_of_a_filing(customs: Customs) -> None:
    body = await customs.levy("120000.50", valid="2027-06-30")
    [asked] = customs.gateway.answers
    assert (asked.key("RetType"), asked.key("SeqNo"), asked.key("GatewayMsgId")) == (
        "GRT301",
        "",
        "",
    )
    assert asked.message.id == push_id("GRT301", "ZS0100202600001", 0, 1)
    assert "<ReceiverId>DXPENT0000000001</ReceiverId>" in asked.transport
    assert (
        body["chgTmsCnt"],
        body["version"],
        body["dataSrccd"],
        body["emapvMarkcd"],
        body["levyBlStucd"],
    ) == ("0", "1", "0", "0", "1")
    assert (body["mkclUnitNm"], body["assuredEtpsNm"]) == (
        "中华人民共和国北京海关",
        "北京某某保税科技有限公司",
    )
    assert (body["oriactNo"], body["oriactValidDate"], body["bizTypecd"], body["bizBlsNo"]) == (
        "C010016A0471",
        "2027-06-30 00:00:00",
        "2",
        "C010016A0471",
    )
    assert (body["levyBlAmt"], body["actlvyAmt"], body["levyBlGenrtDate"]) == (
        "120000.50",
        "0.00",
        "2026-11-23 12:00:00",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "1,000"}, "amount"),
        ({"biz_type": "8"}, "biz_type"),
        ({"enterprise": "1105919999"}, "enterprise"),
        ({"customs": "0199"}, "customs"),
        ({"oriact_no": "C01"}, "oriact_no"),
    ],
)
async def test_a_levy_that_is_not_in_order_names_its_field(
    customs: Customs, changes: dict[str, str], field: str
) -> None:
    order = {
        "enterprise": E1,
        "customs": "0100",
        "amount": "1",
        "biz_type": "1",
        "biz_no": "X",
        "oriact_no": "C010016A0471",
    }
    with pytest.raises(NotAllowed) as raised:
        await customs.node.counter.issue(LevyOrder(**order | changes))
    assert (raised.value.rule, raised.value.field, raised.value.status) == ("P301.01", field, 409)


async def test_a_business_step_raises_its_levy_and_one_without_a_share_none(
    customs: Customs,
) -> None:
    order = LevyOrder(enterprise=E1, customs="0100", amount="1000.10", biz_type="6", biz_no="N-1")
    [raised] = await customs.node.counter.business_event(order)
    [asked] = await customs.gateway.more(1)
    assert (asked["dpstLevyBlNo"], asked["levyBlAmt"], asked["bizTypecd"]) == (
        raised.levy_no,
        "1000.10",
        "6",
    )
    assert (
        await customs.node.counter.business_event(
            LevyOrder(enterprise=E1, customs="0100", amount="1000.10", biz_type="5", biz_no="N-2")
        )
        == []
    )


async def test_a_levy_issued_again_supersedes_what_waits(customs: Customs) -> None:
    await customs.node.set_profile("manual")
    body = await customs.levy("1000.00")
    number = body["dpstLevyBlNo"]
    await customs.file("GRT111", body | IN_CASH, 2)
    again = await customs.node.counter.reissue(number, "1500.00")
    assert (again.change_no, again.version) == (1, 2)
    [asked] = await customs.gateway.more(1)
    assert (
        asked.type,
        asked["chgTmsCnt"],
        asked.body("GrtDpstLevyBlBsc")["version"],
        asked["levyBlAmt"],
    ) == ("GRT301", "1", "2", "1500.00")
    forbidden = await customs.decide(Act.APPROVE)
    assert isinstance(forbidden, NotDecided)
    assert (forbidden.status, forbidden.rules) == (409, ("F111.02",))
    await customs.node.set_profile("instant")
    _, approved = await customs.file("GRT111", asked.body("GrtDpstLevyBlBsc") | IN_CASH, 2)
    assert (approved.result, approved["tmsCnt"]) == ("1", "1")


async def test_a_levy_raised_after_payment_is_secured_for_the_rest_in_the_same_way(
    customs: Customs,
) -> None:
    body = await customs.levy("1000.00")
    number = body["dpstLevyBlNo"]
    await customs.file("GRT111", body | IN_CASH, 2)
    await customs.pay(number, "1000.00")
    with pytest.raises(NotAllowed) as raised:
        await customs.node.counter.reissue(number, "999.99")
    assert (raised.value.rule, raised.value.field) == ("P301.07", "amount")
    await customs.node.counter.reissue(number, "1200.00")
    _, asked = await customs.gateway.more(2)
    assert levy_of(asked) == ("1200.00", "1000.00", "0.00", "0.00", "1")
    _, other = await customs.file("GRT111", asked.body("GrtDpstLevyBlBsc") | BY_LETTER, 2)
    assert (other.result, other.notes) == (
        "3",
        ["担保方式 不能修改: 应为 1 (担保方式 gurModecd: 填报“2”, 应为 1)"],
    )
    _, same = await customs.file("GRT111", asked.body("GrtDpstLevyBlBsc") | IN_CASH, 2)
    assert same.result == "1"
    await customs.pay(number, "200.00")
    [paid] = await customs.gateway.more(1)
    assert levy_of(paid) == ("1200.00", "1200.00", "0.00", "0.00", "2")


async def test_a_levy_is_taken_back_only_while_nothing_is_secured(customs: Customs) -> None:
    free, paid = await customs.levy("100.00"), await customs.levy("200.00")
    await customs.node.counter.take_back(free["dpstLevyBlNo"])
    [gone] = await customs.gateway.more(1)
    assert (gone.type, levy_of(gone)[4]) == ("GRT302", "3")
    _, late = await customs.file("GRT111", free | IN_CASH, 2)
    assert (late.result, late.notes[0][:15]) == ("Z", "征收单已处理, 状态“已撤销”")
    await customs.file("GRT111", paid | IN_CASH, 2)
    await customs.pay(paid["dpstLevyBlNo"], "1.00")
    await customs.gateway.more(1)
    for number, status in (
        (paid["dpstLevyBlNo"], 409),
        (free["dpstLevyBlNo"], 409),
        ("ZS0100202699999", 404),
    ):
        with pytest.raises(NotAllowed) as raised:
            await customs.node.counter.take_back(number)
        assert raised.value.status == status


# confirmations


async def test_an_electronic_payment_arrives_with_an_instant_approval(customs: Customs) -> None:
    body = await customs.levy("500.00")
    _, approved, paid = await customs.file("GRT111", body | IN_CASH | {"paymnModecd": "2"}, 3)
    assert (levy_of(approved)[4], levy_of(paid)) == ("1", ("500.00", "500.00", "0.00", "0.00", "2"))
    assert paid.body("GrtDpstLevyBlBsc")["dpstPmnChkinTime"] == "2026-11-23 12:00:00"
    assert [
        paid.body("GrtDpstLevyBlBsc")["version"],
        approved.body("GrtDpstLevyBlBsc")["version"],
    ] == ["3", "2"]
    assert paid.message.id == push_id("GRT302", body["dpstLevyBlNo"], 0, 3)


async def test_a_second_confirmation_of_one_generation_is_not_taken(customs: Customs) -> None:
    body = await customs.levy("500.00")
    await customs.file("GRT111", body | IN_CASH, 2)
    _, again = await customs.file("GRT111", body | IN_CASH, 2)
    assert (again.result, again.notes[0][:15]) == ("Z", "征收单已处理, 状态“已确认”")


async def test_two_confirmations_in_one_batch_share_one_quota(customs: Customs) -> None:
    _, approved = await customs.file("GRT101", LETTER, 2)
    secured = IN_CASH | {"gurTypecd": "1", "gurModecd": "2", "gasrNo": approved["gasrNo"]}
    one, two = await customs.levy("200000.00"), await customs.levy("200000.00")
    await customs.gateway.send(
        *(declaration(n, body | secured, message_type="GRT111") for n, body in ((8, one), (9, two)))
    )
    answers = await customs.gateway.more(5)
    finals = {a.seq_no: a for a in answers if a.type == "GRT211"}
    assert (finals[seq_of(8)].result, finals[seq_of(9)].result) == ("1", "3")
    assert finals[seq_of(9)].notes == ["可用额度 100000.00 元, 本单需 200000.00 元"]


async def test_a_person_may_ask_for_another_confirmation_or_reject_the_type(
    customs: Customs,
) -> None:
    await customs.node.set_profile("manual")
    body = await customs.levy("500.00")
    await customs.file("GRT111", body | IN_CASH, 2)
    assert isinstance(await customs.decide(Act.RECONFIRM), Decided)
    [asked] = await customs.gateway.more(1)
    levy = asked.body("GrtDpstLevyBlBsc")
    assert (asked.type, levy["emapvMarkcd"], levy["chgTmsCnt"], levy["version"]) == (
        "GRT301",
        "5",
        "0",
        "2",
    )
    assert await customs.house.rows("SELECT status FROM c_cases") == [("superseded",)]
    await customs.file("GRT111", levy | IN_CASH, 2)
    assert isinstance(await customs.decide(Act.REJECT_TYPE), Decided)
    [rejected] = await customs.gateway.more(1)
    assert (rejected.type, rejected.result, rejected.body("GrtDpstLevyBlBsc")["emapvMarkcd"]) == (
        "GRT211",
        "3",
        "6",
    )
    await customs.file("GRT101", LETTER, 2)
    for act in (Act.RECONFIRM, Act.REJECT_TYPE):
        refused = await customs.decide(act)
        assert isinstance(refused, NotDecided)
        assert refused.status == 409


# payments


async def test_surplus_waits_in_suspense_and_pays_another_levy_by_its_reference(
    customs: Customs,
) -> None:
    one, two = await customs.levy("100.00"), await customs.levy("60.00")
    for body in (one, two):
        await customs.file("GRT111", body | IN_CASH, 2)
    booked = await customs.pay(one["dpstLevyBlNo"], "150.00", "B-9")
    assert (str(booked.matched), str(booked.suspense), booked.status) == ("100.00", "50.00", "2")
    assert (await customs.pay(one["dpstLevyBlNo"], "150.00", "B-9")).duplicate
    [_] = await customs.gateway.more(1)
    assert (await customs.node.cashier.ledger("")).accounts == {
        "bank": "150.00",
        "letters": "0.00",
        "suspense": "50.00",
    }
    with pytest.raises(NotAllowed):
        await customs.pay(two["dpstLevyBlNo"], "50.01", "B-9")
    matched = await customs.pay(two["dpstLevyBlNo"], "50.00", "B-9")
    assert (str(matched.matched), matched.status) == ("50.00", "1")
    [sync] = await customs.gateway.more(1)
    assert levy_of(sync) == ("60.00", "50.00", "0.00", "0.00", "1")
    assert (await customs.node.cashier.ledger("")).accounts["suspense"] == "0.00"


async def test_money_without_a_levy_waits_and_is_matched_later(customs: Customs) -> None:
    await customs.pay("", "70.00", "B-1")
    assert await customs.bank() == "70.00"
    body = await customs.levy("70.00")
    await customs.file("GRT111", body | IN_CASH, 2)
    assert (await customs.pay(body["dpstLevyBlNo"], "70.00", "B-1")).status == "2"
    [sync] = await customs.gateway.more(1)
    assert sync.lines() == [("41", body["dpstLevyBlNo"], "70.00", "0.00", "70.00")]


async def test_a_payment_that_nothing_wants_is_refused(customs: Customs) -> None:
    waiting, letter = await customs.levy("100.00"), await customs.levy("100.00")
    await customs.file("GRT111", letter | BY_LETTER, 2)
    for number, status in (
        (waiting["dpstLevyBlNo"], 409),
        (letter["dpstLevyBlNo"], 409),
        ("ZS0100202699999", 404),
    ):
        with pytest.raises(NotAllowed) as raised:
            await customs.pay(number, "1.00")
        assert raised.value.status == status
    with pytest.raises(NotAllowed) as raised:
        await customs.node.cashier.pay(
            waiting["dpstLevyBlNo"], "1.00", micros(customs.house.clock.now()) + 1, ""
        )
    assert raised.value.field == "paid_at"


# time


async def test_an_unpaid_deadline_is_told_once_and_late_money_is_still_taken(
    customs: Customs,
) -> None:
    body = await customs.levy("100.00")
    await customs.file("GRT111", body | IN_CASH, 2)
    customs.house.clock.advance(15 * DAY)
    [told] = await customs.gateway.more(1)
    levy = told.body("GrtDpstLevyBlBsc")
    assert (told.type, levy["levyBlStucd"], levy["lastUpdateTime"]) == (
        "GRT302",
        "1",
        "2026-12-08 12:00:00",
    )
    assert levy["dpstPmnDeadline"] == "2026-12-08 12:00:00"
    assert await customs.house.rows("SELECT overdue FROM c_levies") == [(1,)]
    customs.house.clock.advance(15 * DAY)
    await customs.pay(body["dpstLevyBlNo"], "100.00")
    [paid] = await customs.gateway.more(1)
    assert levy_of(paid)[4] == "2"


async def test_a_letter_runs_out_at_the_end_of_its_last_day_and_can_be_extended(
    customs: Customs,
) -> None:
    _, approved = await customs.file(
        "GRT101", LETTER | {"ltguaValidDate": "2026-11-30 00:00:00"}, 2
    )
    number = approved["gasrNo"]
    customs.house.clock.advance(7 * DAY + 12 * 3600 - 1)
    await customs.house.has_rows("SELECT status FROM c_guarantees", [("1",)])
    customs.house.clock.advance(1)
    [told] = await customs.gateway.more(1)
    assert (told.type, told["gurStucd"], told["lastUpdateTime"]) == (
        "GRT302",
        "2",
        "2026-12-01 00:00:00",
    )
    secured = IN_CASH | {"gurTypecd": "1", "gurModecd": "2", "gasrNo": number}
    _, refused = await customs.file("GRT111", await customs.levy("1.00") | secured, 2)
    assert refused.notes[0].startswith(f"总担保 {number} 无效或不属于本企业")
    _, extended = await customs.file(
        "GRT101", LETTER | {"dclTypecd": "2", "chgTmsCnt": "1", "gasrNo": number}, 2
    )
    assert (extended.result, extended["gurStucd"], extended.body("GrtGasrLevyBsc")["version"]) == (
        "1",
        "1",
        "3",
    )


# refunds


async def test_two_waiting_refunds_cannot_both_pass(customs: Customs) -> None:
    body = await customs.levy("100.00")
    number = body["dpstLevyBlNo"]
    await customs.file("GRT111", body | IN_CASH, 2)
    await customs.pay(number, "100.00")
    await customs.gateway.more(1)
    await customs.node.set_profile("manual")
    asked = REFUND | {"gurNo": number, "rtnbkCrdwAmt": "60.00"}
    await customs.file("GRT121", asked, 2)
    first = customs.seq_no
    await customs.file("GRT121", asked, 2)
    second = customs.seq_no
    one, two = await customs.node.desk.decide(
        [Decision(seq_no=s, result=Act.APPROVE) for s in (first, second)]
    )
    assert isinstance(one, Decided)
    assert isinstance(two, NotDecided)
    assert (two.status, two.rules) == (409, ("R121.07",))
    assert "申请 60.00 元, 可退 40.00 元" in two.message_zh
    await customs.gateway.more(2)
    assert isinstance(await customs.decide(Act.RETURN), Decided)
    [returned] = await customs.gateway.more(1)
    assert returned.notes == ["申请 60.00 元, 可退 40.00 元"]


async def test_a_refund_of_a_cash_guarantee_moves_its_money(customs: Customs) -> None:
    _, approved = await customs.file("GRT101", CASH, 2)
    number = approved["gasrNo"]
    asked = REFUND | {"gurNo": number, "gurTypecd": "1"}
    _, done, sync = await customs.file("GRT121", asked | {"rtnbkCrdwAmt": "200000"}, 3)
    assert (done.result, guarantee_of(sync)) == ("1", ("500000", "0", "300000", "200000"))
    assert await customs.bank() == "300000.00"
    for amount in ("300000.01", "300001"):
        _, refused = await customs.file("GRT121", asked | {"rtnbkCrdwAmt": amount}, 2)
        assert refused.notes[0].startswith("总担保可退 300000.00 元")


async def test_a_refund_of_a_levy_on_a_guarantee_releases_its_quota(customs: Customs) -> None:
    _, approved = await customs.file("GRT101", LETTER, 2)
    number = approved["gasrNo"]
    body = await customs.levy("1000.75")
    await customs.file(
        "GRT111", body | IN_CASH | {"gurTypecd": "1", "gurModecd": "2", "gasrNo": number}, 3
    )
    asked = REFUND | {"gurNo": body["dpstLevyBlNo"], "rtnbkCrdwAmt": "400.75"}
    _, done, levy, guarantee = await customs.file("GRT121", asked, 4)
    assert (done.result, levy_of(levy)) == ("1", ("1000.75", "1000.75", "400.75", "0.00", "3"))
    assert guarantee_of(guarantee) == ("300000", "600", "299400", "0")
    assert guarantee.lines() == [("32", number, "400.75", "0.00", "299400.00")]
    _, much = await customs.file("GRT121", asked | {"rtnbkCrdwAmt": "600.01"}, 2)
    assert much.notes == ["申请 600.01 元, 可释放 600.00 元"]


async def test_a_refund_filed_again_after_approval_is_stale(customs: Customs) -> None:
    _, approved = await customs.file("GRT101", CASH, 2)
    asked = REFUND | {"gurNo": approved["gasrNo"], "gurTypecd": "1", "rtnbkCrdwAmt": "1"}
    await customs.file("GRT121", asked, 3)
    _, again = await customs.file("GRT121", asked, 2, seq_no=customs.seq_no)
    assert again.result == "Z"
    assert "数据已过期" in again.notes[0]


async def test_customs_may_start_a_refund_and_a_carry_over_by_the_same_rules(
    customs: Customs,
) -> None:
    one, two = await customs.levy("100.00"), await customs.levy("30.00")
    for body in (one, two):
        await customs.file("GRT111", body | IN_CASH, 2)
    await customs.pay(one["dpstLevyBlNo"], "100.00")
    await customs.gateway.more(1)
    number = await customs.node.cashier.give_back(one["dpstLevyBlNo"], "20.00", "核销", "")
    refund, levy = await customs.gateway.more(2)
    body = refund.body("GrtRtnbkCrdwDt")
    assert (
        refund.type,
        body["rtnbkCrdwNo"],
        body["etpsPreentNo"],
        body["emapvMarkcd"],
        body["seqno"],
    ) == ("GRT302", number, "", "1", "1")
    assert levy_of(levy) == ("100.00", "100.00", "20.00", "0.00", "2")
    await customs.node.cashier.give_back(
        one["dpstLevyBlNo"], "30.00", "余料结转", two["dpstLevyBlNo"]
    )
    carry, source, target = await customs.gateway.more(3)
    assert carry.body("GrtCrdwInDt")["gurNo"] == two["dpstLevyBlNo"]
    assert (levy_of(source)[3], levy_of(target)[4]) == ("30.00", "2")
    with pytest.raises(NotAllowed) as raised:
        await customs.node.cashier.give_back(one["dpstLevyBlNo"], "50.01", "核销", "")
    assert raised.value.rule == "R121.07"


# 结案


async def test_closing_gives_letters_and_quota_back(customs: Customs) -> None:
    _, approved = await customs.file("GRT101", LETTER, 2)
    guarantee = approved["gasrNo"]
    set_up = customs.seq_no
    quota, letter, cash = (
        await customs.levy("100.00"),
        await customs.levy("200.00"),
        await customs.levy("50.00"),
    )
    await customs.file(
        "GRT111", quota | IN_CASH | {"gurTypecd": "1", "gurModecd": "2", "gasrNo": guarantee}, 3
    )
    on_quota = customs.seq_no
    await customs.file("GRT111", letter | BY_LETTER, 2)
    by_letter = customs.seq_no
    await customs.file("GRT111", cash | IN_CASH, 2)
    unpaid = customs.seq_no
    for seq_no, told in ((set_up, "已用额度 100.00 元"), (unpaid, "未缴 50.00 元")):
        refused = await customs.decide(Act.CLOSE, seq_no)
        assert isinstance(refused, NotDecided)
        assert (refused.status, refused.rules) == (409, ("K28",))
        assert told in refused.message_zh
    assert isinstance(await customs.decide(Act.CLOSE, on_quota), Decided)
    levy, released = await customs.gateway.more(2)
    assert (levy_of(levy)[2], guarantee_of(released)) == ("100.00", ("300000", "0", "300000", "0"))
    assert isinstance(await customs.decide(Act.CLOSE, by_letter), Decided)
    [returned] = await customs.gateway.more(1)
    assert (levy_of(returned), returned.lines()[0][0]) == (
        ("200.00", "200.00", "200.00", "0.00", "2"),
        "44",
    )
    assert isinstance(await customs.decide(Act.CLOSE, guarantee), Decided)
    [closed] = await customs.gateway.more(1)
    assert (closed["gurStucd"], guarantee_of(closed)) == ("3", ("0", "0", "0", "0"))
    assert (await customs.node.cashier.ledger("")).accounts["letters"] == "0.00"
    unknown = await customs.decide(Act.CLOSE, "ZB0100202699999")
    assert isinstance(unknown, NotDecided)
    assert unknown.status == 404
    # Both letters are free again.
    _, again = await customs.file("GRT101", LETTER | {"ltguaNo": "LG-777"}, 2)
    assert again.result == "1"


async def test_a_refund_may_have_to_wait_for_the_close() -> None:
    async with House(
        settings=CustomsSettings(review=ReviewSettings(refund_after_close=True))
    ) as house:
        customs = Customs(house)
        body = await customs.levy("100.00")
        await customs.file("GRT111", body | IN_CASH | {"paymnModecd": "2"}, 3)
        confirmation = customs.seq_no
        asked = REFUND | {"gurNo": body["dpstLevyBlNo"], "rtnbkCrdwAmt": "100.00"}
        _, refused = await customs.file("GRT121", asked, 2)
        assert refused.notes == [
            "业务 C010016A0471 未结案 (担保编号 gurNo: 填报“C010016A0471”, 应为 已结案)"
        ]
        await customs.decide(Act.CLOSE, confirmation)
        await customs.gateway.more(1)
        _, done, _ = await customs.file("GRT121", asked, 3)
        assert done.result == "1"


# 总担保 that customs asks for, and cash that is not there yet


async def test_customs_may_ask_for_a_new_guarantee(customs: Customs) -> None:
    await customs.node.counter.ask_guarantee(E2, "", "800000", "")
    await customs.node.counter.ask_guarantee(E2, "", "800000", "")
    one, two = await customs.gateway.more(2)
    assert one.message.id != two.message.id
    body = one.body("GrtGasrLevyBsc")
    assert (
        body["gasrNo"],
        body["dclTypecd"],
        body["gasrAmt"],
        body["assuredEtpsno"],
        body["masterCuscd"],
    ) == ("", "1", "800000", E2, "2200")
    assert "<ReceiverId>DXPENT0000000002</ReceiverId>" in one.transport


async def test_customs_asks_no_change_of_cash_and_none_of_a_foreign_guarantee(
    customs: Customs,
) -> None:
    _, cash = await customs.file("GRT101", CASH, 2)
    for enterprise, number, rule in (
        (E1, cash["gasrNo"], "C101.02"),
        (E2, cash["gasrNo"], "ID.02"),
        (E1, "ZB0100202699999", "ID.02"),
    ):
        with pytest.raises(NotAllowed) as raised:
            await customs.node.counter.ask_guarantee(enterprise, number, "1", "")
        assert raised.value.rule == rule
    for amount, until, field in (("1.5", "", "amount"), ("", "2026-11-23", "valid_until")):
        with pytest.raises(NotAllowed) as raised:
            await customs.node.counter.ask_guarantee(E1, "", amount, until)
        assert raised.value.field == field


async def test_a_cash_guarantee_that_must_be_paid_first_has_no_quota_yet() -> None:
    review = ReviewSettings(cash_guarantee_usable=CashUsable.PAYMENT)
    async with House(settings=CustomsSettings(review=review)) as house:
        customs = Customs(house)
        _, approved = await customs.file("GRT101", CASH, 2)
        assert guarantee_of(approved) == ("500000", "0", "0", "0")
        assert (approved["pmnDeadline"], approved["pmnChkinTime"]) == ("2026-12-08 12:00:00", "")
        number = approved["gasrNo"]
        await customs.pay(number, "500000", "B-1")
        [paid] = await customs.gateway.more(1)
        assert (guarantee_of(paid), paid["pmnChkinTime"]) == (
            ("500000", "0", "500000", "0"),
            "2026-11-23 12:00:00",
        )
        assert paid.lines() == [("41", number, "500000.00", "0.00", "500000.00")]
        await customs.sound()


# 信息维护, 对账


async def test_a_record_is_replaced_whole_and_its_version_grows(customs: Customs) -> None:
    rows = rows_of("GrtEtpsConcDt", CONTACT) + rows_of("GrtEtpsAcctDt", ACCOUNT)
    await customs.file("GRT151", RECORD, 2, rows=rows)
    _, second = await customs.file("GRT151", RECORD | {"etpsAddr": "上海"}, 2, rows=rows)
    assert (second["typecd"], second.body("GrtEtpsInfoBsc")["version"], second["etpsAddr"]) == (
        "4",
        "2",
        "上海",
    )
    assert second.body("GrtEtpsAcctDt")["pmnEtpsBankAcctnum"] == ACCOUNT["pmnEtpsBankAcctnum"]
    assert await customs.house.rows("SELECT enterprise, version FROM c_records") == [(E1, 2)]


async def test_a_statement_is_sent_answered_and_issued_again(customs: Customs) -> None:
    await customs.file("GRT101", CASH, 2)
    day = NOON.date()
    made = await customs.node.cashier.state(E1, day, day)
    [sent] = await customs.gateway.more(1)
    assert (sent.type, sent["stmtNo"], sent["opngAmt"], sent["clsgAmt"]) == (
        "GRT303",
        made.no,
        "0.00",
        "500000.00",
    )
    assert sent.message.id == push_id("GRT303", made.no, 1)
    line = sent["mvmtNo"]
    different = ANSWER | {"stmtNo": made.no, "reconRsltcd": "2", "diffQty": "1"}
    row = {
        "seqno": "1",
        "mvmtNo": line,
        "missMarkcd": "0",
        "stmtAmt": "500000.00",
        "etpsAmt": "499000.00",
        "diffRsnDesc": "金额不符",
    }
    _, wrong = await customs.file(
        "GRT161", different, 2, rows=rows_of("GrtReconDiffDt", row | {"mvmtNo": "MV999"})
    )
    assert (wrong.result, wrong.notes[0][:10]) == ("3", "差异 1 无对应明细")
    _, taken = await customs.file("GRT161", different, 2, rows=rows_of("GrtReconDiffDt", row))
    assert (taken.type, taken.result, taken["typecd"], taken["businessId"]) == (
        "GRT261",
        "1",
        "5",
        made.no,
    )
    again = await customs.node.cashier.state(E1, day, day)
    [second] = await customs.gateway.more(1)
    assert (again.version, second["stmtVersion"]) == (2, "2")
    _, old = await customs.file("GRT161", ANSWER | {"stmtNo": made.no}, 2)
    assert old.result == "Z"
    assert "不存在或已更新为" in old.notes[0]
    _, agreed = await customs.file("GRT161", ANSWER | {"stmtNo": made.no, "stmtVersion": "2"}, 2)
    assert agreed.result == "1"
    _, twice = await customs.file("GRT161", ANSWER | {"stmtNo": made.no, "stmtVersion": "2"}, 2)
    assert (twice.result, twice.notes[0][:6]) == ("Z", "对账单已确认")


# GRT141


async def test_receipts_come_again_byte_for_byte_in_new_transports(customs: Customs) -> None:
    _, approved = await customs.file("GRT101", LETTER, 2)
    await customs.file("GRT101", CASH, 2)
    originals = customs.gateway.answers[:2]
    for number, wanted in (
        (90, {"reference": seq_of(1)}),
        (91, {"reference": "R-0001"}),
        (92, {"business": approved["gasrNo"]}),
        (93, {"business": approved["gasrNo"], "reference": seq_of(1)}),
    ):
        await customs.gateway.send(resend_request(number, **wanted))
        again = await customs.gateway.more(2)
        assert [a.package for a in again] == [a.package for a in originals]
        assert [
            (a.type, a.key("GatewayMsgId"), a.key("SeqNo"), a.key("RetType")) for a in again
        ] == [(a.type, gateway_id(1), seq_of(1), a.type) for a in originals]
    assert len({a.message.id for a in customs.gateway.answers}) == len(customs.gateway.answers)


async def test_what_customs_started_comes_again_by_its_number_and_a_repeat_is_no_receipt(
    customs: Customs,
) -> None:
    body = await customs.levy("10.00")
    await customs.file("GRT111", body | IN_CASH, 2)
    for number in (90, 91):
        await customs.gateway.send(resend_request(number, business=body["dpstLevyBlNo"]))
        again = await customs.gateway.more(3)
        assert [a.type for a in again] == ["GRT301", "GRT200", "GRT211"]


async def test_what_was_not_sent_to_the_asker_does_not_come(customs: Customs) -> None:
    body = await customs.levy("10.00", enterprise=E2, customs="2200")
    await customs.gateway.send(
        resend_request(90, business=body["dpstLevyBlNo"]),
        resend_request(91, reference=seq_of(77)),
        resend_request(92),
    )
    await customs.file("GRT101", LETTER, 2)


# several stores and a restart


@on("shared")
async def test_two_processes_cannot_both_give_the_same_money_back(stores: Stores) -> None:
    url = stores.url("one")
    async with House(url) as house, House(url) as other:
        customs = Customs(house)
        body = await customs.levy("100.00")
        await customs.file("GRT111", body | IN_CASH, 2)
        await customs.pay(body["dpstLevyBlNo"], "100.00")
        await customs.gateway.more(1)
        await customs.node.set_profile("manual")
        waiting = []
        for _ in range(6):
            await customs.file(
                "GRT121", REFUND | {"gurNo": body["dpstLevyBlNo"], "rtnbkCrdwAmt": "40.00"}, 2
            )
            waiting.append(Decision(seq_no=customs.seq_no, result=Act.APPROVE))
        results = await asyncio.gather(
            *(
                node.desk.decide([decision])
                for decision, node in zip(waiting, [house.node, other.node] * 3, strict=True)
            )
        )
        assert (
            sorted(type(one).__name__ for [one] in results) == ["Decided"] * 2 + ["NotDecided"] * 4
        )
        assert {one.rules for [one] in results if isinstance(one, NotDecided)} == {("R121.07",)}
        assert await customs.bank() == "20.00"
        await customs.sound()


async def test_the_business_is_the_same_on_every_store(stores: Stores) -> None:
    async with House(stores.url("one")) as house:
        customs = Customs(house)
        await customs.file("GRT151", RECORD, 2, rows=rows_of("GrtEtpsConcDt", CONTACT))
        await customs.file("GRT151", RECORD, 2, rows=rows_of("GrtEtpsConcDt", CONTACT))
        _, approved = await customs.file("GRT101", LETTER, 2)
        guarantee = approved["gasrNo"]
        _, changed = await customs.file(
            "GRT101",
            LETTER | {"dclTypecd": "2", "chgTmsCnt": "1", "gasrNo": guarantee, "gasrAmt": "200000"},
            2,
        )
        assert guarantee_of(changed) == ("200000", "0", "200000", "0")
        one, two, three = (
            await customs.levy("100.00"),
            await customs.levy("60.00"),
            await customs.levy("50.75"),
        )
        await customs.file("GRT111", one | IN_CASH | {"paymnModecd": "2"}, 3)
        await customs.file("GRT111", two | IN_CASH, 2)
        await customs.file(
            "GRT111", three | IN_CASH | {"gurTypecd": "1", "gurModecd": "2", "gasrNo": guarantee}, 3
        )
        carry = REFUND | {
            "gurNo": one["dpstLevyBlNo"],
            "rtnbkCrdwTypecd": "2",
            "rtnbkCrdwAmt": "60.00",
        }
        await customs.file("GRT121", carry, 4, rows=carry_in(two["dpstLevyBlNo"], "60.00"))
        await customs.file(
            "GRT121", REFUND | {"gurNo": three["dpstLevyBlNo"], "rtnbkCrdwAmt": "0.75"}, 4
        )
        await customs.pay("", "5.00", "B-1")
        house.clock.advance(400 * DAY)
        await customs.gateway.more(1)  # the letter ran out
        made = await customs.node.cashier.state(E1, NOON.date(), house.clock.now().date())
        assert (made.opening, made.increase, made.decrease, made.closing) == (0, 16000, 6000, 10000)
        await customs.gateway.more(1)
        _, agreed = await customs.file("GRT161", ANSWER | {"stmtNo": made.no}, 2)
        assert agreed.result == "1"
        await customs.gateway.send(resend_request(99, business=guarantee))
        again = await customs.gateway.more(7)  # 设立, 变更, occupied, released, expired
        assert [a.type for a in again] == [
            "GRT200",
            "GRT201",
            "GRT200",
            "GRT201",
            "GRT302",
            "GRT302",
            "GRT302",
        ]
        await customs.sound()


async def test_the_business_goes_on_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'customs.db'}"
    async with House(url) as house:
        customs = Customs(house)
        body = await customs.levy("100.00")
        await customs.file("GRT111", body | IN_CASH, 2)
    async with House(url) as house:
        customs = Customs(house)
        await customs.pay(body["dpstLevyBlNo"], "100.00")
        [paid] = await customs.gateway.more(1)
        assert levy_of(paid)[4] == "2"
        await customs.sound()


async def test_a_seeded_run_numbers_without_gaps() -> None:
    async with House(settings=CustomsSettings(block=1)) as house:
        customs = Customs(house)
        numbers = []
        for _ in range(3):
            body = await customs.levy("100.00")
            numbers.append(body["dpstLevyBlNo"])
            await customs.file("GRT111", body | IN_CASH | {"paymnModecd": "2"}, 3)
            _, refunded, _ = await customs.file(
                "GRT121", REFUND | {"gurNo": body["dpstLevyBlNo"], "rtnbkCrdwAmt": "1.00"}, 3
            )
            numbers.append(refunded["rtnbkCrdwNo"])
    assert numbers == [
        "ZS0100202600001",
        "TH0100202600001",
        "ZS0100202600002",
        "TH0100202600002",
        "ZS0100202600003",
        "TH0100202600003",
    ]


def test_the_clock_of_these_tests_is_noon_in_shanghai() -> None:
    assert datetime(2026, 11, 23, 4, tzinfo=UTC) == NOON
