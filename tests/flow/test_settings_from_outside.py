"""Each setting of customs' reviews, given from outside and seen through both sides."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import MORNING, client, pair_at
from tests.factories import CASH, grt101, grt121
from tests.flow.test_returned_by_customs import returned
from tests.flow.world import World


async def paid_levy(w: World, amount: str) -> str:
    no = await w.new_levy(amount)
    await w.api.approved(await w.confirmation(no))
    await w.api.control(
        "POST",
        "/payments",
        {"levy_no": no, "amount": amount, "paid_at": MORNING.isoformat(), "reference": f"P-{no}"},
    )
    await w.levy_until(no, payment="2")
    return no


async def test_a_refund_waits_for_the_business_step_where_that_is_set(tmp_path: Path) -> None:
    """R121.15."""
    async with (
        pair_at(tmp_path / "home", refund_after_close=True) as pair,
        client(pair.ready) as api,
    ):
        w = World(api)
        no = await paid_levy(w, "1000.00")
        await returned(
            w,
            grt121("R1", next(w.numbers), gurNo=no, rtnbkCrdwAmt="10.00"),
            "R121.15",
            "业务 C010016A0471 未结案",
        )


async def test_a_payment_term_of_three_days_is_over_on_the_fourth(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home", pay_days=3) as pair, client(pair.ready) as api:
        w = World(api)
        no = await w.new_levy("1000.00")
        await api.approved(await w.confirmation(no))
        assert (await w.levy(no))["fields"]["dpstPmnDeadline"].startswith("2026-11-26")
        pair.clock.advance(4 * 86_400)  # type: ignore[attr-defined]
        pair.customs.wake()
        await w.levy_until(no, overdue=True)


async def test_a_letter_must_outlive_its_book_by_the_days_that_are_set(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home", letter_cover_days=30) as pair, client(pair.ready) as api:
        w = World(api)
        made = await api.control(
            "POST",
            "/levies",
            {
                "enterprise": api.enterprise,
                "customs": "0100",
                "amount": "700.00",
                "biz_type": "2",
                "biz_no": "C010016A0471",
                "oriact_no": "C010016A0471",
                "oriact_valid_until": "2027-06-30",
            },
        )
        no = made.json["levy_no"]
        letter = {"gurModecd": "2", "ltguaNo": "LG-C1"}
        await returned(
            w,
            await w.confirmation(no, **letter, ltguaValidDate="2027-07-01 00:00:00"),
            "F111.08",
            "2027-07-30",
        )
        await api.approved(await w.confirmation(no, **letter, ltguaValidDate="2027-07-30 00:00:00"))


async def test_from_the_amount_that_is_set_a_person_decides(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home", manual_over="1000") as pair, client(pair.ready) as api:
        await api.approved(grt101("M1", 1, **CASH | {"gasrAmt": "999"}))
        taken = await api.taken(grt101("M2", 2, **CASH | {"gasrAmt": "1000"}))
        await api.until(taken["seq_no"], "review")


async def test_any_district_is_competent_where_no_digit_is_compared(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home", same_customs=0) as pair, client(pair.ready) as api:
        await api.approved(grt101("D1", 1, masterCuscd="2200"))


async def test_a_cash_guarantee_is_usable_once_paid_where_that_is_set(tmp_path: Path) -> None:
    async with (
        pair_at(tmp_path / "home", cash_guarantee_usable="payment") as pair,
        client(pair.ready) as api,
    ):
        w = World(api)
        made = await api.approved(grt101("U1", next(w.numbers), **CASH | {"gasrAmt": "5000"}))
        no = await w.new_levy("1000.00")
        body = await w.confirmation(no, gurTypecd="1", gasrNo=made["business_no"])
        await returned(w, body, "F111.10", "可用额度 0.00 元, 本单需 1000.00 元")
        paid = {
            "levy_no": made["business_no"],
            "amount": "5000.00",
            "paid_at": MORNING.isoformat(),
            "reference": "P-U1",
        }
        assert (await api.control("POST", "/payments", paid)).status == 201
        await api.approved(await w.confirmation(no, gurTypecd="1", gasrNo=made["business_no"]))
