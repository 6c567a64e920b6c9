"""The guarantee business at the customs side, through the node: 信息维护 and 对账."""

from __future__ import annotations

from customs_sim.wire.ids import push_id
from tests.customs_factories import ACCOUNT, ANSWER, CASH, CONTACT, NOON, RECORD, rows_of
from tests.flow.customs.business import E1, Customs


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
