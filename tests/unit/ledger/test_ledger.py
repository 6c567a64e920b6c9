"""The ledger: what each event posts, the acceptance stories on it, and the books in every kind of
store."""

from __future__ import annotations

import csv
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import resources
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, event, select, text

from customs_sim.ledger.amounts import LevyAmounts, guarantee_amounts, levy_amounts
from customs_sim.ledger.books import LEDGER, Books, Overdrawn
from customs_sim.ledger.cash_book import PAYMENT, CashBook, Taken
from customs_sim.ledger.check import audit
from customs_sim.ledger.groups import Group, LedgerEntry, balances, group, regroup
from customs_sim.ledger.history import LedgerLine, entries_about
from customs_sim.ledger.invariants import invariants
from customs_sim.ledger.movements import Movement, groups_of, movement_of_entry
from customs_sim.ledger.postings import RULES, Event
from customs_sim.ledger.rows import Guarantee, Levy, Payment
from customs_sim.ledger.statement_book import STATEMENT, Statements
from customs_sim.ledger.statements import (
    Statement,
    StatementFault,
    StatementRefused,
    StatementStatus,
    statement_serial,
)
from customs_sim.store import tables as t
from customs_sim.store.numbers import Blocks
from customs_sim.store.sql import Sql, create, seed_demo
from customs_sim.wire.calendar import Moment
from gateway.base.errors import StoreConflict
from gateway.base.store.sql import SqlStore
from schemas.money import decimal, fen, yuan, yuan_up
from schemas.statement import encode_statement, movement_fields
from tests.conftest import BEIJING, SHANGHAI, Stores, on

G, G2, L, L2, P = (
    "ZB0100202600001",
    "ZB0100202600002",
    "ZS0100202600001",
    "ZS0100202600002",
    "JK0000000001",
)

# event: numbers it wants · entries as debit | credit · movement lines as code, register, number,
# other number, sign, cash
TABLE: dict[Event, tuple[str, list[str], list[tuple[str, str, str, str, int, bool]]]] = {
    Event.SET_UP_CASH: (
        "guarantee",
        ["bank|custody:G", "limit:G|avail:G"],
        [("11", "1", "G", "", +1, True)],
    ),
    Event.SET_UP_UNPAID: ("guarantee", ["limit:G|pending:G"], []),
    Event.SET_UP_PAID: (
        "guarantee",
        ["bank|custody:G", "pending:G|avail:G"],
        [("41", "1", "G", "", +1, True)],
    ),
    Event.SET_UP_LETTER: (
        "guarantee",
        ["letters|letter:G", "limit:G|avail:G"],
        [("11", "1", "G", "", +1, False)],
    ),
    Event.RAISED: (
        "guarantee",
        ["letters|letter:G", "limit:G|avail:G"],
        [("12", "1", "G", "", +1, False)],
    ),
    Event.LOWERED: (
        "guarantee",
        ["letter:G|letters", "avail:G|limit:G"],
        [("13", "1", "G", "", -1, False)],
    ),
    Event.LEVIED: ("levy", ["due:L|open:L"], [("21", "2", "L", "", +1, False)]),
    Event.LEVY_RAISED: ("levy", ["due:L|open:L"], [("22", "2", "L", "", +1, False)]),
    Event.LEVY_LOWERED: ("levy", ["open:L|due:L"], [("23", "2", "L", "", -1, False)]),
    Event.TAKEN_BACK: ("levy", ["open:L|due:L"], [("24", "2", "L", "", -1, False)]),
    Event.OCCUPIED: (
        "guarantee levy",
        ["avail:G|used:G", "open:L|quota:L"],
        [("31", "1", "G", "L", -1, False)],
    ),
    Event.RELEASED: (
        "guarantee levy",
        ["used:G|avail:G", "quota:L|due:L"],
        [("32", "1", "G", "L", +1, False)],
    ),
    Event.PAID: ("levy", ["bank|custody:L", "open:L|cash:L"], [("41", "2", "L", "", +1, True)]),
    Event.MATCHED: (
        "levy payment",
        ["suspense|custody:L", "open:L|cash:L"],
        [("41", "2", "L", "", +1, True)],
    ),
    Event.PAYMENT_REVERSED: (
        "levy",
        ["custody:L|bank", "cash:L|open:L"],
        [("42", "2", "L", "", -1, True)],
    ),
    Event.LETTER_REGISTERED: (
        "levy",
        ["letters|letter:L", "open:L|paper:L"],
        [("43", "2", "L", "", +1, False)],
    ),
    Event.LETTER_RETURNED: (
        "levy",
        ["letter:L|letters", "paper:L|due:L"],
        [("44", "2", "L", "", -1, False)],
    ),
    Event.REFUNDED: ("levy", ["custody:L|bank", "cash:L|due:L"], [("51", "2", "L", "", -1, True)]),
    Event.CARRIED: (
        "levy target",
        ["custody:L|custody:M", "cash:L|due:L", "open:M|cash:M"],
        [("61", "2", "L", "M", -1, True), ("62", "2", "M", "L", +1, True)],
    ),
    Event.GUARANTEE_REFUNDED: (
        "guarantee",
        ["custody:G|bank", "avail:G|returned:G"],
        [("71", "1", "G", "", -1, True)],
    ),
    Event.CLOSED: (
        "guarantee",
        ["letter:G|letters", "avail:G|limit:G"],
        [("91", "1", "G", "", -1, False)],
    ),
    Event.UNMATCHED: ("payment", ["bank|suspense"], []),
    Event.UNMATCHED_RETURNED: ("payment", ["suspense|bank"], []),
}
NUMBERS = {"guarantee": "G", "levy": "L", "target": "M", "payment": "P"}


