"""The guarantee business at the customs side, through the node: 总担保 that customs asks for,
and cash that is not there yet."""

from __future__ import annotations

import pytest

from customs_sim.cases.settings import CashUsable, CustomsSettings, ReviewSettings
from customs_sim.desk.refusal import NotAllowed
from tests.customs_factories import CASH, House
from tests.flow.customs.business import E1, E2, Customs, guarantee_of


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
