"""The guarantee business at the customs side, through the node: payments."""

from __future__ import annotations

import pytest

from customs_sim.desk.refusal import NotAllowed
from schemas.times import micros
from tests.customs_factories import BY_LETTER, IN_CASH
from tests.flow.customs.business import Customs, levy_of


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
