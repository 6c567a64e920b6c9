"""The guarantee business at the customs side, through the node: several processes, several
stores, and a restart."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from customs_sim.cases.settings import CustomsSettings
from customs_sim.desk.decisions import Act, Decision, NotDecided
from tests.conftest import Stores, on
from tests.customs_factories import (
    ANSWER,
    CONTACT,
    IN_CASH,
    LETTER,
    NOON,
    RECORD,
    REFUND,
    House,
    carry_in,
    resend_request,
    rows_of,
)
from tests.flow.customs.business import DAY, E1, Customs, guarantee_of, levy_of


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
