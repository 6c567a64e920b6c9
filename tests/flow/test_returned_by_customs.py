"""What the gateway cannot know and customs returns: each rule of customs alone, through both sides,
with a note a person understands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import BEIJING, MORNING, Api, client, eventually, pair_at
from tests.factories import CASH, grt101, grt121, grt161, target_row
from tests.flow.world import World


async def returned(w: World, body: bytes, rule: str, says: str) -> None:
    """``body`` passes the gateway, ends as 退单, and a note of customs says ``says``; the case
    keeps the rule's id."""
    taken = await w.api.taken(body)
    seq = taken["seq_no"]
    await w.api.until(seq, "returned")
    notes = [note for r in await w.api.receipts() if r["seq_no"] == seq for note in r["notes"]]
    assert any(says in note for note in notes), (rule, notes)
    assert all(re.search("[\u4e00-\u9fff]", note) and len(note) <= 255 for note in notes), notes


@pytest.mark.slow
async def test_every_rule_that_only_customs_can_judge_returns_with_its_reason(
    tmp_path: Path,
) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        w = World(api)
        n = w.numbers

        async def guarantee(ref: str, **fields: str) -> Any:
            return await api.approved(grt101(ref, next(n), **fields))

        letter = await guarantee("A1", gasrAmt="100000", ltguaNo="LG-A1")
        cash = await guarantee("A2", **CASH | {"gasrAmt": "50000"})
        g = letter["business_no"]
        await returned(w, grt101("B1", next(n), masterCuscd="2200"), "S101.04", "不是企业主管海关")
        await returned(w, grt101("B2", next(n), ltguaNo="LG-A1"), "S101.18", "LG-A1 已用于")

        paid = await w.new_levy("1000.00")
        await api.approved(await w.confirmation(paid))
        await w.api.control(
            "POST",
            "/payments",
            {
                "levy_no": paid,
                "amount": "1000.00",
                "paid_at": MORNING.isoformat(),
                "reference": "P1",
            },
        )
        await w.levy_until(paid, payment="2")
        unpaid = await w.new_levy("500.00")
        await api.approved(await w.confirmation(unpaid))
        single = await w.new_levy("700.00")
        await api.approved(
            await w.confirmation(
                single, gurModecd="2", ltguaNo="LG-S1", ltguaValidDate="2028-01-01 00:00:00"
            )
        )
        made = await api.control(
            "POST",
            "/levies",
            {
                "enterprise": BEIJING,
                "customs": "0100",
                "amount": "60000.00",
                "biz_type": "2",
                "biz_no": "C010016A0471",
                "oriact_no": "C010016A0471",
                "oriact_valid_until": "2027-06-30",
            },
        )
        quota = made.json["levy_no"]
        await api.approved(await w.confirmation(quota, gurTypecd="1", gurModecd="2", gasrNo=g))

        change = {**letter["fields"], "dclTypecd": "2", "gasrNo": g, "chgTmsCnt": "1"}
        await returned(
            w,
            grt101("C1", next(n), **{**change, "etpsPreentNo": "C1", "gasrAmt": "50000"}),
            "C101.07",
            "低于已用额度",
        )
        await returned(
            w,
            grt101("C2", next(n), **{**change, "etpsPreentNo": "C2", "ltguaNo": "LG-S1"}),
            "C101.09",
            "LG-S1 已用于",
        )
        short = {**change, "etpsPreentNo": "C3", "ltguaValidDate": "2027-03-01 00:00:00"}
        await returned(w, grt101("C3", next(n), **short), "C101.08", "至少到 2027-06-30")
        covered = await api.control(
            "POST",
            "/levies",
            {
                "enterprise": BEIJING,
                "customs": "0100",
                "amount": "100.00",
                "biz_type": "2",
                "biz_no": "C010016A0471",
                "oriact_no": "C010016A0471",
                "oriact_valid_until": "2028-06-30",
            },
        )
        long = covered.json["levy_no"]
        await w.levy(long)
        await returned(
            w,
            await w.confirmation(
                long, gurModecd="2", ltguaNo="LG-S2", ltguaValidDate="2028-01-01 00:00:00"
            ),
            "F111.08",
            "2028-06-30",
        )
        await returned(
            w,
            await w.confirmation(long, gurTypecd="1", gurModecd="2", gasrNo="ZB0100202699999"),
            "F111.09",
            "无效或不属于本企业",
        )
        await returned(
            w,
            await w.confirmation(long, gurTypecd="1", gurModecd="1", gasrNo=g),
            "F111.11",
            "担保方式或关区与总担保不一致",
        )
        await returned(
            w,
            await w.confirmation(
                long, gurModecd="2", ltguaNo="LG-A1", ltguaValidDate="2028-12-31 00:00:00"
            ),
            "F111.12",
            "LG-A1 已用于",
        )
        large = await w.new_levy("90000.00")
        await returned(
            w,
            await w.confirmation(large, gurTypecd="1", gurModecd="2", gasrNo=g),
            "F111.10",
            "可用额度 40000.00 元, 本单需 90000.00 元",
        )

        def refund(ref: str, no: str, amount: str, **more: Any) -> bytes:
            return grt121(ref, next(n), gurNo=no, rtnbkCrdwAmt=amount, **more)

        await returned(w, refund("R1", paid, "1000.01"), "R121.07", "可退 1000.00")
        await returned(w, refund("R2", single, "10.00"), "R121.08", "单票保函不办理退还")
        await returned(w, refund("R3", unpaid, "10.00"), "R121.09", "未缴款")
        await returned(
            w, refund("R4", cash["business_no"], "50001", gurTypecd="1"), "R121.10", "总担保可退"
        )
        await returned(w, refund("R5", g, "1000", gurTypecd="1"), "R121.11", "总担保保函请办理变更")
        await returned(w, refund("R6", quota, "60000.01"), "R121.12", "可释放 60000.00")
        carry = {"rtnbkCrdwTypecd": "2", "targets": [target_row(gurNo=single, crdwAmt="10.00")]}
        await returned(w, refund("R7", paid, "10.00", **carry), "R121.13", "不符合条件")
        pair.customs.office.store.write_here(
            lambda c: c.execute(
                text("UPDATE c_enterprises SET barred = 1 WHERE code = '1105910159'")
            )
        )  # type: ignore[attr-defined]
        await returned(w, grt101("B3", next(n), ltguaNo="LG-B3"), "S101.19", "只能提供保证金")


