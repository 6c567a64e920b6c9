"""The events: what each one posts, which numbers it wants, and what is refused."""

from __future__ import annotations

import csv
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest

from customs_sim.ledger.groups import LedgerEntry, group, regroup
from customs_sim.ledger.postings import RULES, Event
from schemas.money import decimal, fen, yuan, yuan_up
from tests.unit.ledger.event_table import TABLE, numbers_of


@pytest.mark.parametrize("event", list(Event))
def test_every_event_posts_what_the_ledger_of_the_rules_says(event: Event) -> None:
    _, entries, lines = TABLE[event]
    made = group(event, 12_345, **numbers_of(event))
    assert [f"{e.debit}|{e.credit}" for e in made.entries] == entries
    assert {e.amount for e in made.entries} == {12_345}
    assert [
        (x.code, x.register, x.number, x.related, +1 if x.increase else -1, x.cash)
        for x in made.lines
    ] == lines
    assert {x.increase + x.decrease for x in made.lines} <= {12_345}


@pytest.mark.parametrize("event", list(Event))
def test_a_stored_group_is_recognised_by_its_entries(event: Event) -> None:
    made = group(event, 1, **numbers_of(event))
    payment = "P" if "payment" in made.numbers else ""
    assert regroup(event.value, made.entries, payment).effects() == made.effects()


def test_a_stored_group_that_no_event_posts_is_refused() -> None:
    with pytest.raises(ValueError, match="wanted"):
        regroup("paid", [LedgerEntry("bank", "custody:L", 5), LedgerEntry("open:L", "cash:K", 5)])
    with pytest.raises(ValueError, match="wanted"):
        regroup("paid", [LedgerEntry("bank", "custody:L", 5)])
    with pytest.raises(ValueError, match="no entries"):
        regroup("paid", [])


def test_the_movement_codes_are_those_of_the_code_list() -> None:
    listed = resources.files("schemas").joinpath("codelists/movement_event.csv").read_text("utf-8")
    codes = {row["code"] for row in csv.DictReader(listed.splitlines())}
    assert {p.line.code for rule in RULES.values() for p in rule.postings if p.line} == codes


@pytest.mark.parametrize("amount", [0, -1, True, 1.0, Decimal(1), "1", None])
def test_an_amount_is_a_whole_number_of_fen_above_zero(amount: Any) -> None:
    with pytest.raises(ValueError, match="amount"):
        group(Event.LEVIED, amount, levy="L")


@pytest.mark.parametrize(
    "numbers", [{}, {"guarantee": "G"}, {"levy": ""}, {"levy": "L", "guarantee": "G"}]
)
def test_an_event_wants_exactly_its_numbers(numbers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="numbers"):
        group(Event.LEVIED, 1, **numbers)


def test_money_cannot_be_carried_over_to_its_own_levy() -> None:
    with pytest.raises(ValueError, match="itself"):
        group(Event.CARRIED, 1, levy="L", target="L")


def test_money_is_shown_in_yuan_and_used_quota_rounded_up() -> None:
    assert [yuan(x) for x in (0, 5, 3_000_075, -250)] == ["0.00", "0.05", "30000.75", "-2.50"]
    assert [yuan_up(x) for x in (0, 1, 99, 100, 101)] == [0, 1, 1, 1, 2]
    assert (decimal(3_000_075), fen(Decimal("30000.75"))) == (Decimal("30000.75"), 3_000_075)
    with pytest.raises(ValueError, match="decimals"):
        fen(Decimal("0.001"))
