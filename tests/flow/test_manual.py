"""The rules of the manual, section by section: one test a rule, named after its section. One pair
for the whole file.

Every test makes its own guarantees and levies, for BEIJING; SHANGHAI has only what ``listed``
makes, so that totals are exact.
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import zipfile
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from lxml import etree

from tests.conftest import BEIJING, MORNING, SHANGHAI, Api, client, eventually, pair_at
from tests.factories import (
    CASH,
    ENTERPRISES,
    grt101,
    grt111,
    grt111_fields,
    grt121,
    grt151,
    target_row,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEN = (
    "全部",
    "待确认",
    "暂存",
    "申报成功",
    "成功发送至海关",
    "海关接收成功",
    "海关接收失败",
    "转人工",
    "审批通过",
    "退单",
)
"""The options of the three query screens (section 6)."""
QUERIES = ("/guarantees", "/levies", "/refunds")
EIGHT = (
    "gurTypecd",
    "gurModecd",
    "paymnModecd",
    "etpsConcErName",
    "etpsConcErTelnum",
    "pmnEtpsNm",
    "pmnEtpsOpaccBankNm",
    "pmnEtpsBankAcctnum",
)
"""What section 4 asks of a confirmation, whatever its type."""
SINGLE_CASH = {
    "gurTypecd": "2",
    "gurModecd": "1",
    "paymnModecd": "2",
    "gasrNo": "",
    "ltguaNo": "",
    "ltguaValidDate": "",
}
OWN = (
    "pmnEtpsSccd",
    "pmnEtpsno",
    "pmnEtpsNm",
    "pmnEtpsOpaccBankNm",
    "pmnEtpsBankAcctnum",
    "etpsConcErName",
    "etpsConcErTelnum",
)


class World:
    """The enterprise at its screen, and customs at the desk. References and message numbers are
    never used twice."""

    def __init__(self, api: Api) -> None:
        self.api, self.numbers, self.refs = api, itertools.count(1), itertools.count(1)

    def ref(self) -> str:
        return f"R{next(self.refs):05d}"

    def setup(self, ref: str | None = None, **changes: Any) -> bytes:
        return grt101(ref or self.ref(), next(self.numbers), **changes)

    def change(self, no: str, row: Mapping[str, str], **changes: Any) -> bytes:
        """A 变更 of ``no`` as the register stands, but for ``changes``."""
        kept = (
            "gurModecd",
            "gasrAmt",
            "ltguaNo",
            "ltguaValidDate",
            "paymnModecd",
            "pmnEtpsOpaccBankNm",
            "pmnEtpsBankAcctnum",
        )
        given = {"dclTypecd": "2", "gasrNo": no, "chgTmsCnt": str(int(row["chgTmsCnt"]) + 1)} | {
            k: row[k] for k in kept
        }
        return grt101(self.ref(), next(self.numbers), **given | changes)

    def refund(self, no: str, amount: str, **changes: Any) -> bytes:
        return grt121(
            self.ref(), next(self.numbers), **{"gurNo": no, "rtnbkCrdwAmt": amount} | changes
        )

    async def cash(self, amount: str = "500000") -> Any:
        return await self.api.approved(self.setup(**CASH | {"gasrAmt": amount}))

    async def letter(self, amount: str = "300000") -> Any:
        return await self.api.approved(self.setup(gasrAmt=amount))

    async def row(self, path: str, no: str, **options: Any) -> Any:
        """The row of a query with this business number."""

        async def look() -> Any:
            rows = (await self.api.get(path, params={"limit": 1000}, **options)).json["items"]
            return next((r for r in rows if r["business_no"] == no), None)

        return await eventually(look, what=f"{no} in {path}")

    async def until(self, path: str, no: str, **wanted: Any) -> Any:
        async def look() -> Any:
            row = await self.row(path, no)
            return row if {k: row["fields"].get(k, row.get(k)) for k in wanted} == wanted else None

        return await eventually(look, what=f"{no} as {wanted}")

    async def levy(
        self, amount: str = "1000.00", enterprise: str = BEIJING, customs: str = "0100"
    ) -> str:
        """A levy that customs just issued."""
        made = await self.api.control(
            "POST",
            "/levies",
            {
                "enterprise": enterprise,
                "customs": customs,
                "amount": amount,
                "biz_type": "2",
                "biz_no": "C010016A0471",
                "oriact_no": "C010016A0471",
            },
        )
        assert made.status == 201, made.body
        await self.row("/levies", made.json["levy_no"], enterprise=enterprise)
        return str(made.json["levy_no"])

    async def confirmation(self, no: str, flag: str = "1", **changes: str) -> bytes:
        """The confirm form: by default a single guarantee in cash, paid electronically (in profile
        instant: at once)."""
        held: Mapping[str, str] = (await self.row("/levies", no))["fields"]
        chosen = grt111_fields()
        return grt111(
            next(self.numbers),
            flag=flag,
            **{**held, **{k: chosen[k] for k in OWN}, **SINGLE_CASH, **changes},
        )

    async def paid(self, amount: str = "1000.00") -> str:
        """A levy that was confirmed, approved and paid."""
        no = await self.levy(amount)
        await self.api.approved(await self.confirmation(no))
        await self.until("/levies", no, levyBlStucd="2")
        return no

    async def by_letter(self, amount: str = "1000.00") -> str:
        """A levy secured by a single letter."""
        no = await self.levy(amount)
        await self.api.approved(
            await self.confirmation(
                no, gurModecd="2", ltguaNo=f"LG-{self.ref()}", ltguaValidDate="2027-11-22 00:00:00"
            )
        )
        return no

    async def decide(self, seq_no: str, result: str) -> None:
        async def waits() -> bool:
            return any(
                c["seq_no"] == seq_no
                for c in (await self.api.control("GET", "/worklist")).json["items"]
            )

        await eventually(waits, what=f"{seq_no} in the work list")
        done = await self.api.control(
            "POST", "/decisions", {"items": [{"seq_no": seq_no, "result": result, "notes": []}]}
        )
        assert done.status == 200, done.body

    @contextlib.asynccontextmanager
    async def officers(self) -> AsyncIterator[None]:
        """Persons decide at customs for as long as the block lasts."""
        await self.api.control("PUT", "/profile", {"profile": "manual"})
        try:
            yield
        finally:
            await self.api.control("PUT", "/profile", {"profile": "instant"})

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Customs takes nothing for as long as the block lasts."""
        await self.api.control("POST", "/hold", {})
        try:
            yield
        finally:
            await self.api.control("POST", "/release", {})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with (
        pair_at(tmp_path_factory.mktemp("manual") / "home") as pair,
        client(pair.ready) as api,
    ):
        yield World(api)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def listed(w: World) -> dict[str, str]:
    """All that SHANGHAI has: six guarantees (name to SeqNo), none declared, on three days around
    midnight in Asia/Shanghai."""
    made: dict[str, str] = {}
    for name, time, changes in (
        ("evening", "2026-11-19 23:59:59", {}),
        ("first", "2026-11-20 00:00:00", CASH),
        ("last", "2026-11-20 23:59:59", {}),
        ("morning", "2026-11-21 00:00:00", CASH),
        ("formula", "2026-11-22 09:00:00", {"rmk": "=HYPERLINK(1)", "etpsConcErName": "@SUM(1)"}),
        ("waigaoqiao", "2026-11-22 10:00:00", {"masterCuscd": "2218"}),
    ):
        body = grt101(
            f"SH-{name}",
            next(w.numbers),
            enterprise=SHANGHAI,
            flag="0",
            **{"dclTime": time} | changes,
        )
        made[name] = (await w.api.taken(body, enterprise=SHANGHAI))["seq_no"]
    return made


