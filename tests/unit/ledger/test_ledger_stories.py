"""The acceptance stories on the ledger, balances only (docs/rules.md 4, T01 to T09)."""

from __future__ import annotations

from decimal import Decimal

from customs_sim.ledger.amounts import guarantee_amounts, levy_amounts
from customs_sim.ledger.groups import Group, balances, group
from customs_sim.ledger.invariants import invariants
from customs_sim.ledger.postings import Event
from schemas.money import fen


def test_the_stories_of_the_rules_end_in_the_balances_that_they_name() -> None:
    groups: list[Group] = []

    def post(event: Event, amount: str, **numbers: str) -> dict[str, int]:
        groups.append(group(event, fen(Decimal(amount)), **numbers))
        found = balances(groups)
        assert invariants(found) == []
        return found

    def wire(found: dict[str, int], number: str) -> str:
        return "/".join(guarantee_amounts(found, number).wire().values())

    t01 = post(Event.SET_UP_CASH, "500000", guarantee="G1")
    assert (wire(t01, "G1"), t01["bank"]) == ("500000/0/500000/0", 50_000_000)
    t02 = post(Event.SET_UP_LETTER, "300000", guarantee="G2")
    assert (wire(t02, "G2"), t02["letters"]) == ("300000/0/300000/0", 30_000_000)
    t03 = post(Event.RAISED, "150000", guarantee="G2")
    assert wire(t03, "G2") == "450000/0/450000/0"
    post(Event.LEVIED, "120000.50", levy="L1")
    t04a = post(Event.PAID, "100000.00", levy="L1")
    assert levy_amounts(t04a, "L1").wire() == {
        "levyBlAmt": "120000.50",
        "actlvyAmt": "100000.00",
        "alrdyRtnbkAmt": "0.00",
        "alrdyCrdwAmt": "0.00",
        "levyBlStucd": "1",
    }
    t04 = post(Event.PAID, "20000.50", levy="L1")
    assert (levy_amounts(t04, "L1").status, t04["bank"]) == ("2", 62_000_050)
    post(Event.LEVIED, "30000.75", levy="L2")
    t05 = post(Event.OCCUPIED, "30000.75", levy="L2", guarantee="G2")
    assert (wire(t05, "G2"), t05["used:G2"], t05["bank"]) == (
        "450000/30001/419999/0",
        3_000_075,
        62_000_050,
    )
    assert levy_amounts(t05, "L2").status == "3"
    t06 = post(Event.LEVIED, "420000.00", levy="L3")
    assert guarantee_amounts(t06, "G2").available == 41_999_925 < levy_amounts(t06, "L3").open
    t06 = post(Event.LETTER_REGISTERED, "420000.00", levy="L3")
    assert (levy_amounts(t06, "L3").status, wire(t06, "G2"), t06["letters"]) == (
        "2",
        "450000/30001/419999/0",
        87_000_000,
    )
    t08 = post(Event.REFUNDED, "50000.00", levy="L1")
    assert (levy_amounts(t08, "L1").refunded, levy_amounts(t08, "L1").refundable, t08["bank"]) == (
        5_000_000,
        7_000_050,
        57_000_050,
    )
    assert levy_amounts(t08, "L1").status == "2"
    post(Event.LEVIED, "60000.00", levy="L4")
    t09 = post(Event.CARRIED, "60000.00", levy="L1", target="L4")
    assert (levy_amounts(t09, "L1").carried, levy_amounts(t09, "L1").refundable, t09["bank"]) == (
        6_000_000,
        1_000_050,
        57_000_050,
    )
    assert (levy_amounts(t09, "L4").secured, levy_amounts(t09, "L4").status) == (6_000_000, "2")
