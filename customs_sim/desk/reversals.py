"""Corrections of the cash book: 缴款冲正 takes a payment off a levy again, and money in suspense
goes back to its payer (``docs/rules.md`` Y302.07)."""

from __future__ import annotations

from dataclasses import dataclass

from customs_sim.desk.refusal import NotAllowed, unknown
from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register
from customs_sim.ledger.books import Books, Overdrawn
from customs_sim.ledger.cash_book import CashBook
from customs_sim.ledger.history import LedgerLine
from customs_sim.ledger.postings import Event
from customs_sim.ledger.rows import Payment
from customs_sim.office.office import Office
from customs_sim.office.work import Work
from schemas.money import yuan

REVERSAL_RULE = "Y302.07"
BOOKED = {Event.PAID: 1, Event.MATCHED: 1, Event.PAYMENT_REVERSED: -1}
"""Events that book a payment on a levy, or take it off again."""
MOVEMENTS = frozenset({"41", "42"})
"""Their movement lines: one an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A payment to correct.

    Attributes:
        levy_no: The levy that it is taken off; empty where it pays just one.
        reason: Why; it goes into the audit.
    """

    payment_no: str
    levy_no: str = ""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What became of a payment. Amounts in 分.

    Attributes:
        amount: What was taken off the levy, or sent back.
        suspense: What of the payment waits now.
        status: levyBlStucd of the levy afterwards; empty without a levy.
    """

    payment_no: str
    levy_no: str
    amount: int
    suspense: int
    status: str = ""


def paid_levies(work: Work, payment: Payment) -> dict[str, int]:
    """Return the levies that a payment pays now, and how much of it each has, in 分."""
    about = work.sql.ledger.about
    read = [LedgerLine._make(row) for row in about(work.connection, payment.payment_no)]
    named = {entry.number for entry in read if entry.event == Event.MATCHED and entry.code}
    paid: dict[str, int] = {}
    for number in {*named, payment.levy_no} - {""}:
        entries = [LedgerLine._make(row) for row in about(work.connection, number)]
        amount = sum(
            BOOKED[Event(entry.event)] * entry.amount
            for entry in entries
            if entry.ref == payment.payment_no
            and entry.number == number
            and entry.code in MOVEMENTS
            and entry.event in BOOKED
        )
        if amount:
            paid[number] = amount
    return paid


def reverse(office: Office, work: Work, asked: Correction) -> Corrected:
    """Take a payment off a levy: the levy is owed again, the money waits in suspense. Tell the
    enterprise. Raise NotAllowed when the payment does not pay the levy, or not any more."""
    register, payment = _read(office, work, asked)
    paid = paid_levies(work, payment)
    levy_no = _chosen(asked, payment, paid)
    books, amount = register.books, paid[levy_no]
    try:
        book = CashBook(books, work.blocks)
        taken = book.reverse(payment.payment_no, levy_no, amount, keep=True)
    except Overdrawn as error:
        raise NotAllowed(
            REVERSAL_RULE,
            "payment_no",
            f"征收单 {levy_no} 的这笔缴款已有退还或结转, 只剩 {yuan(error.there)} 元, 不能冲正",
            f"money of levy {levy_no} was refunded or carried over since; {yuan(error.there)} is"
            " left of it, so the payment cannot be reversed",
            found=payment.payment_no,
            hint_zh=f"变动见账簿 (ledger) {levy_no}; 差额请重开征收单 (reissue)",
            hint_en=f"the ledger of {levy_no} has the movements; reissue the levy for what is"
            " missing",
        ) from None
    books.change_levy(levy_no, paid_at=0)
    Pushes(work, register).levy(levy_no, taken.lines)
    levy = books.levy(levy_no)
    done = Corrected(
        payment_no=payment.payment_no,
        levy_no=levy_no,
        amount=amount,
        suspense=taken.surplus,
        status=levy.status if levy else "",
    )
    _note(work, "reverse", levy_no, asked, done)
    return done


def send_back(office: Office, work: Work, asked: Correction) -> Corrected:
    """Send what waits in suspense of a payment back to its payer. Raise NotAllowed when nothing
    does."""
    register, payment = _read(office, work, asked)
    if not payment.unmatched:
        raise NotAllowed(
            REVERSAL_RULE,
            "payment_no",
            f"缴款 {payment.payment_no} 没有暂存款",
            f"nothing of payment {payment.payment_no} is in suspense",
            found=payment.payment_no,
            hint_zh="已核销的款请先冲正 (reverse) 再退回",
            hint_en="reverse what pays a levy first, then send it back",
        )
    left = CashBook(register.books, work.blocks).send_back(payment.payment_no)
    done = Corrected(
        payment_no=payment.payment_no, levy_no="", amount=payment.unmatched, suspense=left.unmatched
    )
    _note(work, "send_back", payment.payment_no, asked, done)
    return done


def _read(office: Office, work: Work, asked: Correction) -> tuple[Register, Payment]:
    """Read and lock the payment, and the levy that is named. Raise NotAllowed, 404, for an unknown
    payment."""
    books = Books(work.connection, work.sql.ledger, work.blocks, work.now.at)
    books.read(payments=[asked.payment_no])
    payment = books.payment(asked.payment_no)
    if payment is None:
        raise unknown("payment_no", asked.payment_no, "缴款", "payment")
    levies = {asked.levy_no, *paid_levies(work, payment)} - {""}
    register = Register(work, office.reader, office.codes, levies=levies)
    register.books.read(payments=[asked.payment_no])
    return register, register.books.payment(asked.payment_no) or payment


def _chosen(asked: Correction, payment: Payment, paid: dict[str, int]) -> str:
    """Return the levy that is meant. Raise NotAllowed when the payment pays none, several, or
    another one."""
    number, pays = payment.payment_no, ", ".join(sorted(paid))
    if asked.levy_no in paid:
        return asked.levy_no
    if len(paid) == 1 and not asked.levy_no:
        return next(iter(paid))
    if not paid:
        zh = f"缴款 {number} 没有核销到征收单"
        en = f"payment {number} pays no levy"
        hint = (
            "总担保的缴款请办理总担保退还, 暂存款请退回 (send back)",
            "give money of a guarantee back by a refund, send back what is in suspense",
        )
    elif asked.levy_no:
        zh = f"缴款 {number} 没有核销到征收单 {asked.levy_no}, 只核销到 {pays}"
        en = f"payment {number} does not pay levy {asked.levy_no}, only {pays}"
        hint = f"levy_no 请写 {pays}", f"let levy_no be {pays}"
    else:
        zh = f"缴款 {number} 核销到多份征收单"
        en = f"payment {number} pays several levies"
        hint = f"请用 levy_no 指明一份: {pays}", f"name one of them as levy_no: {pays}"
    raise NotAllowed(
        REVERSAL_RULE,
        "levy_no",
        zh,
        en,
        found=asked.levy_no or number,
        hint_zh=hint[0],
        hint_en=hint[1],
    )


def _note(work: Work, act: str, subject: str, asked: Correction, done: Corrected) -> None:
    work.note(
        act,
        subject,
        after={
            "payment_no": done.payment_no,
            "amount": yuan(done.amount),
            "suspense": yuan(done.suspense),
            "reason": asked.reason,
        },
    )
