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
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, text
from sqlalchemy.engine import Dialect

from customs_sim.ledger.amounts import guarantee_amounts
from customs_sim.ledger.books import Books, Overdrawn
from customs_sim.ledger.groups import balances, group
from customs_sim.ledger.history import LedgerLine
from customs_sim.ledger.invariants import invariants
from customs_sim.ledger.movements import groups_of, movement_of_entry
from customs_sim.ledger.postings import Event, kind_of
from customs_sim.ledger.statement_book import Statements
from customs_sim.ledger.statements import StatementRefused
from customs_sim.store.numbers import Blocks
from customs_sim.store.sql import Sql, create, seed_demo
from customs_sim.wire.calendar import Moment
from gateway.base.store.sql import SqlStore
from tests.conftest import BEIJING, Stores, on
from tests.unit.ledger.walk import BY_CASH, MOST, NEW, SET_UPS, WANTS, Plain, Walk

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


@pytest.mark.slow
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
