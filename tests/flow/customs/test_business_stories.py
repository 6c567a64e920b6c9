"""The guarantee business at the customs side, through the node: the stories in one run. Balances
are literal."""

from __future__ import annotations

from customs_sim.desk.decisions import Act, Decided
from tests.customs_factories import (
    ACCOUNT,
    BY_LETTER,
    CASH,
    CONTACT,
    IN_CASH,
    LETTER,
    RECORD,
    REFUND,
    carry_in,
    rows_of,
)
from tests.flow.customs.business import E1, E2, Customs, guarantee_of, kinds, levy_of


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
