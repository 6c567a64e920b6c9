"""The rules of the manual, section 3: 总担保设立登记 and 总担保变更. One pair for the whole
file; every test makes its own guarantees and levies, for BEIJING."""

from __future__ import annotations

import itertools

import pytest

from tests.conftest import BEIJING
from tests.factories import CASH, ENTERPRISES
from tests.flow.manual.world import World, actions

pytestmark = pytest.mark.asyncio(loop_scope="module")


# 3.1 总担保设立登记


async def test_manual_3_1_mode_offers_cash_and_letter_and_nothing_else(w: World) -> None:
    """The manual says 保金 in 3.1 and 保证金 in 3.2; either names code 1."""
    shown = [
        (c["code"], c["zh"].replace("保证金", "保金"))
        for c in (await w.api.get("/codelists/gur_mode")).json["items"]
    ]
    assert shown == [("1", "保金"), ("2", "保函")]
    refused = await w.api.post(w.setup(gurModecd="3"))
    assert refused.status == 422
    assert "gurModecd" in {f["field"] for f in refused.findings}


async def test_manual_3_1_letter_needs_number_validity_payer_and_amount(w: World) -> None:
    before = (await w.api.get("/guarantees")).json["total"]
    refused = await w.api.post(w.setup(ltguaNo="", ltguaValidDate="", pmnEtpsNm="", gasrAmt=""))
    assert refused.status == 422
    assert {f["field"] for f in refused.findings if f["severity"] == "error"} == {
        "ltguaNo",
        "ltguaValidDate",
        "pmnEtpsNm",
        "gasrAmt",
    }
    assert (await w.api.get("/guarantees")).json["total"] == before


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("ltguaNo", "S101.08"),
        ("ltguaValidDate", "S101.09"),
        ("pmnEtpsNm", "S101.10"),
        ("gasrAmt", "S101.07"),
    ],
)
async def test_manual_3_1_each_of_the_four_is_required_of_a_letter(
    w: World, field: str, code: str
) -> None:
    assert code in (await w.api.post(w.setup(**{field: ""}))).codes


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("paymnModecd", "S101.11"),
        ("pmnEtpsOpaccBankNm", "S101.12"),
        ("pmnEtpsBankAcctnum", "S101.13"),
    ],
)
async def test_manual_3_1_cash_needs_payment_method_bank_and_account(
    w: World, field: str, code: str
) -> None:
    refused = await w.api.post(w.setup(**CASH | {field: ""}))
    assert refused.status == 422
    assert code in refused.codes


async def test_manual_3_1_names_of_assured_and_payer_are_those_of_their_codes(w: World) -> None:
    for field, code in (("assuredEtpsNm", "X.04"), ("pmnEtpsNm", "S101.16")):
        refused = await w.api.post(w.setup(**{field: "另一家公司"}))
        assert code in refused.codes


async def test_manual_3_1_customs_is_one_of_the_list(w: World) -> None:
    refused = await w.api.post(w.setup(masterCuscd="9999"))
    assert "masterCuscd" in {f["field"] for f in refused.findings}


async def test_manual_3_1_a_draft_may_be_incomplete_and_is_found_again_in_the_query_with_edit(
    w: World,
) -> None:
    ref = w.ref()
    saved = await w.api.taken(w.setup(ref, flag="0", ltguaNo="", ltguaValidDate="", gasrAmt=""))
    assert saved["status"] == "draft"
    assert any("暂存成功" in f["message_zh"] for f in saved["warnings"])
    (row,) = (await w.api.get("/guarantees", params={"status": "暂存", "q": ref})).json["items"]
    assert actions(row) == {"edit": True, "declare": True, "delete": True}
    assert row["fields"]["assuredEtpsNm"] == ENTERPRISES[BEIJING].name
    assert (await w.api.approved(w.setup(ref, seq_no=saved["seq_no"])))["seq_no"] == saved["seq_no"]


@pytest.mark.parametrize("what", ["guarantee", "confirmation"])
async def test_manual_3_1_and_4_the_status_shows_processing_then_sent_then_received_then_approved(
    w: World, what: str
) -> None:
    body = w.setup() if what == "guarantee" else await w.confirmation(await w.levy())
    async with w.officers():
        async with w.held():
            taken = await w.api.taken(body)
            shown = await w.api.declaration(taken["seq_no"])
            assert (shown["status"], shown["status_text"]) == ("declared", "数据正在处理")
        await w.api.until(taken["seq_no"], "received")
        await w.decide(taken["seq_no"], "approve")
        await w.api.until(taken["seq_no"], "approved")
    labels = [
        label
        for label, _ in itertools.groupby(
            e["status_text"] for e in await w.api.timeline(taken["seq_no"])
        )
    ]
    assert [label for label in labels if label != "待确认"] == [
        "申报成功",
        "成功发送至海关",
        "海关接收成功",
        "审批通过",
    ]


# 3.2 总担保变更


async def test_manual_3_2_change_button_is_grey_for_cash(w: World) -> None:
    done = await w.cash()
    (change,) = [a for a in done["actions"] if a["action"] == "change"]
    assert not change["enabled"]
    assert "保证金的不能变更" in change["reason"]
    refused = await w.api.post(w.change(done["business_no"], done["fields"], gasrAmt="600000"))
    assert refused.status == 422
    assert "C101.02" in refused.codes


@pytest.mark.parametrize(
    ("field", "value"),
    [("ltguaValidDate", "2029-01-01 00:00:00"), ("gasrAmt", "310000"), ("ltguaNo", "LG-NEW")],
)
async def test_manual_3_2_validity_amount_and_number_of_a_letter_may_change(
    w: World, field: str, value: str
) -> None:
    done = await w.letter()
    assert actions(done)["change"]
    await w.api.approved(w.change(done["business_no"], done["fields"], **{field: value}))
    await w.until("/guarantees", done["business_no"], **{field: value})


@pytest.mark.parametrize(
    ("field", "value"), [("etpsConcErName", "报关部"), ("masterCuscd", "0101"), ("gurModecd", "1")]
)
async def test_manual_3_2_nothing_else_may_change(w: World, field: str, value: str) -> None:
    done = await w.letter()
    refused = await w.api.post(
        w.change(done["business_no"], done["fields"], gasrAmt="310000", **{field: value})
    )
    assert refused.status == 422
    assert field in {f["field"] for f in refused.findings if f["code"] == "C101.05"}


async def test_manual_3_2_the_query_shows_the_change_that_is_under_way(w: World) -> None:
    done = await w.letter()
    no = done["business_no"]
    async with w.officers():
        taken = await w.api.taken(w.change(no, done["fields"], gasrAmt="310000"))
        await w.api.until(taken["seq_no"], "received")
        row = await w.row("/guarantees", no)
        assert (row["open_filing"]["seq_no"], row["open_filing"]["status_text"]) == (
            taken["seq_no"],
            "海关接收成功",
        )
        assert not actions(row)["change"]
        await w.decide(taken["seq_no"], "approve")
        await w.api.until(taken["seq_no"], "approved")
