"""What must hold in the ledger, and what finds it broken."""

from __future__ import annotations

import pytest

from customs_sim.ledger.groups import Group, balances, group
from customs_sim.ledger.invariants import invariants
from customs_sim.ledger.postings import Event
from tests.unit.ledger.event_table import numbers_of


def paid(amount: int = 500, levy: str = "L") -> list[Group]:
    return [group(Event.LEVIED, amount, levy=levy), group(Event.PAID, amount, levy=levy)]


BROKEN = {
    "not negative": {"custody:L": -1, "bank": -1},
    "bank = custody + suspense": {"bank": 1},
    "letters = letter": {"letters": 1},
    "suspense = unmatched": {"bank": 1, "suspense": 1},
    "limit = avail + used + returned + pending": {
        "limit:G": 2,
        "avail:G": 1,
        "letters": 2,
        "letter:G": 2,
    },
    "used = quota of its levies": {"limit:G": 1, "used:G": 1, "letters": 1, "letter:G": 1},
    "custody or letter = limit - returned - pending": {"limit:G": 1, "avail:G": 1},
    "due = open + cash + paper + quota": {"due:L": 1, "levied:L": 0},
    "custody = cash": {"due:L": 1, "cash:L": 1, "levied:L": 1, "secured:L": 1},
    "letter = paper": {"due:L": 1, "paper:L": 1, "levied:L": 1, "secured:L": 1},
    "quota = occupied on guarantees": {"due:L": 1, "quota:L": 1, "levied:L": 1, "secured:L": 1},
    "secured - refunded - carried = cash + paper + quota": {
        "due:L": 1,
        "open:L": 1,
        "levied:L": 1,
        "secured:L": 1,
    },
    "levied = due + taken + refunded + carried": {"due:L": 1, "open:L": 1, "levied:L": 2},
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_each_invariant_finds_what_breaks_it(name: str) -> None:
    assert any(found.startswith(name) for found in invariants(BROKEN[name]))


@pytest.mark.parametrize("event", list(Event))
def test_each_event_and_its_predecessors_leave_all_invariants_whole(event: Event) -> None:
    before: dict[Event, list[Group]] = {
        Event.SET_UP_PAID: [group(Event.SET_UP_UNPAID, 500, guarantee="G")],
        **{
            e: [group(Event.SET_UP_LETTER, 500, guarantee="G")]
            for e in (Event.RAISED, Event.LOWERED, Event.CLOSED)
        },
        **{
            e: [group(Event.LEVIED, 500, levy="L")]
            for e in (
                Event.LEVY_RAISED,
                Event.LEVY_LOWERED,
                Event.TAKEN_BACK,
                Event.PAID,
                Event.LETTER_REGISTERED,
            )
        },
        Event.OCCUPIED: [
            group(Event.SET_UP_LETTER, 900, guarantee="G"),
            group(Event.LEVIED, 500, levy="L"),
        ],
        Event.RELEASED: [
            group(Event.SET_UP_LETTER, 900, guarantee="G"),
            group(Event.LEVIED, 500, levy="L"),
            group(Event.OCCUPIED, 500, levy="L", guarantee="G"),
        ],
        Event.MATCHED: [
            group(Event.LEVIED, 500, levy="L"),
            group(Event.UNMATCHED, 500, payment="P"),
        ],
        Event.PAYMENT_REVERSED: paid(),
        Event.REFUNDED: paid(),
        Event.CARRIED: [*paid(), group(Event.LEVIED, 500, levy="M")],
        Event.LETTER_RETURNED: [
            group(Event.LEVIED, 500, levy="L"),
            group(Event.LETTER_REGISTERED, 500, levy="L"),
        ],
        Event.GUARANTEE_REFUNDED: [group(Event.SET_UP_CASH, 500, guarantee="G")],
        Event.UNMATCHED_RETURNED: [group(Event.UNMATCHED, 500, payment="P")],
    }
    groups = [*before.get(event, []), group(event, 500, **numbers_of(event))]
    for end in range(len(groups) + 1):
        assert invariants(balances(groups[:end])) == []