def actions(row: Any) -> dict[str, bool]:
    """What a row offers, and whether it may be pressed."""
    return {a["action"]: a["enabled"] for a in row["actions"]}


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


# 2 进入和使用


async def test_manual_2_entering_a_code_fills_in_the_name(w: World) -> None:
    own = (await w.api.get(f"/enterprises/{BEIJING}")).json
    assert (own["name"], own["credit_code"], own["customs"]) == (
        ENTERPRISES[BEIJING].name,
        ENTERPRISES[BEIJING].credit_code,
        "0100",
    )
    foreign = (await w.api.get(f"/enterprises/{SHANGHAI}")).json
    assert foreign == {
        "code": SHANGHAI,
        "name": ENTERPRISES[SHANGHAI].name,
        "credit_code": ENTERPRISES[SHANGHAI].credit_code,
    }
    assert (await w.api.get("/enterprises/0000000000")).status == 404


async def test_manual_2_what_was_maintained_is_filled_in_too(w: World) -> None:
    await w.api.approved(grt151(w.ref(), next(w.numbers)))
    own = (await w.api.get(f"/enterprises/{BEIJING}")).json
    assert own["accounts"][0]["pmnEtpsBankAcctnum"] == "0200003409089123456"
    assert own["contacts"][0]["etpsConcErTelnum"] == "010-88886666"


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("gur_mode", {"1": "保证金", "2": "保函"}),
        ("gur_type", {"1": "总担保", "2": "单笔担保"}),
        ("refund_kind", {"1": "退还", "2": "结转"}),
        ("customs", {"0100": None, "2200": None}),
        ("payment_mode", {"1": None, "2": None}),
        ("biz_type", {"2": None, "3": None}),
    ],
)
async def test_manual_2_fields_with_options_have_a_drop_down(
    w: World, name: str, codes: dict[str, str | None]
) -> None:
    rows = {c["code"]: c["zh"] for c in (await w.api.get(f"/codelists/{name}")).json["items"]}
    for code, label in codes.items():
        assert rows[code] == (label or rows[code])
        assert rows[code]
    assert name in (await w.api.get("/codelists")).json["items"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("levyBlAmt", "1.00"),
        ("assuredEtpsNm", "另一家公司"),
        ("oriactNo", "C010016A9999"),
        ("mkclUnitNm", "他"),
    ],
)
async def test_manual_2_grey_fields_are_filled_in_by_the_system_and_cannot_be_changed(
    w: World, field: str, value: str
) -> None:
    refused = await w.api.post(await w.confirmation(await w.levy(), **{field: value}))
    assert refused.status == 422
    assert field in {f["field"] for f in refused.findings}


