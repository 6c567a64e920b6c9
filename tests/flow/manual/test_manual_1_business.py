"""The rules of the manual, section 1: what has to be done, step by step, for each kind of
business. One pair for the whole file; every test makes its own guarantees and levies, for
BEIJING."""

from __future__ import annotations

import pytest

from tests.conftest import BEIJING, MORNING, SHANGHAI, eventually
from tests.factories import CASH
from tests.flow.manual.world import TEN, World, actions

pytestmark = pytest.mark.asyncio(loop_scope="module")


# 1.1 保证金确认


async def test_manual_1_1_the_levy_waits_for_confirmation_until_the_enterprise_confirms(
    w: World,
) -> None:
    no = await w.levy()
    row = await w.row("/levies", no)
    assert (row["status"], row["status_text"], row["completed"]) == ("pending", "待确认", False)
    assert actions(row) == {"confirm": True}
    waiting = (await w.api.get("/levies", params={"status": "待确认", "q": no})).json
    assert [r["seq_no"] for r in waiting["items"]] == [row["seq_no"]]
    await w.api.approved(await w.confirmation(no))
    assert (await w.api.get("/levies", params={"status": "待确认", "q": no})).json["total"] == 0


async def test_manual_1_1_a_saved_confirmation_can_be_changed_and_then_declared(w: World) -> None:
    no = await w.levy()
    saved = await w.api.taken(await w.confirmation(no, "0", etpsConcErTelnum=""))
    assert saved["status"] == "draft"
    row = await w.row("/levies", no)
    assert (row["status_text"], row["seq_no"]) == ("暂存", saved["seq_no"])
    assert actions(row)["edit"]
    assert actions(row)["declare"]
    changed = await w.api.taken(await w.confirmation(no, "0", etpsConcErTelnum="010-12345678"))
    assert changed["seq_no"] == saved["seq_no"]
    assert (await w.row("/levies", no))["fields"]["etpsConcErTelnum"] == "010-12345678"
    assert (await w.api.approved(await w.confirmation(no)))["seq_no"] == saved["seq_no"]


async def test_manual_1_1_a_declared_confirmation_waits_for_customs_review(w: World) -> None:
    async with w.officers():
        taken = await w.api.taken(await w.confirmation(await w.levy()))
        row = await w.api.until(taken["seq_no"], "received")
        assert not row["completed"]
        assert row["actions"] == []
        await w.decide(taken["seq_no"], "approve")
        await w.api.until(taken["seq_no"], "approved")


async def test_manual_1_1_the_business_is_complete_when_approved_and_paid(w: World) -> None:
    no = await w.levy("1000.50")
    approved = await w.api.approved(await w.confirmation(no, paymnModecd="1"))
    assert (approved["payment"], approved["completed"]) == ("1", False)
    for amount, payment, completed in (("400.00", "1", False), ("600.50", "2", True)):
        paid = await w.api.control(
            "POST",
            "/payments",
            {
                "levy_no": no,
                "amount": amount,
                "paid_at": MORNING.isoformat(),
                "reference": no + amount,
            },
        )
        assert paid.status == 201, paid.body
        total = "400.00" if not completed else "1000.50"
        row = await w.until("/levies", no, actlvyAmt=total, levyBlStucd=payment)
        assert (row["status"], row["completed"]) == ("approved", completed)


# 1.2, 1.3 总担保


async def test_manual_1_2_a_guarantee_is_saved_changed_declared_and_reviewed(w: World) -> None:
    ref = w.ref()
    saved = await w.api.taken(w.setup(ref, flag="0", **CASH | {"gasrAmt": "1"}))
    again = await w.api.taken(
        w.setup(ref, flag="0", seq_no=saved["seq_no"], **CASH | {"gasrAmt": "2"})
    )
    assert again["seq_no"] == saved["seq_no"]
    async with w.officers():
        await w.api.taken(w.setup(ref, seq_no=saved["seq_no"], **CASH | {"gasrAmt": "2"}))
        await w.api.until(saved["seq_no"], "received")
        await w.decide(saved["seq_no"], "approve")
        done = await w.api.until(saved["seq_no"], "approved")
    assert done["fields"]["gasrAmt"] == "2"


async def test_manual_1_2_a_cash_guarantee_is_complete_once_customs_approved(w: World) -> None:
    done = await w.cash()
    assert done["completed"]
    assert done["business_no"]
    assert done["fields"]["pmnChkinTime"]
    assert done["fields"]["gurStucd"] == "1"