def numbers_of(event: Event) -> dict[str, str]:
    return {word: NUMBERS[word] for word in TABLE[event][0].split()}


# the table


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


# what must hold


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


# the wire


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


# the acceptance stories, balances only (docs/rules.md 4, T01 to T09)


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


# the books, on every kind of store


MORNING = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 10:00 in Shanghai


@dataclass(slots=True)
class Desk:
    """One store with the demo registry and an enterprise's books on it; every ``do`` is one
    transaction."""

    store: SqlStore
    sql: Sql
    blocks: Blocks
    now: datetime = MORNING

    def moment(self) -> Moment:
        return Moment.of(self.now)

    def do(self, act: Callable[[Books], Any], **reads: list[str]) -> Any:
        def unit(connection: Connection) -> Any:
            books = self.books(connection, **reads)
            result = act(books)
            books.flush()
            return result

        return self.store.write_here(unit)

    def books(self, connection: Connection, **reads: list[str]) -> Books:
        return Books(connection, self.sql.ledger, self.blocks, self.moment().at, **reads)

    def post(self, event: Event, amount: int, **numbers: str) -> tuple[Movement, ...]:
        """Post on numbers that the store knows."""
        found: tuple[Movement, ...] = self.do(
            lambda books: books.post(event, amount, ref="REF", **numbers),
            guarantees=[numbers.get("guarantee", "")],
            levies=[numbers.get("levy", ""), numbers.get("target", "")],
        )
        return found

    def set_up(
        self, number: str, amount: int, *, mode: str = "2", enterprise: str = BEIJING
    ) -> tuple[Movement, ...]:
        event = Event.SET_UP_LETTER if mode == "2" else Event.SET_UP_CASH

        def act(books: Books) -> Any:
            books.enter(
                Guarantee(
                    gasr_no=number,
                    enterprise=enterprise,
                    customs="0100",
                    mode=mode,
                    seq_no=f"S-{number}",
                    letter_no=f"LG-{number}" if mode == "2" else "",
                )
            )
            return books.post(event, amount, ref=f"S-{number}", guarantee=number)

        found: tuple[Movement, ...] = self.do(act)
        return found

    def levy(self, number: str, amount: int, *, enterprise: str = BEIJING) -> tuple[Movement, ...]:
        def act(books: Books) -> Any:
            books.enter(
                Levy(
                    levy_no=number,
                    enterprise=enterprise,
                    customs="0100",
                    biz_type="1",
                    fields={"rmk": "征收"},
                )
            )
            return books.post(Event.LEVIED, amount, ref=number, levy=number)

        found: tuple[Movement, ...] = self.do(act)
        return found

    def held(self, number: str) -> Any:
        """The row of a guarantee or levy as the store has it."""

        def read(connection: Connection) -> Any:
            rows = self.sql.ledger.rows(connection, t.guarantees, [number])
            if rows:
                return Guarantee.of_row(rows[0])
            return Levy.of_row(self.sql.ledger.rows(connection, t.levies, [number])[0])

        return self.store.read_here(read)

    def rows(self) -> list[Any]:
        return list(map(LedgerLine._make, self.store.read_here(self.sql.ledger.everything)))

    def audit(self) -> list[str]:
        return self.store.read_here(lambda connection: audit(connection, self.sql.ledger))

    def cash(self, act: Callable[[CashBook], Any], **reads: list[str]) -> Any:
        return self.do(lambda books: act(CashBook(books, self.blocks)), **reads)

    def stating(self, act: Callable[[Statements], Any]) -> Any:
        return self.store.write_here(
            lambda c: act(Statements(c, self.sql.ledger, self.blocks, self.moment()))
        )

    def issue(
        self, last: str, first: str | None = None, *, fault: str = "", enterprise: str = BEIJING
    ) -> Statement:
        made: Statement = self.stating(
            lambda s: s.issue(
                enterprise,
                "0100",
                last_day=date.fromisoformat(last),
                first_day=date.fromisoformat(first) if first else None,
                fault=StatementFault.of(fault),
            )
        )
        return made


