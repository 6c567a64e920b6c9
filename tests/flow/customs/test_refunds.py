"""The guarantee business at the customs side, through the node: 退还, 转存 and 结案."""

from __future__ import annotations

import pytest

from customs_sim.cases.settings import CustomsSettings, ReviewSettings
from customs_sim.desk.decisions import Act, Decided, Decision, NotDecided
from customs_sim.desk.refusal import NotAllowed
from tests.customs_factories import BY_LETTER, CASH, IN_CASH, LETTER, REFUND, House
from tests.flow.customs.business import Customs, guarantee_of, levy_of


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
