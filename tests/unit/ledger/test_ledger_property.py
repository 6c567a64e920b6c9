"""The ledger under long random walks: invariants after every step, and a second bookkeeping that
agrees with the first.

The second one (``Plain``) only adds up debits and credits of the table of events; it knows no
register row and no memo total.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, text
from sqlalchemy.engine import Dialect

from customs_sim.ledger.amounts import guarantee_amounts, levy_amounts
from customs_sim.ledger.books import Books, Overdrawn
from customs_sim.ledger.cash_book import CashBook
from customs_sim.ledger.check import audit
from customs_sim.ledger.groups import Group, balances, group
from customs_sim.ledger.history import LedgerLine
from customs_sim.ledger.invariants import invariants
from customs_sim.ledger.movements import groups_of, movement_of_entry
from customs_sim.ledger.postings import DEBIT_NORMAL, Event, kind_of
from customs_sim.ledger.rows import Guarantee, Levy, Payment
from customs_sim.ledger.statement_book import Statements
from customs_sim.ledger.statements import StatementRefused
from customs_sim.store.numbers import Blocks
from customs_sim.store.sql import Sql, create, seed_demo
from customs_sim.wire.calendar import Moment
from gateway.base.store.sql import SqlStore
from tests.conftest import BEIJING, Stores, on

START = datetime(2026, 11, 23, 2, tzinfo=UTC)
MOST = 30_000_00
NUMBERS = {  # what each event is about, apart from set-ups and new levies
    "guarantee": (
        Event.SET_UP_PAID,
        Event.RAISED,
        Event.LOWERED,
        Event.GUARANTEE_REFUNDED,
        Event.CLOSED,
    ),
    "levy": (
        Event.LEVY_RAISED,
        Event.LEVY_LOWERED,
        Event.TAKEN_BACK,
        Event.PAID,
        Event.PAYMENT_REVERSED,
        Event.LETTER_REGISTERED,
        Event.LETTER_RETURNED,
        Event.REFUNDED,
    ),
    "levy guarantee": (Event.OCCUPIED, Event.RELEASED),
    "levy target": (Event.CARRIED,),
    "levy payment": (Event.MATCHED,),
    "payment": (Event.UNMATCHED_RETURNED,),
}
WANTS = {event: words.split() for words, events in NUMBERS.items() for event in events}
SET_UPS = (Event.SET_UP_CASH, Event.SET_UP_UNPAID, Event.SET_UP_LETTER)
NEW = (*SET_UPS, Event.LEVIED, Event.UNMATCHED)
BY_LETTER, BY_CASH = (
    (Event.RAISED, Event.LOWERED, Event.CLOSED),
    (Event.GUARANTEE_REFUNDED, Event.SET_UP_PAID),
)
assert {*WANTS, *NEW} == set(Event)


class Plain:
    """Debits and credits by account, and nothing else."""

    def __init__(self) -> None:
        self.debits: Counter[str] = Counter()
        self.credits: Counter[str] = Counter()

    def balance(self, account: str) -> int:
        net = self.debits[account] - self.credits[account]
        return net if kind_of(account) in DEBIT_NORMAL else -net

    def post(self, made: Group) -> bool:
        """Whether no account went below zero; if one did, nothing was posted."""
        for entry in made.entries:
            self.debits[entry.debit] += entry.amount
            self.credits[entry.credit] += entry.amount
        if all(
            self.balance(name) >= 0
            for entry in made.entries
            for name in (entry.debit, entry.credit)
        ):
            return True
        for entry in made.entries:
            self.debits[entry.debit] -= entry.amount
            self.credits[entry.credit] -= entry.amount
        return False


class Walk:
    """Random events on one store, each a transaction of its own, each also posted plainly."""

    def __init__(self, store: SqlStore, sql: Sql, blocks: Blocks) -> None:
        self.store, self.sql, self.blocks = store, sql, blocks
        self.plain = Plain()
        self.groups: list[Group] = []
        self.guarantees: dict[str, str] = {}
        self.levies: list[str] = []
        self.payments: list[str] = []
        self.quota: Counter[tuple[str, str]] = Counter()
        self.left: Counter[str] = Counter()
        self.now = START
        self.refused = 0

    def new(self, event: Event, amount: int) -> None:
        """A guarantee, a levy or a payment that was not there."""
        at = len(self.groups)
        if event in SET_UPS:
            number, mode = f"ZB{at:05d}", "2" if event is Event.SET_UP_LETTER else "1"
            amount = -(-amount // 100) * 100
            self.guarantees[number] = mode
            row: Any = Guarantee(
                gasr_no=number,
                enterprise=BEIJING,
                customs="0100",
                mode=mode,
                seq_no=number,
                letter_no=number if mode == "2" else "",
            )
            numbers = {"guarantee": number}
        elif event is Event.LEVIED:
            number = f"ZS{at:05d}"
            self.levies.append(number)
            row, numbers = (
                Levy(levy_no=number, enterprise=BEIJING, customs="0100", biz_type="1"),
                {"levy": number},
            )
        else:
            number = f"JK{at:05d}"
            self.payments.append(number)
            row, numbers = (
                Payment(payment_no=number, amount=amount, paid_at=0, at=0),
                {"payment": number},
            )
        self._do(event, amount, numbers, row)

    def move(self, event: Event, amount: int, pick: random.Random) -> None:
        """``event`` on numbers that are there, if there are such; it may be refused."""
        numbers: dict[str, str] = {}
        for word in WANTS[event]:
            mode = "2" if event in BY_LETTER else "1" if event in BY_CASH else ""
            choice = {
                "guarantee": [n for n, m in self.guarantees.items() if m == mode or not mode],
                "payment": self.payments,
            }.get(word, self.levies)
            if not choice:
                return
            numbers[word] = pick.choice(choice)
        if numbers.get("target", "") == numbers.get("levy", "-"):
            return
        if (
            event is Event.RELEASED
            and pick.random() < 0.7
            and (held := sorted(pair for pair, amount in self.quota.items() if amount))
        ):
            numbers["levy"], numbers["guarantee"] = pick.choice(held)
        if event in (Event.RAISED, Event.LOWERED):
            amount = -(-amount // 100) * 100
        if pick.random() < 0.3:  # exactly what is there, so that things end as well
            account = {
                Event.TAKEN_BACK: "open:{levy}",
                Event.CLOSED: "limit:{guarantee}",
                Event.OCCUPIED: "open:{levy}",
                Event.RELEASED: "quota:{levy}",
                Event.PAID: "open:{levy}",
                Event.REFUNDED: "cash:{levy}",
                Event.CARRIED: "open:{target}",
                Event.LETTER_REGISTERED: "open:{levy}",
                Event.LETTER_RETURNED: "paper:{levy}",
                Event.GUARANTEE_REFUNDED: "avail:{guarantee}",
            }.get(event)
            amount = (account and self.plain.balance(account.format(**numbers))) or amount
        self._do(event, amount, numbers, None)

    def _do(self, event: Event, amount: int, numbers: Mapping[str, str], row: Any) -> None:
        made = group(event, amount, **numbers)
        allowed = self._allowed(made)
        reads = {
            "guarantees": [numbers.get("guarantee", "")],
            "levies": [numbers.get("levy", ""), numbers.get("target", "")],
            "payments": [numbers.get("payment", "")],
        }

        def unit(connection: Connection) -> bool:
            books = Books(connection, self.sql.ledger, self.blocks, Moment.of(self.now).at, **reads)
            if row is not None:
                books.enter(row)
            try:
                if event is Event.MATCHED:
                    CashBook(books, self.blocks).match(numbers["payment"], numbers["levy"], amount)
                elif event is Event.UNMATCHED_RETURNED:
                    CashBook(books, self.blocks).send_back(numbers["payment"], amount)
                else:
                    books.post(event, amount, ref="REF", **numbers)
            except (Overdrawn, ValueError):
                return False
            finally:
                books.flush()
            return True

        assert self.store.write_here(unit) == allowed, (event, amount, numbers)
        if allowed:
            self.groups.append(made)
        else:
            self.refused += 1

    def _allowed(self, made: Group) -> bool:
        """What must be possible: nothing below zero, a levy on one guarantee, whole amounts where
        all is taken."""
        n, event, amount = made.numbers, made.event, made.amount
        if event is Event.TAKEN_BACK and self.plain.balance(f"open:{n['levy']}") != amount:
            return False
        if event is Event.CLOSED and self.plain.balance(f"limit:{n['guarantee']}") != amount:
            return False
        if event in (Event.OCCUPIED, Event.RELEASED):
            pair = (n["levy"], n["guarantee"])
            on = {g for (levy, g), held in self.quota.items() if held and levy == n["levy"]}
            if (
                on - {n["guarantee"]}
                or (event is Event.RELEASED and self.quota[pair] < amount)
                or not self.plain.post(made)
            ):
                return False
            self.quota[pair] += amount if event is Event.OCCUPIED else -amount
            return True
        if event in (Event.MATCHED, Event.UNMATCHED_RETURNED):
            if self.left[n["payment"]] < amount or not self.plain.post(made):
                return False
            self.left[n["payment"]] -= amount
            return True
        if event is Event.UNMATCHED:
            self.left[n["payment"]] += amount
        return self.plain.post(made)

    def check(self) -> None:
        """Both bookkeepings agree; the invariants hold; the books are whole."""
        found = balances(self.groups)
        assert invariants(found) == []
        for account in {*self.plain.debits, *self.plain.credits}:
            assert found.get(account, 0) == self.plain.balance(account), account
        for number in self.guarantees:
            wire, exact = guarantee_amounts(found, number).wire(), guarantee_amounts(found, number)
            assert int(wire["avalGasrAmt"]) * 100 <= exact.available
        for number in self.levies:
            amounts = levy_amounts(found, number)
            assert (
                amounts.secured - amounts.refunded - amounts.carried
                == amounts.deposited
                == found[f"due:{number}"] - amounts.open
            )
        self.audit()

    def audit(self) -> None:
        assert self.store.read_here(lambda c: audit(c, self.sql.ledger)) == []


_SQL: dict[str, Sql] = {}


def sql_of(dialect: Dialect) -> Sql:
    """Compiling all statements takes longer than a walk."""
    return _SQL.setdefault(dialect.name, Sql(dialect))


class Serials(Blocks):
    """Numbers without a trip to the store; ``first`` tells the writers of one database apart."""

    def __init__(self, first: int = 1) -> None:
        self._next = itertools.count(first)

    def draw(self, name: str) -> int:
        return next(self._next)


def walk_on(store: SqlStore, first: int = 1) -> Walk:
    return Walk(store, sql_of(store.dialect), Serials(first))


class Registers(RuleBasedStateMachine):
    """Every event, on registers that grow; Hypothesis shrinks what breaks."""

    @initialize()
    def begin(self) -> None:
        self.store = SqlStore("sqlite://")
        self.store.write_here(create)
        self.walk = walk_on(self.store)

    @rule(event=st.sampled_from(NEW), amount=st.integers(1, MOST))
    def new(self, event: Event, amount: int) -> None:
        self.walk.new(event, amount)

    @precondition(lambda self: self.walk.groups)
    @rule(
        event=st.sampled_from(sorted(WANTS)),
        amount=st.integers(1, MOST),
        pick=st.randoms(use_true_random=False),
    )
    def move(self, event: Event, amount: int, pick: random.Random) -> None:
        self.walk.move(event, amount, pick)

    @precondition(lambda self: self.walk.levies)
    @rule(
        event=st.sampled_from(
            [Event.PAID, Event.REFUNDED, Event.OCCUPIED, Event.RELEASED, Event.CARRIED]
        ),
        pick=st.randoms(use_true_random=False),
        amount=st.integers(1, 500),
    )
    def small(self, event: Event, amount: int, pick: random.Random) -> None:
        self.walk.move(event, amount, pick)

    @invariant()
    def whole(self) -> None:
        self.walk.check()

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.engine.dispose()


class FewRegisters(Registers):
    """What the default run has time for."""


MANY = settings(
    max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestFewRegisters = FewRegisters.TestCase
TestFewRegisters.settings = settings(MANY, max_examples=6)
TestRegisters = pytest.mark.slow(Registers.TestCase)
TestRegisters.settings = MANY


def wander(walk: Walk, steps: int, seed: int, every: int) -> None:
    pick = random.Random(seed)
    for step in range(steps):
        if pick.random() < 0.12 or len(walk.levies) < 3:
            walk.new(pick.choice([*NEW, Event.LEVIED]), pick.randint(1, MOST))
        else:
            walk.move(
                pick.choice(sorted(WANTS)),
                pick.choice([1, pick.randint(1, 5000), pick.randint(1, MOST)]),
                pick,
            )
        if step % every == 0:
            walk.check()
    walk.check()


@pytest.mark.parametrize(
    ("steps", "seed"), [(400, 27), pytest.param(2000, 26, marks=pytest.mark.slow)]
)
def test_random_events_keep_the_books_whole_on_every_store(
    stores: Stores, steps: int, seed: int
) -> None:
    store = stores.open()
    store.write_here(create)
    walk = walk_on(store)
    wander(walk, steps, seed=seed, every=50)
    assert walk.refused > steps // 40
    assert {made.event for made in walk.groups} == set(Event)


def test_ten_thousand_random_events_on_the_pure_ledger() -> None:
    """Without a store, so that it can be long: the table of events against plain sums of debits and
    credits."""
    pick, plain, found, done = random.Random(3), Plain(), dict[str, int](), Counter[Event]()
    events = sorted(Event)
    for step in range(10_000):
        event = pick.choice(events)
        words = (
            ["guarantee"]
            if event in SET_UPS
            else ["levy"]
            if event is Event.LEVIED
            else WANTS.get(event, ["payment"])
        )
        kind = {
            "guarantee": (
                "GC" if event in (Event.SET_UP_CASH, Event.SET_UP_UNPAID, *BY_CASH) else "GL"
            ),
            "levy": "L",
            "target": "L",
            "payment": "P",
        }
        numbers = {word: f"{kind[word]}{pick.randrange(6)}" for word in words}
        if numbers.get("target") == numbers.get("levy", ""):
            continue
        made = group(event, pick.choice([1, 77, pick.randint(1, 99_999)]), **numbers)
        after = dict(found)
        for name, amount in made.effects().items():
            after[name] = after.get(name, 0) + amount
        if min(after.values()) < 0:
            continue
        assert plain.post(made)
        found = after
        done[event] += 1
        assert invariants(found) == []
        if step % 500 == 0:
            assert {n: found.get(n, 0) for n in plain.debits} == {
                n: plain.balance(n) for n in plain.debits
            }
    assert set(done) == set(Event)


@given(limit=st.integers(0, 10**9), data=st.data())
def test_the_wire_rounds_used_quota_up_and_never_shows_too_much(
    limit: int, data: st.DataObject
) -> None:
    returned = data.draw(st.integers(0, limit))
    used = data.draw(st.integers(0, (limit - returned) * 100))
    amounts = guarantee_amounts(
        {"limit:G": limit * 100, "used:G": used, "returned:G": returned * 100}, "G"
    )
    wire = {name: int(value) for name, value in amounts.wire().items()}
    assert wire["gasrAmt"] == wire["usedGasrAmt"] + wire["avalGasrAmt"] + wire["alrdyRtnbkGasrAmt"]
    assert 0 <= wire["usedGasrAmt"] * 100 - used < 100
    assert 0 <= wire["avalGasrAmt"] * 100 <= amounts.available < wire["avalGasrAmt"] * 100 + 100


def test_however_clocks_go_each_line_is_stated_once_and_statements_chain(stores: Stores) -> None:
    store = stores.open()
    store.write_here(create)
    store.write_here(seed_demo)
    walk, pick, closing, stated = walk_on(store), random.Random(11), 0, list[str]()

    def state(last: date) -> None:
        nonlocal closing
        try:
            made = store.write_here(
                lambda c: Statements(c, walk.sql.ledger, walk.blocks, Moment.of(walk.now)).issue(
                    BEIJING, "0100", last_day=last
                )
            )
        except StatementRefused:
            return
        assert made.opening == closing
        assert made.closing == made.opening + sum(line.net for line in made.lines if line.cash)
        closing = made.closing
        stated.extend(line.no for line in made.lines)

    for step in range(150):
        walk.now += timedelta(hours=pick.choice([-30, 0, 0, 1, 5, 40]))
        if len(walk.levies) < 3:
            walk.new(Event.LEVIED, MOST)
        elif step % 5 == 0:
            walk.new(Event.SET_UP_CASH, pick.randint(1, MOST))
        else:
            walk.move(
                pick.choice(
                    [
                        Event.PAID,
                        Event.REFUNDED,
                        Event.CARRIED,
                        Event.GUARANTEE_REFUNDED,
                        Event.OCCUPIED,
                    ]
                ),
                pick.randint(1, 90_000),
                pick,
            )
        if step % 12 == 0:
            state(walk.now.date() - timedelta(days=pick.randint(0, 2)))
    walk.now += timedelta(days=40)
    state(walk.now.date())
    entries = list(map(LedgerLine._make, store.read_here(walk.sql.ledger.everything)))
    assert sorted(stated) == sorted(
        line.no for entry in entries if (line := movement_of_entry(entry)) is not None
    )
    found = balances(groups_of(entries))
    assert (
        closing == sum(amount for name, amount in found.items() if kind_of(name) == "custody") > 0
    )


@on("shared")
def test_many_writers_at_once_overdraw_nothing(stores: Stores) -> None:
    """Four writers spend one guarantee and one levy; what they were granted adds up to what the
    rows say, and is there."""
    first = stores.open("many")
    first.write_here(create)
    walks = [walk_on(first), *(walk_on(stores.open("many"), at * 10_000) for at in (1, 2, 3))]
    main = walks[0]
    main.new(Event.SET_UP_LETTER, 1_000_00)
    main.new(Event.LEVIED, 700_00)
    (guarantee,), (levy,) = main.guarantees, main.levies
    for _ in range(4):
        main.new(Event.LEVIED, 600_00)
    levies = main.levies
    main._do(Event.PAID, 700_00, {"levy": levy}, None)
    granted: Counter[str] = Counter()
    together = threading.Barrier(4, timeout=10)
    errors: list[BaseException] = []

    def spend(at: int, walk: Walk) -> None:
        pick = random.Random(at)

        def once(amount: int, occupy: bool) -> None:
            def unit(connection: Connection) -> None:
                books = Books(
                    connection,
                    walk.sql.ledger,
                    walk.blocks,
                    1,
                    levies=[levies[1 + at], levy],
                    guarantees=[guarantee],
                )
                if occupy:
                    books.post(
                        Event.OCCUPIED, amount, ref="1", guarantee=guarantee, levy=levies[1 + at]
                    )
                else:
                    books.post(Event.REFUNDED, amount, ref="1", levy=levy)
                books.flush()

            walk.store.write_here(unit)
            granted["occupied" if occupy else "refunded"] += amount

        try:
            together.wait()
            for _ in range(25):
                amount, occupy = pick.randint(1, 40_00), pick.random() < 0.5
                with contextlib.suppress(Overdrawn):
                    once(amount, occupy)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=spend, args=pair) for pair in enumerate(walks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    main.audit()
    used, refunded = first.read_here(
        lambda c: tuple(
            c.execute(
                text(
                    "SELECT g.used_amount, v.refunded FROM c_guarantees g, c_levies v WHERE"
                    f" v.levy_no = '{levy}'"
                )
            ).one()
        )
    )
    assert (used, refunded) == (granted["occupied"], granted["refunded"])
    assert refunded <= 700_00
    assert used <= 1_000_00