async def desk_on(store: SqlStore) -> Desk:
    sql = Sql(store.dialect)
    blocks = Blocks(store, sql)
    year = MORNING.year
    await blocks.refill(
        {LEDGER: 1000, PAYMENT: 50, STATEMENT: 50, statement_serial("0100", year): 50}
    )
    return Desk(store, sql, blocks)


@pytest.fixture
async def desk(store: SqlStore) -> AsyncIterator[Desk]:
    store.write_here(create)
    store.write_here(seed_demo)
    made = await desk_on(store)
    yield made
    assert made.audit() == []


async def test_a_record_has_the_columns_of_its_table_in_their_order() -> None:
    suffix = {
        "limit_amount": "limit",
        "used_amount": "used",
        "returned_amount": "returned",
        "pending_amount": "pending",
    }
    for cls in (Guarantee, Levy, Payment):
        columns = [suffix.get(c.name, c.name) for c in cls.table.columns]
        assert list(cls.__struct_fields__) == columns
        assert cls.balances <= set(columns)


@pytest.mark.parametrize("mode", ["1", "2"])
async def test_a_set_up_costs_two_ledger_rows_and_its_register_row(desk: Desk, mode: str) -> None:
    written: list[tuple[str, int]] = []

    def executed(_c: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "SELECT")):
            written.append((statement.split()[0], cursor.rowcount))

    event.listen(desk.store.engine, "after_cursor_execute", executed)
    desk.set_up(G, 50_000_000, mode=mode)
    event.remove(desk.store.engine, "after_cursor_execute", executed)
    assert written == [("INSERT", 1), ("INSERT", 2)]
    assert desk.held(G) == Guarantee(
        gasr_no=G,
        enterprise=BEIJING,
        customs="0100",
        mode=mode,
        seq_no=f"S-{G}",
        letter_no=f"LG-{G}" if mode == "2" else "",
        limit=50_000_000,
        updated=desk.moment().at,
    )


