"""The cash book: money that came in, what it pays, and what waits in suspense. Knows no rule: that
a payment is allowed (Y302.04) is decided before. All amounts are int in 分.

    book = CashBook(books, blocks)  # the books must have read the levy
    taken = book.take(2_000_050, paid_at=at, reference="B-77", levy_no=levy_no)
    taken.matched, taken.surplus  # at most what is open; the rest waits in suspense
    book.take(500, paid_at=at)  # of an unknown payer: all of it waits
    book.match(payment_no, levy_no)  # later; the books must have read both
"""

from __future__ import annotations

from dataclasses import dataclass

from customs_sim.ledger.books import Books, Overdrawn
from customs_sim.ledger.movements import Movement
from customs_sim.ledger.postings import Event
from customs_sim.ledger.rows import Payment
from customs_sim.store.numbers import Serials

PAYMENT = "payment"
"""The sequence that numbers payments."""


def payment_no(serial: int) -> str:
    """Return the number of a payment: JK and 10 or more digits (缴款)."""
    return f"JK{serial:010d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of money.

    Attributes:
        matched: 分 that pay the levy; below 0 when a payment was taken back.
        surplus: 分 that wait in suspense.
        lines: Movement lines for GRT302.
    """

    payment: Payment
    matched: int
    surplus: int
    lines: tuple[Movement, ...]


class CashBook:
    """Works on the books of one unit, and leaves ``flush`` to their owner."""

    def __init__(self, books: Books, blocks: Serials) -> None:
        self._books, self._blocks = books, blocks

    def take(
        self, amount: int, *, paid_at: int, reference: str = "", levy_no: str = "", named: str = ""
    ) -> Taken:
        """Enter money. ``levy_no`` is the levy that it may pay, empty for none; ``named`` what the
        payer wrote, if that is no levy. A ``reference`` used before fails the unit with
        StoreConflict: look it up first (``LedgerSql.payment_of``).
        """
        books = self._books
        open_now = books.open(levy_no) if levy_no else 0
        matched = min(amount, open_now)
        number = payment_no(self._blocks.draw(PAYMENT))
        books.enter(
            Payment(
                payment_no=number,
                reference=reference,
                amount=amount,
                levy_no=levy_no or named,
                paid_at=paid_at,
                at=books.at,
            )
        )
        lines: tuple[Movement, ...] = ()
        if matched:
            lines = books.post(Event.PAID, matched, ref=number, levy=levy_no)
        if amount > matched:
            books.post(Event.UNMATCHED, amount - matched, ref=number, payment=number)
        return Taken(
            payment=books.change_payment(number, matched=matched),
            matched=matched,
            surplus=amount - matched,
            lines=lines,
        )

    def match(self, number: str, levy_no: str, amount: int = 0) -> Taken:
        """Pay a levy with money in suspense: ``amount``, or as much as there is and is open. Raise
        Overdrawn beyond either."""
        books = self._books
        payment = self._payment(number)
        amount = amount or min(payment.unmatched, books.open(levy_no))
        lines = books.post(Event.MATCHED, amount, ref=number, levy=levy_no, payment=number)
        payment = books.change_payment(number, matched=payment.matched + amount)
        return Taken(payment=payment, matched=amount, surplus=payment.unmatched, lines=lines)

    def send_back(self, number: str, amount: int = 0) -> Payment:
        """Send money in suspense back to its payer: ``amount``, or all of it."""
        payment = self._payment(number)
        amount = amount or payment.unmatched
        self._books.post(Event.UNMATCHED_RETURNED, amount, ref=number, payment=number)
        return self._books.change_payment(number, sent_back=payment.sent_back + amount)

    def reverse(self, number: str, levy_no: str, amount: int = 0, *, keep: bool = False) -> Taken:
        """Take a payment off a levy (缴款冲正): ``amount``, or all that it pays.

        It goes back to its payer, or waits in suspense where it is to ``keep``. Raise Overdrawn
        when the payment does not pay so much, or when it was refunded or carried over since.
        """
        payment, books = self._payment(number), self._books
        amount = amount or payment.matched
        if amount > payment.matched:
            raise Overdrawn(f"matched:{number}", amount, payment.matched)
        lines = books.post(Event.PAYMENT_REVERSED, amount, ref=number, levy=levy_no)
        if keep:
            books.post(Event.UNMATCHED, amount, ref=number, payment=number)
        sent_back = payment.sent_back + (0 if keep else amount)
        payment = books.change_payment(
            number, matched=payment.matched - amount, sent_back=sent_back
        )
        return Taken(payment=payment, matched=-amount, surplus=payment.unmatched, lines=lines)

    def _payment(self, number: str) -> Payment:
        if (payment := self._books.payment(number)) is None:
            raise LookupError(f"payment {number} was not read")
        return payment
