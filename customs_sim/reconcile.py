"""The cash book: money that came in, what it pays, and what waits in suspense; and the audit of the books. Knows no rule.

That a payment is allowed (Y302.04) is decided before; here it is split and posted. All amounts in 分.

    book = CashBook(books, unit.blocks)                                       # books must have read the levy
    taken = book.take(2_000_050, paid_at=at, reference="B-77", levy_no=levy_no)   # at most what is open; the rest to suspense
    taken.payment.payment_no, taken.matched, taken.surplus, taken.lines
    book.take(500, paid_at=at)                                                # nobody knows whose: all of it to suspense
    book.match(payment_no, levy_no)                                           # later; books must have read both
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from customs_sim import tables as t
from customs_sim.amounts import guarantee_amounts, levy_amounts
from customs_sim.books import Books, Overdrawn
from customs_sim.holdings import Guarantee, Levy, Payment
from customs_sim.invariants import invariants
from customs_sim.ledger import Event, balances
from customs_sim.ledger_store import LedgerSql
from customs_sim.movements import Movement, groups_of
from customs_sim.numbers import Blocks
from schemas.guarantee import CASH

PAYMENT = "payment"
"""The sequence that numbers payments."""


def payment_no(serial: int) -> str:
    """JK + 10 or more digits (缴款)."""
    return f"JK{serial:010d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of money: ``matched`` pays the levy, ``surplus`` waits in suspense, in 分. ``lines`` are for GRT302."""

    payment: Payment
    matched: int
    surplus: int
    lines: tuple[Movement, ...]


class CashBook:
    """Works on the books of one unit; ``flush`` stays with their owner."""

    def __init__(self, books: Books, blocks: Blocks) -> None:
        self._books, self._blocks = books, blocks

    def take(self, amount: int, *, paid_at: int, reference: str = "", levy_no: str = "", named: str = "") -> Taken:
        """Enter money. ``levy_no`` is the levy that it may pay, empty when none; ``named`` what the payer wrote, if that is no
        levy. A ``reference`` used before fails the unit with StoreConflict: look it up first (``LedgerSql.payment_of``)."""
        books = self._books
        open_now = books.open(levy_no) if levy_no else 0
        matched = min(amount, open_now)
        number = payment_no(self._blocks.draw(PAYMENT))
        books.enter(Payment(payment_no=number, reference=reference, amount=amount, levy_no=levy_no or named, paid_at=paid_at, at=books.at))
        lines: tuple[Movement, ...] = ()
        if matched:
            lines = books.post(Event.PAID, matched, ref=number, levy=levy_no)
        if amount > matched:
            books.post(Event.UNMATCHED, amount - matched, ref=number, payment=number)
        return Taken(payment=books.change_payment(number, matched=matched), matched=matched, surplus=amount - matched, lines=lines)

    def match(self, number: str, levy_no: str, amount: int = 0) -> Taken:
        """Money in suspense pays a levy: ``amount``, or as much as there is and is open. Overdrawn beyond either."""
        books = self._books
        payment = self._payment(number)
        amount = amount or min(payment.unmatched, books.open(levy_no))
        lines = books.post(Event.MATCHED, amount, ref=number, levy=levy_no, payment=number)
        payment = books.change_payment(number, matched=payment.matched + amount)
        return Taken(payment=payment, matched=amount, surplus=payment.unmatched, lines=lines)

    def send_back(self, number: str, amount: int = 0) -> Payment:
        """Money in suspense goes back to its payer: ``amount``, or all of it."""
        payment = self._payment(number)
        amount = amount or payment.unmatched
        self._books.post(Event.UNMATCHED_RETURNED, amount, ref=number, payment=number)
        return self._books.change_payment(number, sent_back=payment.sent_back + amount)

    def reverse(self, number: str, levy_no: str, amount: int = 0) -> Taken:
        """The bank takes a payment back that was booked on a levy (缴款冲正): ``amount``, or all that it pays. Overdrawn when
        the payment does not pay so much, or when it was refunded or carried over since."""
        payment = self._payment(number)
        amount = amount or payment.matched
        if amount > payment.matched:
            raise Overdrawn(f"matched:{number}", amount, payment.matched)
        lines = self._books.post(Event.PAYMENT_REVERSED, amount, ref=number, levy=levy_no)
        payment = self._books.change_payment(
            number, matched=payment.matched - amount, sent_back=payment.sent_back + amount)
        return Taken(payment=payment, matched=-amount, surplus=payment.unmatched, lines=lines)

    def _payment(self, number: str) -> Payment:
        if (found := self._books.payment(number)) is None:
            raise LookupError(f"payment {number} was not read")
        return found


def audit(connection: Connection, sql: LedgerSql) -> list[str]:
    """Everything wrong with the books, by name: entries that no event posts, invariants of ``rules.md`` 3 that do not hold,
    register rows that differ from the ledger. Reads all of them: for tests and the doctor."""
    try:
        found = balances(groups_of(sql.everything(connection)))
    except ValueError as error:
        return [f"entries: {error}"]
    broken = invariants(found)

    def wanted(name: str, row: object, ledger: object) -> None:
        if row != ledger:
            broken.append(f"{name}: row {row}, ledger {ledger}")

    seen: set[str] = set()
    for values in sql.all_rows(connection, t.guarantees):
        guarantee = Guarantee.of_row(values)
        number = guarantee.gasr_no
        seen.add(number)
        wanted(number, guarantee.amounts, guarantee_amounts(found, number))
        wanted(f"custody of {number}", guarantee.custody, found.get(f"custody:{number}", 0))
        wanted(f"letter of {number}", guarantee.limit if guarantee.mode != CASH else 0, found.get(f"letter:{number}", 0))
    for values in sql.all_rows(connection, t.levies):
        levy = Levy.of_row(values)
        seen.add(levy.levy_no)
        wanted(levy.levy_no, levy.amounts, levy_amounts(found, levy.levy_no))
        wanted(f"status of {levy.levy_no}", levy.status, levy.amounts.status)
        wanted(f"quota of {levy.levy_no} on {levy.gasr_no}", levy.quota, found.get(f"occupied:{levy.levy_no}@{levy.gasr_no}", 0))
    for values in sql.all_rows(connection, t.payments):
        payment = Payment.of_row(values)
        seen.add(payment.payment_no)
        wanted(f"suspense of {payment.payment_no}", payment.unmatched, found.get(f"unmatched:{payment.payment_no}", 0))
        wanted(f"amount of {payment.payment_no}", payment.amount, payment.unmatched + payment.matched + payment.sent_back)
    strangers = {name.partition(":")[2].partition("@")[0] for name in found} - seen - {""}
    return broken + [f"no register row: {number}" for number in sorted(strangers)]