async def test_an_occupation_is_written_once_a_row_whatever_changes_with_it(desk: Desk) -> None:
    desk.set_up(G, 45_000_000)
    desk.levy(L, 3_000_075)
    updates: list[int] = []

    def executed(_c: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("UPDATE"):
            updates.append(cursor.rowcount)

    event.listen(desk.store.engine, "after_cursor_execute", executed)

    def act(books: Books) -> Any:
        lines = books.post(
            Event.OCCUPIED, books.open(L), ref="202600000000000001", guarantee=G, levy=L
        )
        books.change_levy(
            L, confirmed=1, type="1", mode="2", seq_no="202600000000000001", fields={"gasrNo": G}
        )
        books.change_guarantee(G, version=2)
        return lines

    (line,) = desk.do(act, levies=[L], guarantees=[G])
    event.remove(desk.store.engine, "after_cursor_execute", executed)
    assert updates == [1, 1]
    levy = desk.held(L)
    assert (levy.open, levy.quota, levy.status, levy.gasr_no, levy.confirmed, levy.fields) == (
        0,
        3_000_075,
        "3",
        G,
        1,
        {"gasrNo": G},
    )
    assert (desk.held(G).available, desk.held(G).version) == (41_999_925, 2)
    assert movement_fields(line.on_wire()) == {
        "mvmtNo": line.no,
        "mvmtTime": "2026-11-23 10:00:00",
        "evtCd": "31",
        "gurTypecd": "1",
        "gurNo": G,
        "rltGurNo": L,
        "incrAmt": "0.00",
        "decrAmt": "30000.75",
        "balAmt": "419999.25",
        "refNo": "202600000000000001",
    }


async def test_a_levy_brings_its_guarantee_along(desk: Desk) -> None:
    desk.set_up(G, 1000)
    desk.levy(L, 600)
    desk.post(Event.OCCUPIED, 600, guarantee=G, levy=L)
    assert desk.do(lambda books: books.available(G), levies=[L]) == 400


async def test_movement_lines_read_back_from_the_ledger_are_the_ones_that_were_sent(
    desk: Desk,
) -> None:
    sent = [
        *desk.set_up(G, 100_000, mode="1"),
        *desk.levy(L, 500),
        *desk.levy(L2, 300),
        *desk.post(Event.PAID, 500, levy=L),
        *desk.post(Event.CARRIED, 200, levy=L, target=L2),
        *desk.post(Event.REFUNDED, 100, levy=L),
    ]
    assert [x for row in sorted(desk.rows()) if (x := movement_of_entry(row)) is not None] == sent
    assert len({line.no for line in sent}) == len(sent) == 7
    assert [(x.code, x.number, x.related, x.net, x.balance) for x in sent[4:6]] == [
        ("61", L, L2, -200, 300),
        ("62", L2, L, 200, 200),
    ]


ASKED = {
    "payment above what is open": (Event.PAID, 501, {"levy": L}, f"open:{L}", 500),
    "refund above what is paid": (Event.REFUNDED, 201, {"levy": L2}, f"cash:{L2}", 200),
    "carry-over above what is paid": (
        Event.CARRIED,
        201,
        {"levy": L2, "target": L},
        f"cash:{L2}",
        200,
    ),
    "quota above what is available": (
        Event.OCCUPIED,
        401,
        {"guarantee": G, "levy": L},
        f"avail:{G}",
        400,
    ),
    "release of what is not used": (Event.RELEASED, 1, {"guarantee": G, "levy": L}, f"used:{G}", 0),
    "lower than what is used": (Event.LOWERED, 401, {"guarantee": G}, f"avail:{G}", 400),
    "refund of a guarantee above what is left": (
        Event.GUARANTEE_REFUNDED,
        401,
        {"guarantee": G},
        f"avail:{G}",
        400,
    ),
    "letter handed back that was never there": (
        Event.LETTER_RETURNED,
        1,
        {"levy": L},
        f"paper:{L}",
        0,
    ),
    "levy lowered below what is paid": (Event.LEVY_LOWERED, 501, {"levy": L}, f"open:{L}", 500),
    "reversal above what is paid": (Event.PAYMENT_REVERSED, 201, {"levy": L2}, f"cash:{L2}", 200),
}


@pytest.mark.parametrize("name", list(ASKED))
async def test_nothing_is_overdrawn_and_a_refusal_changes_nothing(desk: Desk, name: str) -> None:
    happens, amount, numbers, account, there = ASKED[name]
    desk.set_up(G, 400)
    desk.levy(L, 500)
    desk.levy(L2, 300)
    desk.post(Event.PAID, 200, levy=L2)
    before = (desk.rows(), desk.held(G), desk.held(L), desk.held(L2))

    def act(books: Books) -> None:
        with pytest.raises(Overdrawn) as refused:
            books.post(happens, amount, ref="X", **numbers)
        assert (refused.value.account, refused.value.asked, refused.value.there) == (
            account,
            amount,
            there,
        )

    desk.do(act, guarantees=[G], levies=[L, L2])
    assert (desk.rows(), desk.held(G), desk.held(L), desk.held(L2)) == before


async def test_events_that_take_all_there_is_want_the_whole_amount(desk: Desk) -> None:
    desk.levy(L, 500)
    desk.set_up(G, 400)
    for happens, number in ((Event.TAKEN_BACK, {"levy": L}), (Event.CLOSED, {"guarantee": G})):
        with pytest.raises(ValueError, match="wanted all"):
            desk.post(happens, 1, **number)
    desk.post(Event.TAKEN_BACK, 500, levy=L)
    desk.post(Event.CLOSED, 400, guarantee=G)
    assert (desk.held(L).taken_back, desk.held(L).status, desk.held(G).limit) == (1, "3", 0)


async def test_a_used_guarantee_cannot_be_closed(desk: Desk) -> None:
    desk.set_up(G, 400)
    desk.levy(L, 100)
    desk.post(Event.OCCUPIED, 100, guarantee=G, levy=L)
    with pytest.raises(Overdrawn):
        desk.post(Event.CLOSED, 400, guarantee=G)


async def test_a_levy_stands_on_one_guarantee_at_a_time(desk: Desk) -> None:
    desk.set_up(G, 400)
    desk.set_up(G2, 400)
    desk.levy(L, 100)
    desk.post(Event.OCCUPIED, 60, guarantee=G, levy=L)
    with pytest.raises(ValueError, match="stands on"):
        desk.post(Event.OCCUPIED, 40, guarantee=G2, levy=L)
    with pytest.raises(Overdrawn):
        desk.post(Event.RELEASED, 60, guarantee=G2, levy=L)
    desk.post(Event.RELEASED, 60, guarantee=G, levy=L)
    desk.post(Event.OCCUPIED, 40, guarantee=G2, levy=L)
    assert (desk.held(L).gasr_no, desk.held(L).status) == (G2, "3")


async def test_money_is_not_carried_over_to_another_enterprise(desk: Desk) -> None:
    desk.levy(L, 100)
    desk.levy(L2, 100, enterprise=SHANGHAI)
    desk.post(Event.PAID, 100, levy=L)
    with pytest.raises(ValueError, match="several enterprises"):
        desk.post(Event.CARRIED, 50, levy=L, target=L2)


async def test_balances_come_from_postings_alone(desk: Desk) -> None:
    desk.levy(L, 100)
    with pytest.raises(ValueError, match="postings"):
        desk.do(lambda books: books.change_levy(L, cash=100), levies=[L])
    with pytest.raises(ValueError, match="postings"):
        desk.do(
            lambda books: books.enter(
                Guarantee(
                    gasr_no=G, enterprise=BEIJING, customs="0100", mode="1", seq_no="1", limit=5
                )
            )
        )
    with pytest.raises(ValueError, match="already"):
        desk.do(
            lambda books: books.enter(msgspec.structs.replace(books.levy(L), open=0, levied=0)),
            levies=[L],
        )
    with pytest.raises(LookupError):
        desk.do(lambda books: books.post(Event.PAID, 1, ref="X", levy=L2), levies=[L, L2])


async def test_a_row_that_another_unit_entered_first_is_a_conflict(desk: Desk) -> None:
    desk.levy(L, 100)
    with pytest.raises(StoreConflict):
        desk.levy(L, 100)
    assert desk.held(L).open == 100


@on("shared")
async def test_two_refunds_at_once_cannot_both_pass(stores: Stores) -> None:
    first = stores.open("books")
    first.write_here(create)
    desks = [await desk_on(first), await desk_on(stores.open("books"))]
    desks[0].levy(L, 100)
    desks[0].post(Event.PAID, 100, levy=L)
    together = threading.Barrier(2, timeout=10)
    ends: list[str] = []

    def refund(one: Desk) -> None:
        together.wait()
        try:
            one.post(Event.REFUNDED, 60, levy=L)
            ends.append("refunded")
        except Overdrawn as error:
            ends.append(f"there {error.there}")

    threads = [threading.Thread(target=refund, args=(one,)) for one in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(ends) == ["refunded", "there 40"]
    assert desks[0].held(L).refunded == 60
    assert desks[0].audit() == []


@on("shared")
async def test_a_unit_waits_for_the_row_that_another_holds(stores: Stores) -> None:
    """The second reads what the first left, not what it found when it came."""
    first = stores.open("books")
    first.write_here(create)
    one, two = await desk_on(first), await desk_on(stores.open("books"))
    one.set_up(G, 100)
    one.levy(L, 80)
    one.levy(L2, 80)
    inside, came = threading.Event(), threading.Event()
    seen: list[Any] = []

    def slow(books: Books) -> None:
        books.post(Event.OCCUPIED, 80, ref="1", guarantee=G, levy=L)
        inside.set()
        came.wait(10)

    def late() -> None:
        inside.wait(10)
        threading.Timer(0.05, came.set).start()
        seen.append(two.do(lambda books: books.available(G), guarantees=[G], levies=[L2]))

    thread = threading.Thread(target=late)
    thread.start()
    one.do(slow, guarantees=[G], levies=[L])
    thread.join(20)
    assert seen == [20]


async def test_a_register_is_found_with_what_it_covers(desk: Desk) -> None:
    desk.set_up(G, 1000)
    for number, until in ((L, 5), (L2, 9)):
        desk.levy(number, 100)
        desk.do(
            lambda books, n=number, u=until: (
                books.post(Event.OCCUPIED, 100, ref="1", guarantee=G, levy=n),
                books.change_levy(n, oriact_valid=u),
            ),
            guarantees=[G],
            levies=[number],
        )
    read = desk.store.read_here
    assert read(lambda c: desk.sql.ledger.cover_until(c, [G, "ZB-NONE"])) == {G: 9}
    desk.post(Event.RELEASED, 100, guarantee=G, levy=L2)
    assert read(lambda c: desk.sql.ledger.cover_until(c, [G])) == {G: 5}
    assert [entry.event for entry in read(lambda c: entries_about(desk.sql.ledger, c, L))] == [
        "levied",
        "occupied",
        "occupied",
    ]
    assert len(read(lambda c: desk.sql.ledger.about(c, G))) == 2 + 2 + 2 + 2


async def test_a_letter_secures_one_live_levy(desk: Desk) -> None:
    desk.levy(L, 100)
    desk.levy(L2, 100)
    desk.do(lambda books: books.change_levy(L, letter_no="LG-777"), levies=[L])
    with pytest.raises(StoreConflict):
        desk.do(lambda books: books.change_levy(L2, letter_no="LG-777"), levies=[L2])
    desk.do(lambda books: books.change_levy(L, closed=1), levies=[L])
    desk.do(lambda books: books.change_levy(L2, letter_no="LG-777"), levies=[L2])


async def test_the_audit_finds_what_was_changed_behind_the_books(store: SqlStore) -> None:
    store.write_here(create)
    desk = await desk_on(store)
    desk.levy(L, 500)
    desk.post(Event.PAID, 200, levy=L)
    assert desk.audit() == []
    store.write_here(
        lambda c: c.execute(text(f"UPDATE c_levies SET cash = cash + 1 WHERE levy_no = '{L}'"))
    )
    assert any(found.startswith(L) for found in desk.audit())
    store.write_here(
        lambda c: c.execute(
            text("UPDATE c_ledger SET amount = 7 WHERE event = 'paid' AND debit = 'bank'")
        )
    )
    assert desk.audit()[0].startswith("entries: paid")


# the cash book


async def test_a_payment_pays_what_is_open_and_its_surplus_waits(desk: Desk) -> None:
    desk.levy(L, 500)
    taken: Taken = desk.cash(
        lambda book: book.take(700, paid_at=1, reference="B-1", levy_no=L), levies=[L]
    )
    assert (taken.matched, taken.surplus, [x.code for x in taken.lines]) == (500, 200, ["41"])
    assert taken.payment == Payment(
        payment_no=taken.payment.payment_no,
        reference="B-1",
        amount=700,
        unmatched=200,
        matched=500,
        levy_no=L,
        paid_at=1,
        at=desk.moment().at,
    )
    assert taken.lines[0].ref == taken.payment.payment_no
    found = balances(groups_of(desk.rows()))
    assert (found["bank"], found["suspense"], desk.held(L).status) == (700, 200, "2")


async def test_unknown_money_waits_until_it_is_matched_or_sent_back(desk: Desk) -> None:
    taken: Taken = desk.cash(lambda book: book.take(700, paid_at=1, named="ZS-WRONG"))
    number = taken.payment.payment_no
    listed, total, amount = desk.store.read_here(
        lambda c: desk.sql.ledger.unmatched(c, after="", most=10)
    )
    assert ([Payment.of_row(row).levy_no for row in listed], total, amount) == (
        ["ZS-WRONG"],
        1,
        700,
    )
    desk.levy(L, 500)
    matched: Taken = desk.cash(lambda book: book.match(number, L), levies=[L], payments=[number])
    assert (matched.matched, matched.surplus, [x.code for x in matched.lines]) == (500, 200, ["41"])
    with pytest.raises(Overdrawn) as refused:
        desk.cash(lambda book: book.send_back(number, 201), payments=[number])
    assert (refused.value.account, refused.value.there) == (f"unmatched:{number}", 200)
    back: Payment = desk.cash(lambda book: book.send_back(number), payments=[number])
    assert (back.amount, back.matched, back.unmatched, back.sent_back) == (700, 500, 0, 200)
    assert desk.store.read_here(lambda c: desk.sql.ledger.unmatched(c, after="", most=10)) == (
        [],
        0,
        0,
    )


async def test_a_bounced_payment_opens_its_levy_again(desk: Desk) -> None:
    desk.levy(L, 500)
    taken: Taken = desk.cash(lambda book: book.take(500, paid_at=1, levy_no=L), levies=[L])
    number = taken.payment.payment_no
    back: Taken = desk.cash(lambda book: book.reverse(number, L), levies=[L], payments=[number])
    assert [(x.code, x.decrease, x.balance) for x in back.lines] == [("42", 500, 0)]
    assert (
        desk.held(L).open,
        desk.held(L).status,
        back.payment.matched,
        back.payment.sent_back,
    ) == (500, "1", 0, 500)
    with pytest.raises(Overdrawn):
        desk.cash(lambda book: book.reverse(number, L, 1), levies=[L], payments=[number])


async def test_one_bank_reference_is_entered_once(desk: Desk) -> None:
    desk.levy(L, 500)
    desk.cash(lambda book: book.take(100, paid_at=1, reference="B-1", levy_no=L), levies=[L])
    with pytest.raises(StoreConflict):
        desk.cash(lambda book: book.take(100, paid_at=1, reference="B-1", levy_no=L), levies=[L])
    row = desk.store.read_here(lambda c: desk.sql.ledger.payment_of(c, "B-1"))
    assert Payment.of_row(row).amount == 100
    assert desk.store.read_here(lambda c: desk.sql.ledger.payment_of(c, "")) is None
    assert len(desk.store.read_here(lambda c: desk.sql.ledger.all_rows(c, t.payments))) == 1


# statements


def shown(statement: Statement) -> tuple[int, int, int, int]:
    return statement.opening, statement.increase, statement.decrease, statement.closing


async def test_a_statement_shows_money_and_lists_everything_else_for_information(
    desk: Desk,
) -> None:
    desk.set_up(G, 50_000_000, mode="1")
    desk.set_up(G2, 30_000_000)
    desk.levy(L, 12_000_050)
    desk.post(Event.PAID, 12_000_050, levy=L)
    desk.levy(L2, 3_000_075)
    desk.post(Event.OCCUPIED, 3_000_075, levy=L2, guarantee=G2)
    desk.post(Event.REFUNDED, 5_000_000, levy=L)
    desk.levy("ZS3", 100, enterprise=SHANGHAI)
    made = desk.issue("2026-11-23")
    assert (made.first_day, made.last_day, made.version, made.status) == (
        "2026-11-23",
        "2026-11-23",
        1,
        StatementStatus.OPEN,
    )
    assert shown(made) == (0, 62_000_050, 5_000_000, 57_000_050)
    assert [(x.code, x.cash) for x in made.lines] == [
        ("11", True),
        ("11", False),
        ("21", False),
        ("41", True),
        ("21", False),
        ("31", False),
        ("51", True),
    ]
    xml = encode_statement(
        made.on_wire(name="北京某某保税科技有限公司", credit_code="91110000802100433B")
    )
    for piece in (
        "<opngAmt>0.00</opngAmt>",
        "<incrAmt>620000.50</incrAmt>",
        "<clsgAmt>570000.50</clsgAmt>",
        "<mvmtQty>7</mvmtQty>",
        "<stmtBgnDate>2026-11-23</stmtBgnDate>",
        f"<stmtNo>{made.no}</stmtNo>",
        "<answDeadline>2026-12-03 10:00:00</answDeadline>",
    ):
        assert piece in xml


async def test_periods_touch_and_the_opening_is_the_former_closing(desk: Desk) -> None:
    desk.levy(L, 1000)
    desk.post(Event.PAID, 300, levy=L)
    one = desk.issue("2026-11-23")
    desk.now += timedelta(days=3)
    desk.post(Event.PAID, 200, levy=L)
    with pytest.raises(StatementRefused) as refused:
        desk.issue("2026-11-26", "2026-11-25")
    assert "衔接" in refused.value.findings[0].message_zh
    with pytest.raises(StatementRefused):
        desk.issue("2026-11-27")
    two = desk.issue("2026-11-26", "2026-11-24")
    assert (shown(one), shown(two)) == ((0, 300, 0, 300), (300, 200, 0, 500))
    assert {x.no for x in one.lines} & {x.no for x in two.lines} == set()
    with pytest.raises(StatementRefused) as refused:
        desk.issue("2026-11-26")
    assert two.no in refused.value.findings[0].message_zh


async def test_the_first_statement_may_begin_later_and_opens_with_what_was_there(
    desk: Desk,
) -> None:
    desk.levy(L, 1000)
    desk.post(Event.PAID, 300, levy=L)
    desk.now += timedelta(days=2)
    desk.post(Event.REFUNDED, 100, levy=L)
    made = desk.issue("2026-11-25", "2026-11-25")
    assert (shown(made), [x.code for x in made.lines]) == ((300, 0, 100, 200), ["51"])


async def test_what_moves_after_the_issue_stands_in_the_next_version_or_the_next_statement(
    desk: Desk,
) -> None:
    desk.levy(L, 1000)
    desk.post(Event.PAID, 300, levy=L)
    one = desk.issue("2026-11-23")
    late = desk.post(Event.PAID, 50, levy=L)
    again: Statement = desk.stating(lambda s: s.reissue(one.no))
    assert (again.version, shown(again), again.lines[-1:]) == (2, (0, 350, 0, 350), late)
    desk.stating(lambda s: s.answered(s.latest(one.no), "202600000000000009", agreed=True))
    with pytest.raises(StatementRefused):
        desk.stating(lambda s: s.reissue(one.no))
    later = desk.post(Event.PAID, 25, levy=L)
    desk.now += timedelta(days=1)
    two = desk.issue("2026-11-24")
    assert (shown(two), two.lines) == ((350, 25, 0, 375), later)
    columns = t.statements.c
    query = select(columns.stmt_no, columns.version, columns.status).order_by(
        columns.number, columns.version
    )
    rows = desk.store.read_here(lambda c: c.execute(query).fetchall())
    assert [tuple(row) for row in rows] == [
        (one.no, 1, "replaced"),
        (one.no, 2, "agreed"),
        (two.no, 1, "open"),
    ]


async def test_an_older_statement_issued_again_keeps_its_lines(desk: Desk) -> None:
    desk.levy(L, 1000)
    desk.post(Event.PAID, 300, levy=L)
    one = desk.issue("2026-11-23")
    late = desk.post(Event.PAID, 50, levy=L)
    desk.now += timedelta(days=1)
    two = desk.issue("2026-11-24")
    again: Statement = desk.stating(lambda s: s.reissue(one.no))
    assert (again.lines, two.lines) == (one.lines, late)


FAULTS = {
    "drop:2": (2, 0, 300),
    "amount:2:+100": (3, 0, 300),
    "opening:+5": (3, 5, 300),
    "closing:-1": (3, 0, 299),
    "drop:99": (2, 0, 300),
}


@pytest.mark.parametrize("fault", list(FAULTS))
async def test_a_statement_can_be_wrong_on_purpose_while_the_books_stay_right(
    desk: Desk, fault: str
) -> None:
    desk.levy(L, 1000)
    desk.post(Event.PAID, 100, levy=L)
    desk.post(Event.PAID, 200, levy=L)
    made = desk.issue("2026-11-23", fault=fault)
    assert shown(made) == (0, 300, 0, 300)
    sent = made.as_sent()
    assert (len(sent.lines), sent.opening, sent.closing, sent.count) == (*FAULTS[fault], 3)
    wire = made.on_wire(name="", credit_code="")
    assert (len(wire.lines), wire.closing, wire.increase) == (
        len(sent.lines),
        decimal(sent.closing),
        Decimal(3),
    )
    stored: Statement = desk.stating(lambda s: s.latest(made.no))
    assert stored.as_sent() == sent
    right: Statement = desk.stating(lambda s: s.reissue(made.no))
    assert right.as_sent() == right
    assert (right.version, right.lines) == (2, made.lines)


def test_a_fault_is_spelled_out_or_refused() -> None:
    assert StatementFault.of("") is None
    for spelling in FAULTS:
        found = StatementFault.of(spelling)
        assert found is not None
        assert found.text() == spelling
    for wrong in ("drop", "drop:0", "amount:1", "closing:x", "closing:1.5", "all"):
        with pytest.raises(ValueError, match="wanted"):
            StatementFault.of(wrong)


async def test_an_answer_and_the_message_sent_are_remembered(desk: Desk) -> None:
    desk.levy(L, 1000)
    made = desk.issue("2026-11-23")
    desk.stating(lambda s: s.sent(made, 77))
    desk.stating(lambda s: s.answered(s.latest(made.no), "202600000000000009", agreed=False))
    found: Statement = desk.stating(lambda s: s.latest(made.no))
    assert (found.status, found.message, found.answer_seq_no, found.answered_at) == (
        StatementStatus.DISPUTED,
        77,
        "202600000000000009",
        desk.moment().at,
    )
    assert desk.stating(lambda s: s.latest("DZ-NONE")) is None


@on("shared")
async def test_two_statements_at_once_do_not_share_a_line(stores: Stores) -> None:
    first = stores.open("books")
    first.write_here(create)
    first.write_here(seed_demo)
    desks = [await desk_on(first), await desk_on(stores.open("books"))]
    desks[0].levy(L, 1000)
    desks[0].post(Event.PAID, 300, levy=L)
    together = threading.Barrier(2, timeout=10)
    ends: list[Any] = []

    def issue(one: Desk) -> None:
        together.wait()
        try:
            ends.append(len(one.issue("2026-11-23").lines))
        except StatementRefused:
            ends.append("refused")

    threads = [threading.Thread(target=issue, args=(one,)) for one in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(map(str, ends)) == ["2", "refused"]
