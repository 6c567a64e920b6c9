"""The guarantee business at the customs side, through the node: levies."""

from __future__ import annotations

import pytest

from customs_sim.desk.decisions import Act, NotDecided
from customs_sim.desk.levies import LevyOrder
from customs_sim.desk.refusal import NotAllowed
from customs_sim.wire.ids import push_id
from tests.customs_factories import BY_LETTER, IN_CASH
from tests.flow.customs.business import E1, Customs, levy_of


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
