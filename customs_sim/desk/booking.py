"""Booking of money that comes in (``docs/rules.md`` Y302.04): on a levy, on a cash guarantee, or in
suspense."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from customs_sim.desk.refusal import NotAllowed, unknown
from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register
from customs_sim.ledger.cash_book import PAYMENT, CashBook, payment_no
from customs_sim.ledger.postings import Event
from customs_sim.ledger.rows import Payment
from customs_sim.office.office import Office
from customs_sim.office.work import Work
from schemas.money import decimal, fen, money_text, yuan

PAYMENT_RULE = "Y302.04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Money from a bank.

    Attributes:
        levy_no: The levy or the cash guarantee that it is for; empty where that is not known.
        amount: 元, above 0.
        paid_at: When it was paid, in microseconds UTC.
        reference: The bank's; empty without one.
    """

    levy_no: str
    amount: Decimal
    paid_at: int
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What became of a payment. Amounts in 元.

    Attributes:
        matched: What pays the levy or the guarantee.
        suspense: What waits.
        status: levyBlStucd afterwards.
        duplicate: Whether it was booked before; nothing was done then.
        due: What the levy lacked before; None where the money is for no levy.
    """

    payment_no: str
    levy_no: str
    matched: Decimal
    suspense: Decimal
    status: str = ""
    duplicate: bool = False
    due: Decimal | None = None


class Booking:
    """Books a deposit on one work."""

    def __init__(self, office: Office, work: Work, deposit: Deposit) -> None:
        self._office, self._work, self._deposit = office, work, deposit
        self._amount = fen(deposit.amount)

    def book(self) -> Booked:
        """Book the money and tell the enterprise. Raise NotAllowed when it cannot be booked."""
        work, deposit = self._work, self._deposit
        if deposit.paid_at > work.now.at:
            raise NotAllowed(
                PAYMENT_RULE,
                "paid_at",
                f"缴款时间 paid_at 晚于当前时间 {work.now.wire}",
                f"paid_at is after the present time {work.now.xsd}+08:00",
                hint_zh="请填写业务时钟当前时间或更早, 或先拨快时钟",
                hint_en="write the present time of the business clock or before it, or move the"
                " clock first",
            )
        known = self._known()
        if known is not None and self._is_repeat(known):
            return Booked(
                payment_no=known.payment_no,
                levy_no=known.levy_no,
                matched=decimal(known.matched),
                suspense=decimal(known.unmatched),
                duplicate=True,
            )
        named = [deposit.levy_no] if deposit.levy_no else []
        register = Register(
            work, self._office.reader, self._office.codes, levies=named, guarantees=named
        )
        if register.books.guarantee(deposit.levy_no):
            booked = self._on_guarantee(register, known)
        else:
            if deposit.levy_no:
                _check_payable(register, deposit.levy_no)
            booked = self._on_levy(register, known)
        self._note(booked)
        return booked

    def _known(self) -> Payment | None:
        """Return the payment that was booked under the same reference."""
        work, reference = self._work, self._deposit.reference
        row = work.sql.ledger.payment_of(work.connection, reference) if reference else None
        return Payment.of_row(row) if row else None

    def _is_repeat(self, known: Payment) -> bool:
        levy_no = self._deposit.levy_no
        return known.amount == self._amount and (known.levy_no == levy_no or not levy_no)

    def _on_levy(self, register: Register, known: Payment | None) -> Booked:
        """Book on a levy; without one the money goes to suspense. ``known``: a payment in suspense
        that is matched with the levy now."""
        work, deposit, books = self._work, self._deposit, register.books
        levy_no, reference = deposit.levy_no, deposit.reference
        book = CashBook(books, work.blocks)
        due = decimal(books.open(levy_no)) if levy_no else None
        if known is None:
            taken = book.take(
                self._amount, paid_at=deposit.paid_at, reference=reference, levy_no=levy_no
            )
        else:
            if not levy_no or known.unmatched < self._amount:
                raise NotAllowed(
                    PAYMENT_RULE,
                    "reference",
                    f"缴款凭据 {reference} 已登记为 {known.payment_no}, 暂存款"
                    f" {yuan(known.unmatched)} 元",
                    f"reference {reference} is payment {known.payment_no} with"
                    f" {yuan(known.unmatched)} in suspense",
                    found=reference,
                    hint_zh="另一笔缴款请换凭据号; 核销暂存款请写 levy_no 和不超过它的金额",
                    hint_en="give another payment a reference of its own; to match what is in"
                    " suspense, name levy_no and at most that amount",
                )
            books.read(payments=[known.payment_no])
            taken = book.match(known.payment_no, levy_no, min(self._amount, books.open(levy_no)))
        status = ""
        if levy_no:
            if not books.open(levy_no):
                books.change_levy(levy_no, paid_at=work.now.at)
            Pushes(work, register).levy(levy_no, taken.lines)
            levy = books.levy(levy_no)
            status = levy.status if levy else ""
        return Booked(
            payment_no=taken.payment.payment_no,
            levy_no=levy_no,
            matched=decimal(taken.matched),
            suspense=decimal(taken.surplus),
            status=status,
            due=due,
        )

    def _on_guarantee(self, register: Register, known: Payment | None) -> Booked:
        """Book on a cash guarantee, which may be used once it is paid (K11); the rest goes to
        suspense."""
        work, deposit, books = self._work, self._deposit, register.books
        number = deposit.levy_no
        row = books.guarantee(number)
        if row is None or not row.pending or known is not None:
            raise NotAllowed(
                PAYMENT_RULE,
                "levy_no",
                f"总担保 {number} 没有待缴款项",
                f"guarantee {number} waits for no money",
                found=number,
                hint_zh="待缴款的见总担保和征收单列表",
                hint_en="the lists of guarantees and levies say what waits for money",
            )
        matched = min(self._amount, row.pending)
        payment = payment_no(work.blocks.draw(PAYMENT))
        books.enter(
            Payment(
                payment_no=payment,
                reference=deposit.reference,
                amount=self._amount,
                levy_no=number,
                paid_at=deposit.paid_at,
                at=books.at,
            )
        )
        lines = books.post(Event.SET_UP_PAID, matched, ref=payment, guarantee=number)
        if self._amount > matched:
            books.post(Event.UNMATCHED, self._amount - matched, ref=payment, payment=payment)
        books.change_payment(payment, matched=matched)
        paid = {"pmnChkinTime": work.now.wire, "pmnDeadline": ""} if matched == row.pending else {}
        Pushes(work, register).guarantee(number, lines, **paid)
        return Booked(
            payment_no=payment,
            levy_no=number,
            matched=decimal(matched),
            suspense=decimal(self._amount - matched),
        )

    def _note(self, booked: Booked) -> None:
        """Enter into the audit what was booked."""
        due = booked.due
        self._work.note(
            "pay",
            booked.levy_no or booked.payment_no,
            before=None if due is None else {"open": money_text(due)},
            after={
                "payment_no": booked.payment_no,
                "amount": money_text(self._deposit.amount),
                "reference": self._deposit.reference,
                "matched": money_text(booked.matched),
                "suspense": money_text(booked.suspense),
            }
            | ({} if due is None else {"open": money_text(due - booked.matched)}),
        )


def _check_payable(register: Register, number: str) -> None:
    """Raise NotAllowed unless money is to be paid for the levy."""
    levy = register.levy(number)
    if levy is None:
        raise unknown("levy_no", number, "征收单", "levy")
    if not levy.confirmed or levy.taken_back:
        zh, en = "未审批通过", "is not approved"
        hint = "请先审批企业的确认 (GRT111)", "approve the enterprise's confirmation (GRT111) first"
    elif not levy.by_cash:
        zh, en = "不是单笔保证金, 无需缴款", "is not secured in cash; nothing is to be paid"
        hint = "无需操作; 请核对 levy_no", "nothing is to be done; check levy_no"
    elif not levy.open:
        zh, en = "已缴清", "is paid already"
        hint = "多缴的款不写 levy_no, 入暂存款", "money beyond it goes to suspense without levy_no"
    else:
        return
    raise NotAllowed(
        PAYMENT_RULE,
        "levy_no",
        f"征收单 {number} {zh}",
        f"levy {number} {en}",
        found=number,
        hint_zh=hint[0],
        hint_en=hint[1],
    )
