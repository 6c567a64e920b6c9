"""Random walks over the ledger, and a second bookkeeping, ``Plain``, that only adds up debits
and credits of the table of events."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from customs_sim.ledger.amounts import guarantee_amounts, levy_amounts
from customs_sim.ledger.books import Books, Overdrawn
from customs_sim.ledger.cash_book import CashBook
from customs_sim.ledger.check import audit
from customs_sim.ledger.groups import Group, balances, group
from customs_sim.ledger.invariants import invariants
from customs_sim.ledger.postings import DEBIT_NORMAL, Event, kind_of
from customs_sim.ledger.rows import Guarantee, Levy, Payment
from customs_sim.store.numbers import Blocks
from customs_sim.store.sql import Sql
from customs_sim.wire.calendar import Moment
from gateway.base.store.sql import SqlStore
from tests.conftest import BEIJING

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
