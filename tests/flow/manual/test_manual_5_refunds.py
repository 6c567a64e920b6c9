"""The rules of the manual, section 5: 退还申请. One pair for the whole file; every test makes
its own guarantees and levies, for BEIJING."""

from __future__ import annotations

import pytest

from tests.flow.manual.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


# 5 退还申请


async def test_manual_5_1_amount_is_not_checked_by_the_gateway(w: World) -> None:
    no = await w.paid("1000.00")
    taken = await w.api.taken(w.refund(no, "99999999.99"))
    assert [f["code"] for f in taken["warnings"]] == ["R121.06"]
    await w.api.until(taken["seq_no"], "returned")
    (receipt,) = [
        r
        for r in await w.api.receipts()
        if r["seq_no"] == taken["seq_no"] and r["message_type"] == "GRT221"
    ]
    assert receipt["result"] == "3"
    assert any("可退 1000.00" in note for note in receipt["notes"])


async def test_manual_5_1_the_levy_status_never_moves_and_the_refund_query_shows_the_application(
    w: World,
) -> None:
    no = await w.paid()
    seq_no = (await w.row("/levies", no))["seq_no"]
    async with w.officers():
        taken = await w.api.taken(w.refund(no, "300.00"))
        await w.api.until(taken["seq_no"], "received")
        for decided in (False, True):
            if decided:
                await w.decide(taken["seq_no"], "approve")
                await w.until("/levies", no, alrdyRtnbkAmt="300.00")
            levy = await w.row("/levies", no)
            assert (levy["seq_no"], levy["status"], levy["payment"]) == (seq_no, "approved", "2")
            (row,) = (await w.api.get("/refunds", params={"q": taken["seq_no"]})).json["items"]
            assert row["status"] == ("approved" if decided else "received")
    assert taken["seq_no"] not in {
        r["seq_no"] for r in (await w.api.get("/levies", params={"limit": 1000})).json["items"]
    }


async def test_manual_5_1_a_single_letter_is_returned_by_customs_without_a_person(w: World) -> None:
    no = await w.by_letter()
    async with w.officers():
        taken = await w.api.taken(w.refund(no, "1.00"))
        await w.api.until(taken["seq_no"], "returned")
    assert (await w.row("/levies", no))["status"] == "approved"


async def test_manual_5_2_a_guarantee_refund_is_saved_or_declared_and_the_guarantee_shows_it(
    w: World,
) -> None:
    no = (await w.cash())["business_no"]
    saved = await w.api.taken(w.refund(no, "1000", gurTypecd="1", flag="0"))
    row = await w.row("/guarantees", no)
    assert (row["status"], row["refund_status"]) == ("approved", "draft")
    async with w.officers():
        await w.api.taken(w.refund(no, "1000", gurTypecd="1", seq_no=saved["seq_no"]))
        await w.api.until(saved["seq_no"], "received")
        assert (await w.row("/guarantees", no))["refund_status"] == "received"
        await w.decide(saved["seq_no"], "approve")
        await w.api.until(saved["seq_no"], "approved")
    row = await w.until("/guarantees", no, alrdyRtnbkGasrAmt="1000")
    assert (row["status"], row["refund_status"]) == ("approved", "approved")


async def test_manual_5_2_a_guarantee_by_letter_is_not_refunded(w: World) -> None:
    no = (await w.letter())["business_no"]
    taken = await w.api.taken(w.refund(no, "1000", gurTypecd="1"))
    await w.api.until(taken["seq_no"], "returned")
    await w.until("/guarantees", no, alrdyRtnbkGasrAmt="0")