async def test_manual_2_red_marks_the_field_that_is_wrong_with_its_label_and_place(
    w: World,
) -> None:
    refused = await w.api.post(w.setup(gasrAmt="1,000"))
    (finding,) = [f for f in refused.findings if f["field"] == "gasrAmt"]
    assert (finding["severity"], finding["label_zh"], finding["value"]) == (
        "error",
        "总担保金额",
        "1,000",
    )
    assert finding["line"]
    assert finding["message_zh"]
    assert finding["message_en"]


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


# 4 保证金确认


async def test_manual_4_an_enterprise_sees_only_its_own_waiting_levies(w: World) -> None:
    no = await w.levy()
    assert (await w.api.get("/levies", params={"q": no})).json["total"] == 1
    assert (await w.api.get("/levies", params={"q": no}, enterprise=SHANGHAI)).json == {
        "items": [],
        "total": 0,
        "next": None,
    }
    assert (await w.api.get("/levies", params={"enterprise": SHANGHAI})).json["total"] == 0


async def test_manual_4_all_eight_confirmation_fields_are_required(w: World) -> None:
    no = await w.levy()
    refused = await w.api.post(await w.confirmation(no, **dict.fromkeys(EIGHT, "")))
    assert refused.status == 422
    assert {f["field"] for f in refused.findings if f["code"].startswith("F111.05")} == set(EIGHT)
    assert (await w.row("/levies", no))["status"] == "pending"


@pytest.mark.parametrize("field", EIGHT)
@pytest.mark.parametrize(
    "kind",
    [{}, {"gurModecd": "2", "ltguaNo": "LG-ANY", "ltguaValidDate": "2027-11-22 00:00:00"}],
    ids=["cash", "letter"],
)
async def test_manual_4_each_field_is_required_whatever_the_type(
    w: World, field: str, kind: dict[str, str]
) -> None:
    refused = await w.api.post(await w.confirmation(await w.levy(), **kind | {field: ""}))
    assert refused.status == 422
    assert field in {f["field"] for f in refused.findings if f["code"].startswith("F111.05")}


async def test_manual_4_a_levy_is_confirmed_on_a_guarantee_or_alone(w: World) -> None:
    guarantee = (await w.letter())["business_no"]
    no = await w.levy("1000.25")
    await w.api.taken(await w.confirmation(no, "0"))
    done = await w.api.approved(
        await w.confirmation(no, gurTypecd="1", gurModecd="2", gasrNo=guarantee)
    )
    assert (done["payment"], done["completed"]) == ("3", True)
    await w.until("/guarantees", guarantee, usedGasrAmt="1001", avalGasrAmt="298999")
    assert (await w.row("/levies", await w.paid()))["payment"] == "2"


