"""What the wire shows of the ledger: quota, statuses and gross amounts."""

from __future__ import annotations

import pytest

from customs_sim.ledger.amounts import LevyAmounts, guarantee_amounts, levy_amounts
from customs_sim.ledger.groups import balances, group
from customs_sim.ledger.invariants import invariants
from customs_sim.ledger.postings import Event


def test_the_wire_never_shows_more_quota_than_there_is() -> None:
    found = balances(
        [
            group(Event.SET_UP_LETTER, 45_000_000, guarantee="G"),
            group(Event.LEVIED, 3_000_075, levy="L"),
            group(Event.OCCUPIED, 3_000_075, levy="L", guarantee="G"),
        ]
    )
    amounts = guarantee_amounts(found, "G")
    assert amounts.available == 41_999_925
    assert amounts.wire() == {
        "gasrAmt": "450000",
        "usedGasrAmt": "30001",
        "avalGasrAmt": "419999",
        "alrdyRtnbkGasrAmt": "0",
    }


def test_a_limit_that_waits_for_its_money_cannot_be_used() -> None:
    found = balances(
        [
            group(Event.SET_UP_UNPAID, 50_000_00, guarantee="G"),
            group(Event.SET_UP_PAID, 20_000_50, guarantee="G"),
        ]
    )
    assert guarantee_amounts(found, "G").available == 20_000_50
    assert guarantee_amounts(found, "G").wire()["avalGasrAmt"] == "20000"
    assert invariants(found) == []


LEVIED = group(Event.LEVIED, 100, levy="L")
STATUSES = {
    "nothing given": ([LEVIED], "1"),
    "paid in part": ([LEVIED, group(Event.PAID, 99, levy="L")], "1"),
    "paid": ([LEVIED, group(Event.PAID, 100, levy="L")], "2"),
    "paid and refunded": (
        [LEVIED, group(Event.PAID, 100, levy="L"), group(Event.REFUNDED, 100, levy="L")],
        "2",
    ),
    "paid and reversed": (
        [LEVIED, group(Event.PAID, 100, levy="L"), group(Event.PAYMENT_REVERSED, 1, levy="L")],
        "1",
    ),
    "letter": ([LEVIED, group(Event.LETTER_REGISTERED, 100, levy="L")], "2"),
    "general guarantee": ([LEVIED, group(Event.OCCUPIED, 100, levy="L", guarantee="G")], "3"),
    "general guarantee released": (
        [
            LEVIED,
            group(Event.OCCUPIED, 100, levy="L", guarantee="G"),
            group(Event.RELEASED, 100, levy="L", guarantee="G"),
        ],
        "3",
    ),
    "both": (
        [
            LEVIED,
            group(Event.OCCUPIED, 60, levy="L", guarantee="G"),
            group(Event.PAID, 40, levy="L"),
        ],
        "2",
    ),
    "taken back": ([LEVIED, group(Event.TAKEN_BACK, 100, levy="L")], "3"),
    "raised after payment": (
        [LEVIED, group(Event.PAID, 100, levy="L"), group(Event.LEVY_RAISED, 1, levy="L")],
        "1",
    ),
    "lowered to what was paid": (
        [LEVIED, group(Event.PAID, 60, levy="L"), group(Event.LEVY_LOWERED, 40, levy="L")],
        "2",
    ),
}


@pytest.mark.parametrize("name", list(STATUSES))
def test_levy_status_follows_from_how_it_was_secured_and_no_refund_moves_it(name: str) -> None:
    groups, status = STATUSES[name]
    assert levy_amounts(balances(groups), "L").status == status


def test_gross_amounts_of_a_levy_survive_refund_and_carry_over() -> None:
    found = balances(
        [
            group(Event.LEVIED, 12_000_050, levy="L"),
            group(Event.PAID, 12_000_050, levy="L"),
            group(Event.REFUNDED, 5_000_000, levy="L"),
            group(Event.LEVIED, 6_000_000, levy="M"),
            group(Event.CARRIED, 6_000_000, levy="L", target="M"),
        ]
    )
    assert levy_amounts(found, "L").wire() == {
        "levyBlAmt": "120000.50",
        "actlvyAmt": "120000.50",
        "alrdyRtnbkAmt": "50000.00",
        "alrdyCrdwAmt": "60000.00",
        "levyBlStucd": "2",
    }
    assert levy_amounts(found, "L").refundable == 1_000_050
    assert levy_amounts(found, "M").wire() == {
        "levyBlAmt": "60000.00",
        "actlvyAmt": "60000.00",
        "alrdyRtnbkAmt": "0.00",
        "alrdyCrdwAmt": "0.00",
        "levyBlStucd": "2",
    }


def test_a_levy_taken_back_keeps_the_amount_that_was_issued() -> None:
    amounts = levy_amounts(balances([LEVIED, group(Event.TAKEN_BACK, 100, levy="L")]), "L")
    assert amounts == LevyAmounts(
        open=0, cash=0, paper=0, quota=0, levied=100, taken=100, occupied=0, refunded=0, carried=0
    )
    assert amounts.wire()["levyBlAmt"] == "1.00"