async def test_a_levy_that_is_not_paid_in_time_is_overdue_on_both_sides_and_can_still_be_paid(
    tmp_path: Path,
) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        w = World(api)
        no = await w.new_levy("1000.00")
        await api.approved(await w.confirmation(no))
        assert not (await w.levy(no))["overdue"]

        pair.clock.advance(16 * 86_400)  # type: ignore[attr-defined]
        pair.customs.wake()

        async def overdue() -> Any:
            return (await w.levy(no))["overdue"]

        await eventually(overdue, what="overdue at the gateway")
        at_customs = pair.customs.office.store.read_here(
            lambda c: c.execute(text("SELECT overdue FROM c_levies")).scalar()
        )  # type: ignore[attr-defined]
        assert at_customs == 1
        await late(api, no)
        row = await w.levy_until(no, payment="2")
        assert row["completed"]
        assert not row["overdue"]


async def late(api: Api, no: str) -> None:
    paid = await api.control(
        "POST",
        "/payments",
        {"levy_no": no, "amount": "1000.00", "paid_at": MORNING.isoformat(), "reference": "L1"},
    )
    assert paid.status in (200, 201), paid.body


async def test_a_right_statement_agrees_and_a_wrong_one_is_caught_line_by_line(
    tmp_path: Path,
) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        w = World(api)
        no = await w.new_levy("1000.00")
        await api.approved(await w.confirmation(no))
        await api.control(
            "POST",
            "/payments",
            {"levy_no": no, "amount": "400.00", "paid_at": MORNING.isoformat(), "reference": "P1"},
        )
        await api.control(
            "POST",
            "/payments",
            {"levy_no": no, "amount": "600.00", "paid_at": MORNING.isoformat(), "reference": "P2"},
        )
        await w.levy_until(no, payment="2")

        async def statement(version: int, fault: str = "") -> Any:
            order = {
                "enterprise": BEIJING,
                "from": "2026-11-23",
                "to": "2026-11-23",
                "fault": fault,
            }
            made = await api.control("POST", "/statements", order)
            assert made.status == 201, made.body

            async def look() -> Any:
                items = (await api.get("/statements")).json["items"]
                return next((s for s in items if s["version"] == version), None)

            return await eventually(look, what=f"statement version {version}")

        right = await statement(1)
        assert right["agrees"], right["differences"]
        assert right["closing"] == "1000.00"
        assert [d["kind"] for d in (await statement(2, "closing:100"))["differences"]] == [
            "arithmetic"
        ]
        wrong = (await statement(3, "amount:2:50"))["differences"]
        assert "amount" in [d["kind"] for d in wrong], wrong
        lacking = (await statement(4, "drop:2"))["differences"]
        assert "missing_there" in [d["kind"] for d in lacking], lacking
        order = {"enterprise": BEIJING, "from": "2026-11-23", "to": "2026-11-23", "fault": "x"}
        assert (await api.control("POST", "/statements", order)).status == 400


async def test_a_statement_that_nobody_answers_is_overdue_on_both_sides_until_it_is_answered(
    tmp_path: Path,
) -> None:
    """A161.06."""
    async with pair_at(tmp_path / "home", answer_days=3) as pair, client(pair.ready) as api:
        made = await api.control(
            "POST", "/statements", {"enterprise": BEIJING, "from": "2026-11-23", "to": "2026-11-23"}
        )
        assert made.status == 201, made.body
        number = made.json["statement_no"]

        async def here(**wanted: Any) -> Any:
            async def look() -> Any:
                items = (await api.get("/statements")).json["items"]
                return next(
                    (
                        s
                        for s in items
                        if s["statement_no"] == number and all(s[k] == v for k, v in wanted.items())
                    ),
                    None,
                )

            return await eventually(look, what=f"{number} as {wanted}")

        async def on_desk() -> Any:
            return (await api.control("GET", "/statements")).json

        assert (await here(overdue=False, answered=False))["answer_by"].startswith("2026-11-26")
        pair.clock.advance(3 * 86_400 - 60)  # type: ignore[attr-defined]
        pair.customs.wake()
        assert (await on_desk()) == {"items": [], "total": 0, "next": None}
        pair.clock.advance(120)  # type: ignore[attr-defined]
        pair.customs.wake()
        late = await here(overdue=True)
        assert (late["version"], late["agrees"]) == (1, True)
        (task,) = (await on_desk())["items"]
        assert (task["statement_no"], task["status"], task["overdue"], task["enterprise"]) == (
            number,
            "overdue",
            True,
            BEIJING,
        )
        told = [r for r in await api.receipts() if r["message_type"] == "GRT303"]
        assert len(told) == 2  # issued, and once more

        pair.customs.wake()
        await api.approved(grt161("Z1", 1, stmtNo=number, stmtVersion="1"))  # late, but an answer
        await here(overdue=False, answered=True)
        assert (await on_desk())["total"] == 0
        assert len([r for r in await api.receipts() if r["message_type"] == "GRT303"]) == 2