async def test_manual_1_3_a_change_of_amount_and_validity_is_saved_then_in_force_on_approval(
    w: World,
) -> None:
    no = (await w.letter())["business_no"]
    row = (await w.row("/guarantees", no))["fields"]
    wanted = {"gasrAmt": "350000", "ltguaValidDate": "2028-05-05 00:00:00"}
    body = w.change(no, row, flag="0", **wanted)
    saved = await w.api.taken(body)
    assert (await w.row("/guarantees", no))["open_filing"]["status_text"] == "暂存"
    assert (await w.row("/guarantees", no))["fields"]["gasrAmt"] == "300000"
    done = await w.api.approved(w.change(no, row, seq_no=saved["seq_no"], **wanted))
    assert done["change_no"] == 1
    after = await w.until("/guarantees", no, gasrAmt="350000", ltguaValidDate="2028-05-05 00:00:00")
    assert after["open_filing"] is None


async def test_manual_1_3_a_returned_change_leaves_the_guarantee_as_it_was(w: World) -> None:
    no = (await w.letter())["business_no"]
    before = (await w.row("/guarantees", no))["fields"]
    async with w.officers():
        seq_no = (await w.api.taken(w.change(no, before, gasrAmt="900000")))["seq_no"]
        await w.decide(seq_no, "return")
        await w.api.until(seq_no, "returned")
    assert (await w.row("/guarantees", no))["fields"] == before


# 1.4, 1.5 退还


async def test_manual_1_4_a_refund_needs_amount_and_reason_and_is_complete_on_approval(
    w: World,
) -> None:
    no = await w.paid()
    refused = await w.api.post(w.refund(no, "", rtnbkCrdwRsnDesc=""))
    assert refused.status == 422
    assert {f["field"] for f in refused.findings} >= {"rtnbkCrdwAmt", "rtnbkCrdwRsnDesc"}
    assert actions(await w.row("/levies", no)) == {"refund": True}
    done = await w.api.approved(w.refund(no, "400.00"))
    assert done["completed"]
    await w.until("/levies", no, alrdyRtnbkAmt="400.00")


async def test_manual_1_5_a_guarantee_refund_needs_amount_and_reason_and_is_complete_on_approval(
    w: World,
) -> None:
    no = (await w.cash())["business_no"]
    refused = await w.api.post(w.refund(no, "", gurTypecd="1", rtnbkCrdwRsnDesc=""))
    assert refused.status == 422
    assert {f["field"] for f in refused.findings} >= {"rtnbkCrdwAmt", "rtnbkCrdwRsnDesc"}
    done = await w.api.approved(w.refund(no, "100000", gurTypecd="1"))
    assert done["completed"]
    await w.until("/guarantees", no, alrdyRtnbkGasrAmt="100000", avalGasrAmt="400000")


@pytest.mark.parametrize("path", ["/levies", "/guarantees", "/refunds"])
async def test_manual_1_6_to_1_8_a_query_shows_all_rows_of_the_enterprise_with_their_status(
    w: World, path: str
) -> None:
    no = await w.paid()
    await w.api.approved(w.refund(no, "1.00"))
    await w.letter()
    answer = await w.api.get(path, params={"limit": 1000, "enterprise": BEIJING})
    assert answer.status == 200
    assert answer.json["total"] == len(answer.json["items"]) > 0
    for row in answer.json["items"]:
        assert row["fields"]["assuredEtpsno"] == BEIJING
        assert row["status_text"] in (*TEN, "数据正在处理")


async def test_manual_1_1_everything_that_customs_sent_can_be_read_by_its_link(w: World) -> None:
    await w.paid()
    made = await w.api.control(
        "POST", "/statements", {"enterprise": BEIJING, "from": "2026-11-23", "to": "2026-11-23"}
    )
    assert made.status == 201, made.body

    async def stated() -> bool:
        return any(r["message_type"] == "GRT303" for r in await w.api.receipts())

    await eventually(stated, what="the statement in the feed")
    unread = {}
    for receipt in await w.api.receipts():
        answer = await w.api.get(receipt["links"]["raw"])
        if answer.status != 200:
            unread[receipt["message_type"]] = answer.status
        assert (await w.api.get(receipt["links"]["raw"], enterprise=SHANGHAI)).status == 404
    assert unread == {}