async def test_manual_4_only_customs_starts_a_levy(w: World) -> None:
    refused = await w.api.post(grt111(next(w.numbers), dpstLevyBlNo="ZS0100202699999"))
    assert refused.status in (404, 422)
    assert "F111.01" in refused.codes


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


# 6 综合查询


@pytest.mark.parametrize("path", QUERIES)
async def test_manual_6_ten_status_options(w: World, path: str) -> None:
    totals = {}
    for word in TEN:
        answer = await w.api.get(path, params={"status": word, "limit": 1000})
        assert answer.status == 200, (word, answer.body)
        rows = answer.json["items"]
        totals[word] = answer.json["total"]
        assert totals[word] == len(rows)
        if word == "申报成功":
            assert {r["status_text"] for r in rows} <= {"数据正在处理"}
        elif word != "全部":
            assert {r["status_text"] for r in rows} <= {word}
    assert (
        totals["全部"]
        == (await w.api.get(path)).json["total"]
        == sum(n for word, n in totals.items() if word != "全部")
    )
    assert (await w.api.get(path, params={"status": "数据正在处理"})).json["total"] == totals[
        "申报成功"
    ]
    assert (await w.api.get(path, params={"status": "approved"})).json["total"] == totals[
        "审批通过"
    ]
    refused = await w.api.get(path, params={"status": "已办结"})
    assert refused.status == 400
    assert [f["field"] for f in refused.findings] == ["status"]


async def test_manual_6_1_ten_status_options_and_two_modes(w: World) -> None:
    cash, letter = await w.paid(), await w.by_letter()
    for mode, mine, other in (("1", cash, letter), ("2", letter, cash)):
        rows = (await w.api.get("/levies", params={"mode": mode, "limit": 1000})).json["items"]
        assert {r["fields"]["gurModecd"] for r in rows} == {mode}
        assert mine in {r["business_no"] for r in rows}
        assert other not in {r["business_no"] for r in rows}


async def test_manual_6_1_levies_are_told_apart_by_guarantee_type(w: World) -> None:
    alone, general = await w.paid(), await w.levy()
    guarantee = (await w.letter())["business_no"]
    await w.api.approved(
        await w.confirmation(general, gurTypecd="1", gurModecd="2", gasrNo=guarantee)
    )
    for kind, mine, other in (("2", alone, general), ("1", general, alone)):
        found = {
            r["business_no"]
            for r in (await w.api.get("/levies", params={"type": kind, "limit": 1000})).json[
                "items"
            ]
        }
        assert mine in found
        assert other not in found


async def test_manual_6_2_guarantees_by_mode_and_waiting_ones(w: World) -> None:
    cash, letter = (await w.cash())["business_no"], (await w.letter())["business_no"]
    for mode, mine, other in (("1", cash, letter), ("2", letter, cash)):
        found = {
            r["business_no"]
            for r in (await w.api.get("/guarantees", params={"mode": mode, "limit": 1000})).json[
                "items"
            ]
        }
        assert mine in found
        assert other not in found
    asked = await w.api.control(
        "POST",
        "/guarantee-requests",
        {"enterprise": BEIJING, "gasr_no": letter, "valid_until": "2029-06-30"},
    )
    assert asked.status == 201, asked.body

    async def waiting() -> Any:
        rows = (await w.api.get("/guarantees", params={"status": "待确认", "limit": 1000})).json[
            "items"
        ]
        return [r for r in rows if r["business_no"] == letter]

    (row,) = await eventually(waiting, what="the 待确认 in the query")
    assert actions(row) == {"confirm": True}


async def test_manual_6_3_two_types_and_two_kinds(w: World) -> None:
    guarantee, levy, empty = (await w.cash())["business_no"], await w.paid(), await w.levy("10.00")
    await w.api.approved(await w.confirmation(empty, paymnModecd="1"))
    of_guarantee = (await w.api.approved(w.refund(guarantee, "10", gurTypecd="1")))["seq_no"]
    of_levy = (await w.api.approved(w.refund(levy, "10.00")))["seq_no"]
    carried = (
        await w.api.approved(
            w.refund(
                levy,
                "10.00",
                rtnbkCrdwTypecd="2",
                targets=[target_row(gurNo=empty, crdwAmt="10.00")],
            )
        )
    )["seq_no"]
    for params, wanted in (
        ({"type": "1"}, {of_guarantee}),
        ({"type": "2"}, {of_levy, carried}),
        ({"kind": "1"}, {of_guarantee, of_levy}),
        ({"kind": "2"}, {carried}),
        ({"type": "2", "kind": "1"}, {of_levy}),
        ({"type": "1", "kind": "2"}, set()),
    ):
        rows = (await w.api.get("/refunds", params={"limit": 1000, **params})).json["items"]
        assert {r["seq_no"] for r in rows} & {of_guarantee, of_levy, carried} == wanted, params


