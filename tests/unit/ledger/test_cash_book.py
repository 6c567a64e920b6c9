"""The cash book, on every kind of store: payments, suspense and what bounced."""

from __future__ import annotations

import pytest

from customs_sim.ledger.books import Overdrawn
from customs_sim.ledger.cash_book import Taken
from customs_sim.ledger.groups import balances
from customs_sim.ledger.movements import groups_of
from customs_sim.ledger.rows import Payment
from customs_sim.store import tables as t
from gateway.base.errors import StoreConflict
from tests.unit.ledger.desk import Desk, L


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
