"""The cashier: money that comes in, refunds that customs starts, statements of account, and a look
into the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from customs_sim.desk.levies import positive
from customs_sim.desk.refusal import NotAllowed, unknown
from customs_sim.flow.approvals import Approvals
from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register, statements_of
from customs_sim.ledger.amounts import decimal, fen, money, yuan
from customs_sim.ledger.cash_book import PAYMENT, CashBook, payment_no
from customs_sim.ledger.history import LedgerLine, entries_about, standing
from customs_sim.ledger.movements import movement_no
from customs_sim.ledger.postings import Event
from customs_sim.ledger.rows import Payment
from customs_sim.ledger.statements import Statement, StatementFault
from customs_sim.office.office import Office
from customs_sim.office.operators import Actor
from customs_sim.office.work import Work
from customs_sim.rules.grt.grt121 import give_back, tell
from customs_sim.rules.register import HeldLevy
from customs_sim.rules.review import review
from customs_sim.wire import documents
from customs_sim.wire.filing import Filing, Head
from customs_sim.wire.ids import REFUND, register_no, serial
from schemas.body import Parts
from schemas.catalogue import catalogue
from schemas.guarantee import CARRY_OVER, GENERAL, SINGLE, Refund
from schemas.guarantee import REFUND as MONEY_BACK
from schemas.package import Pocket
from schemas.statement import encode_statement

PAYMENT_RULE = "Y302.04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What became of a payment, 元. ``status``: levyBlStucd afterwards. ``duplicate``: it was
    booked before. ``due``: what the levy lacked before; None where the money is for none."""

    payment_no: str
    levy_no: str
    matched: Decimal
    suspense: Decimal
    status: str = ""
    duplicate: bool = False
    due: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Accounts (元, on their normal side) and entries about one number; without a number the
    accounts of customs as a whole."""

    no: str
    accounts: dict[str, str]
    entries: list[dict[str, Any]] = field(default_factory=list)


class Cashier:
    """One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def pay(
        self, levy_no: str, amount: str, paid_at: int, reference: str, *, by: Actor | None = None
    ) -> Booked:
        """Money from a bank (Y302.04). Without ``levy_no`` it waits in suspense; the same
        ``reference`` with a levy no. later takes it out. What a levy does not need waits too.
        ``paid_at`` microseconds UTC."""
        wanted = positive(PAYMENT_RULE, "amount", amount)

        def book(work: Work) -> Booked:
            if paid_at > work.now.at:
                raise NotAllowed(
                    PAYMENT_RULE,
                    "paid_at",
                    f"缴款时间 paid_at 晚于当前时间 {work.now.wire}",
                    f"paid_at is after the present time {work.now.created}",
                )
            row = work.sql.ledger.payment_of(work.connection, reference) if reference else None
            known = Payment.of_row(row) if row else None
            if (
                known is not None
                and (known.levy_no == levy_no or not levy_no)
                and known.amount == fen(wanted)
            ):
                return Booked(
                    payment_no=known.payment_no,
                    levy_no=known.levy_no,
                    matched=decimal(known.matched),
                    suspense=decimal(known.unmatched),
                    duplicate=True,
                )
            named = [levy_no] if levy_no else []
            register = Register(
                work, self._office.reader, self._office.codes, levies=named, guarantees=named
            )
            if register.books.guarantee(levy_no):
                return self._book_guarantee(
                    work, register, levy_no, fen(wanted), paid_at, reference, known
                )
            if levy_no:
                self._payable(register, levy_no)
            return self._book(work, register, levy_no, fen(wanted), paid_at, reference, known)

        def noted(work: Work) -> Booked:
            booked = book(work)
            if not booked.duplicate:
                due = booked.due
                work.note(
                    "pay",
                    booked.levy_no or booked.payment_no,
                    before=None if due is None else {"open": money(due)},
                    after={
                        "payment_no": booked.payment_no,
                        "amount": money(wanted),
                        "reference": reference,
                        "matched": money(booked.matched),
                        "suspense": money(booked.suspense),
                    }
                    | ({} if due is None else {"open": money(due - booked.matched)}),
                )
            return booked

        return await self._office.perform(noted, by=by)

    @staticmethod
    def _payable(register: Register, number: str) -> HeldLevy:
        levy = register.levy(number)
        if levy is None:
            raise unknown("levy_no", number, "征收单", "levy")
        if not levy.confirmed or levy.taken_back:
            zh, en = "未审批通过", "is not approved"
        elif not levy.by_cash:
            zh, en = "不是单笔保证金, 无需缴款", "is not secured in cash; nothing is to be paid"
        elif not levy.open:
            zh, en = "已缴清", "is paid already"
        else:
            return levy
        raise NotAllowed(
            PAYMENT_RULE, "levy_no", f"征收单 {number} {zh}", f"levy {number} {en}", found=number
        )

    def _book(
        self,
        work: Work,
        register: Register,
        levy_no: str,
        amount: int,
        paid_at: int,
        reference: str,
        known: Payment | None,
    ) -> Booked:
        books = register.books
        book = CashBook(books, work.blocks)
        due = decimal(books.open(levy_no)) if levy_no else None
        if known is None:
            taken = book.take(amount, paid_at=paid_at, reference=reference, levy_no=levy_no)
        else:
            if not levy_no or known.unmatched < amount:
                raise NotAllowed(
                    PAYMENT_RULE,
                    "reference",
                    f"缴款凭据 {reference} 已登记为 {known.payment_no}, 暂存款"
                    f" {yuan(known.unmatched)} 元",
                    f"reference {reference} is payment {known.payment_no} with"
                    f" {yuan(known.unmatched)} in suspense",
                    found=reference,
                )
            books.read(payments=[known.payment_no])
            taken = book.match(known.payment_no, levy_no, min(amount, books.open(levy_no)))
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

    @staticmethod
    def _book_guarantee(
        work: Work,
        register: Register,
        number: str,
        amount: int,
        paid_at: int,
        reference: str,
        known: Payment | None,
    ) -> Booked:
        """Money for a cash guarantee that may be used once it is paid (K11); the rest to
        suspense."""
        books = register.books
        row = books.guarantee(number)
        if row is None or not row.pending or known is not None:
            raise NotAllowed(
                PAYMENT_RULE,
                "levy_no",
                f"总担保 {number} 没有待缴款项",
                f"guarantee {number} waits for no money",
                found=number,
            )
        matched = min(amount, row.pending)
        payment = payment_no(work.blocks.draw(PAYMENT))
        books.enter(
            Payment(
                payment_no=payment,
                reference=reference,
                amount=amount,
                levy_no=number,
                paid_at=paid_at,
                at=books.at,
            )
        )
        lines = books.post(Event.SET_UP_PAID, matched, ref=payment, guarantee=number)
        if amount > matched:
            books.post(Event.UNMATCHED, amount - matched, ref=payment, payment=payment)
        books.change_payment(payment, matched=matched)
        paid = {"pmnChkinTime": work.now.wire, "pmnDeadline": ""} if matched == row.pending else {}
        Pushes(work, register).guarantee(number, lines, **paid)
        return Booked(
            payment_no=payment,
            levy_no=number,
            matched=decimal(matched),
            suspense=decimal(amount - matched),
        )

    async def give_back(
        self, number: str, amount: str, reason: str, target: str, *, by: Actor | None = None
    ) -> str:
        """A refund, or with ``target`` a carry-over, that customs starts (K10), held against the
        rules of GRT121. Its number."""
        wanted = positive("R121.04", "amount", amount)

        def refund(work: Work) -> str:
            register = Register(
                work,
                self._office.reader,
                self._office.codes,
                guarantees=[number],
                levies=[number, *([target] if target else [])],
            )
            held = register.guarantee(number) or register.levy(number)
            if held is None:
                raise unknown("gur_no", number, "担保", "guarantee or levy")
            of_guarantee, settings = (
                register.guarantee(number) is not None,
                self._office.settings.review,
            )
            enterprise = register.enterprise(held.enterprise)
            parts: Parts = (
                {
                    "GrtCrdwInDt": (
                        {"seqno": "1", "gurNo": target, "crdwAmt": money(wanted), "rmk": ""},
                    )
                }
                if target
                else {}
            )
            document = documents.ex_officio(
                number,
                "",
                held.refunds + 1,
                enterprise,
                held.customs,
                work.now,
                reason=reason,
                amount=money(wanted),
                gur_type=GENERAL if of_guarantee else SINGLE,
                kind=CARRY_OVER if target else MONEY_BACK,
            )
            found = review(
                _as_filing(document, parts, enterprise.code), register.view, settings, work.now.day
            )
            if found.forbids:
                failure = found.failures[0]
                raise NotAllowed(
                    failure.rule,
                    "amount" if "rtnbkCrdwAmt" in failure.text_en else "gur_no",
                    failure.note,
                    failure.text_en,
                )
            year = work.now.day.year
            refund_no = register_no(
                REFUND, held.customs, year, work.blocks.draw(serial(REFUND, held.customs, year))
            )
            approvals = Approvals(work, register, settings, instant=False)
            _, at, lines = give_back(
                approvals,
                number,
                fen(wanted),
                of_guarantee=of_guarantee,
                target=target,
                ref=refund_no,
            )
            sent = Pushes(work, register).refund(document | {"rtnbkCrdwNo": refund_no}, parts)
            work.enter_refund(
                (
                    refund_no,
                    enterprise.code,
                    number,
                    at,
                    document["rtnbkCrdwTypecd"],
                    fen(wanted),
                    target,
                    "",
                    1,
                    sent,
                    work.now.at,
                )
            )
            tell(approvals, number, target, lines)
            work.note(
                "refund",
                number,
                after={
                    "refund_no": refund_no,
                    "amount": money(wanted),
                    "target": target,
                    "reason": reason,
                },
            )
            return refund_no

        return await self._office.perform(refund, by=by)

    async def state(
        self,
        enterprise: str,
        first_day: date,
        last_day: date,
        fault: StatementFault | None = None,
        *,
        by: Actor | None = None,
    ) -> Statement:
        """A statement of account by GRT303; the period of the last one again is its next version.
        ``fault`` makes it wrong on purpose; the books stay right."""

        def draw_up(work: Work) -> Statement:
            register = Register(
                work, self._office.reader, self._office.codes, enterprises=[enterprise]
            )
            if enterprise not in register.view.enterprises:
                raise NotAllowed(
                    "P301.01",
                    "enterprise",
                    f"企业 enterprise {enterprise} 未在海关备案",
                    f"enterprise: {enterprise} is not registered with customs",
                    found=enterprise,
                )
            owner = register.enterprise(enterprise)
            told = self._office.settings.review
            book = statements_of(work, answer_days=told.answer_days, rolls=told.deadline_rolls)
            row = work.sql.ledger.last_statement(work.connection, enterprise)
            last = Statement.of_row(row) if row else None
            if last and (last.first_day, last.last_day) == (
                first_day.isoformat(),
                last_day.isoformat(),
            ):
                made = book.reissue(last.no, fault=fault)
            else:
                made = book.issue(
                    enterprise, owner.customs, first_day=first_day, last_day=last_day, fault=fault
                )
            work.note(
                "statement",
                made.no,
                before={"version": made.version - 1} if made.version > 1 else None,
                after={
                    "enterprise": enterprise,
                    "version": made.version,
                    "from": made.first_day,
                    "to": made.last_day,
                    "fault": made.fault,
                },
            )
            inner = encode_statement(made.on_wire(name=owner.name, credit_code=owner.credit_code))
            return book.sent(
                made, Pushes(work, register).statement(enterprise, made.no, made.version, inner)
            )

        return await self._office.perform(draw_up, by=by)

    async def desk(self, *, limit: int, cursor: int) -> tuple[list[Statement], int]:
        """Statements that wait for a person here (unanswered in time, or disputed) behind the
        statement number ``cursor``; how many."""
        rows, total = await self._office.store.read(
            lambda connection: self._office.sql.ledger.statements_on_desk(
                connection, after=cursor, most=limit
            )
        )
        return [Statement.of_row(row) for row in rows], total

    async def ledger(self, number: str) -> Ledger:
        """What the ledger says about ``number``; empty: bank, letters and suspense."""
        sql = self._office.sql

        def read(connection: Connection) -> Ledger:
            if not number:
                return Ledger(
                    no="",
                    accounts={
                        name: yuan(amount) for name, amount in sql.ledger.totals(connection).items()
                    },
                )
            lines = entries_about(sql.ledger, connection, number)
            if not lines:
                raise unknown("no", number, "账目", "number in the ledger")
            *_, (_, accounts) = standing(lines, number)
            return Ledger(
                no=number,
                accounts={name: yuan(amount) for name, amount in sorted(accounts.items())},
                entries=[_entry(line) for line in lines],
            )

        return await self._office.store.read(read)


def _entry(line: LedgerLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "group": line.group,
        "at": line.at,
        "event": line.event,
        "debit": line.debit,
        "credit": line.credit,
        "amount": yuan(line.amount),
        "no": line.number,
        "related": line.related or None,
        "mvmt_no": movement_no(line.id) if line.code else None,
        "ref": line.ref,
    }


def _as_filing(document: dict[str, str], parts: Parts, code: str) -> Filing:
    """A refund of customs' own as the rules see one that was filed."""
    head = Head(
        sender="",
        cop_msg_id="",
        gateway_msg_id="",
        seq_no="",
        enterprise_ref="",
        message_type="GRT121",
        enterprise_node="",
        pocket=Pocket(),
    )
    return Filing(
        head=head,
        kind=catalogue()["GRT121"],
        operator=code,
        body=Refund.of(document, parts),
        parts=parts,
    )