# 6.1-6.3 filters, on what SHANGHAI has


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({}, "evening first last morning formula waigaoqiao"),
        ({"status": "全部"}, "evening first last morning formula waigaoqiao"),
        ({"status": "暂存"}, "evening first last morning formula waigaoqiao"),
        ({"status": "draft"}, "evening first last morning formula waigaoqiao"),
        ({"status": "审批通过"}, ""),
        ({"mode": "1"}, "first morning"),
        ({"mode": "2"}, "evening last formula waigaoqiao"),
        ({"customs": "2218"}, "waigaoqiao"),
        ({"customs": "2200"}, "evening first last morning formula"),
        ({"from": "2026-11-20", "to": "2026-11-20"}, "first last"),
        ({"from": "2026-11-21"}, "morning formula waigaoqiao"),
        ({"to": "2026-11-19"}, "evening"),
        ({"from": "2026-11-22", "to": "2026-11-20"}, ""),
        ({"q": "SH-mor"}, "morning"),
        ({"q": "nothing"}, ""),
        ({"mode": "1", "from": "2026-11-21", "status": "暂存"}, "morning"),
    ],
)
async def test_manual_6_filters(
    w: World, listed: dict[str, str], params: dict[str, str], wanted: str
) -> None:
    found = (await w.api.get("/guarantees", params=params, enterprise=SHANGHAI)).json
    names = {seq_no: name for name, seq_no in listed.items()}
    assert [names[r["seq_no"]] for r in reversed(found["items"])] == wanted.split()
    assert found["total"] == len(wanted.split())
    assert found["next"] is None


async def test_manual_6_a_page_is_found_by_its_cursor_and_the_total_stays_exact(
    w: World, listed: dict[str, str]
) -> None:
    seen: list[str] = []
    params: dict[str, str | int] = {"limit": 4}
    for size, last in ((4, False), (2, True)):
        page = (await w.api.get("/guarantees", params=params, enterprise=SHANGHAI)).json
        assert (page["total"], len(page["items"]), page["next"] is None) == (6, size, last)
        seen += [r["seq_no"] for r in page["items"]]
        params["cursor"] = page["next"]
    assert seen == sorted(listed.values(), reverse=True)


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "x"},
        {"cursor": "x"},
        {"from": "20.11.2026"},
        {"to": "2026-02-30"},
    ],
)
async def test_manual_6_a_wrong_filter_is_named(w: World, params: dict[str, str]) -> None:
    refused = await w.api.get("/levies", params=params)
    assert refused.status == 400
    assert [f["field"] for f in refused.findings] == list(params)


async def test_manual_6_a_list_opens_as_csv_and_no_cell_is_a_formula(
    w: World, listed: dict[str, str]
) -> None:
    answer = await w.api.get("/guarantees.csv", enterprise=SHANGHAI)
    assert (answer.status, answer.type) == (200, "text/csv")
    heading, *rows = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert len(rows) == len(listed)
    assert "总担保金额 gasrAmt" in heading
    (row,) = [dict(zip(heading, row, strict=True)) for row in rows if listed["formula"] in row]
    cells = {name.rpartition(" ")[2]: cell for name, cell in row.items()}
    assert (cells["rmk"], cells["etpsConcErName"]) == ("'=HYPERLINK(1)", "'@SUM(1)")
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@")]


async def test_manual_6_a_list_opens_as_xlsx_and_no_cell_is_a_formula(
    w: World, listed: dict[str, str]
) -> None:
    answer = await w.api.get("/guarantees.xlsx", enterprise=SHANGHAI, params={"q": "SH-formula"})
    assert answer.status == 200
    with zipfile.ZipFile(io.BytesIO(answer.body)) as book:
        assert book.testzip() is None
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        texts = {t.text for t in etree.fromstring(book.read("xl/sharedStrings.xml")).iter("{*}t")}
    assert not list(sheet.iter("{*}f"))
    assert len(list(sheet.iter("{*}row"))) == 2
    assert {listed["formula"], "=HYPERLINK(1)", "@SUM(1)", "暂存"} <= texts


@pytest.mark.parametrize("path", QUERIES)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_manual_6_an_empty_list_opens_too(w: World, path: str, form: str) -> None:
    answer = await w.api.get(f"{path}.{form}", params={"q": "nothing-of-the-kind"})
    assert answer.status == 200
    if form == "xlsx":
        assert zipfile.ZipFile(io.BytesIO(answer.body)).testzip() is None
    else:
        assert answer.body.decode("utf-8-sig").count("\r\n") == 1


# only one's own


async def test_manual_4_foreign_and_unknown_numbers_look_alike(
    w: World, listed: dict[str, str]
) -> None:
    foreign, unknown = listed["first"], "999999999999999999"
    seen = (await w.api.declaration(foreign, enterprise=SHANGHAI))["message_id"]
    for method, path, own, other in (
        ("GET", "/declarations/{}", foreign, unknown),
        ("GET", "/declarations/{}/timeline", foreign, unknown),
        ("DELETE", "/declarations/{}", foreign, unknown),
        ("GET", "/messages/{}", seen, "no-such-message"),
        ("GET", "/messages/{}/raw", seen, "no-such-message"),
    ):
        theirs, nothing = [await w.api.call(method, path.format(number)) for number in (own, other)]
        assert (theirs.status, nothing.status) == (404, 404), path
        assert theirs.body.decode().replace(own, "N") == nothing.body.decode().replace(other, "N")
    assert (await w.api.declaration(foreign, enterprise=SHANGHAI))["status"] == "draft"


async def test_manual_4_a_filing_about_a_foreign_levy_is_answered_as_one_about_an_unknown_levy(
    w: World,
) -> None:
    foreign, unknown = await w.levy(enterprise=SHANGHAI, customs="2200"), "ZS2200202699999"
    for make in (
        lambda no: grt111(next(w.numbers), dpstLevyBlNo=no),
        lambda no: w.refund(no, "1.00"),
    ):
        theirs, nothing = [await w.api.post(make(number)) for number in (foreign, unknown)]
        assert theirs.status == nothing.status >= 400
        assert theirs.codes == nothing.codes
        told = [
            [(f["message_zh"], f["wanted"]) for f in answer.findings]
            for answer in (theirs, nothing)
        ]
        assert str(told[0]).replace(foreign, "N") == str(told[1]).replace(unknown, "N")


async def test_manual_4_a_message_that_names_another_enterprise_is_forbidden(w: World) -> None:
    refused = await w.api.post(grt101(w.ref(), next(w.numbers), enterprise=SHANGHAI))
    assert (refused.status, refused.codes) == (403, ["X.01"])


async def test_manual_4_seq_nos_of_others_cannot_be_filed_over(
    w: World, listed: dict[str, str]
) -> None:
    theirs = await w.api.post(w.setup(seq_no=listed["first"]))
    nothing = await w.api.post(w.setup(seq_no="999999999999999999"))
    assert theirs.status == nothing.status
    assert theirs.codes == nothing.codes


@pytest.mark.parametrize("path", QUERIES)
async def test_manual_4_no_query_shows_rows_of_others(
    w: World, listed: dict[str, str], path: str
) -> None:
    rows = (await w.api.get(path, params={"limit": 1000})).json["items"]
    assert {r["fields"]["assuredEtpsno"] for r in rows} <= {BEIJING}
    assert not set(listed.values()) & {r["seq_no"] for r in rows}
    for form in ("csv", "xlsx"):
        assert SHANGHAI.encode() not in (await w.api.get(f"{path}.{form}")).body


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


async def test_manual_6_3_refunds_are_found_by_the_day_they_were_applied_for(w: World) -> None:
    ref = w.ref()
    no = await w.paid()
    await w.api.taken(
        grt121(
            ref,
            next(w.numbers),
            flag="0",
            gurNo=no,
            rtnbkCrdwAmt="1.00",
            applyDate="2026-11-20 10:00:00",
        )
    )
    for params, total in (
        ({"from": "2026-11-20", "to": "2026-11-20"}, 1),
        ({"from": "2026-11-21"}, 0),
    ):
        assert (await w.api.get("/refunds", params={"q": ref, **params})).json["total"] == total


async def test_manual_6_2_every_guarantee_is_of_type_1(w: World) -> None:
    no = (await w.cash())["business_no"]
    assert [
        (await w.api.get("/guarantees", params={"q": no, "type": kind})).json["total"]
        for kind in ("1", "2")
    ] == [1, 0]
