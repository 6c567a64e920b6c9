"""The counter: levies that customs starts itself (征收, 重新下发, 撤销, 业务触发), and requests for
a 总担保.

Every act is one unit: checks (``docs/rules.md`` 2.10), postings, and the message to the enterprise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from customs_sim.desk.asked_guarantees import GuaranteeAsked, ask, check_amount
from customs_sim.desk.business_steps import BUSINESS_STEPS, raised
from customs_sim.desk.checks import positive, registered
from customs_sim.desk.refusal import NotAllowed, unknown
from customs_sim.flow.pushes import ASK, Pushes
from customs_sim.flow.register import Register
from customs_sim.ledger.postings import Event
from customs_sim.ledger.rows import Levy
from customs_sim.office.office import Office
from customs_sim.office.operators import Actor
from customs_sim.office.work import Work
from customs_sim.store.numbers import MESSAGE, OUTBOX
from customs_sim.wire import documents
from customs_sim.wire.ids import LEVY, register_no, serial
from customs_sim.wire.parties import Enterprise
from schemas.money import decimal, fen, money_text
from schemas.times import from_wire


@dataclass(frozen=True, slots=True, kw_only=True)
class LevyOrder:
    """A levy to issue, as it was asked for: nothing is checked yet.

    Attributes:
        customs: The district; empty for the enterprise's own.
        amount: 元; of a business step the amount that it is levied on.
        biz_type: bizTypecd.
        oriact_valid: Last valid day of the 底账, yyyy-MM-dd; empty where it is not known.
    """

    enterprise: str
    customs: str
    amount: str
    biz_type: str
    biz_no: str
    oriact_no: str = ""
    oriact_valid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A levy as it now stands. ``amount`` in 元."""

    levy_no: str
    amount: Decimal
    change_no: int = 0
    version: int = 1


class Counter:
    """What a person does with levies. One per process. Its acts raise NotAllowed when a rule
    forbids them, and what the store raises."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def issue(self, order: LevyOrder, *, by: Actor | None = None) -> Issued:
        """Issue a new levy (征收) and send it to the enterprise by GRT301 (P301.01)."""
        amount = positive("P301.01", "amount", order.amount)
        if len(order.oriact_no) != 12:
            raise NotAllowed(
                "P301.01",
                "oriact_no",
                f"底账编号 oriact_no 应为 12 位, 现为“{order.oriact_no}”",
                "oriact_no: wanted 12 characters",
                found=order.oriact_no,
                hint_zh="请填写手册或账册编号, 如 C010016A0471",
                hint_en="write the number of the book or manual, like C010016A0471",
            )
        return await self._office.perform(lambda work: self._issue(work, order, amount), by=by)

    async def business_event(self, order: LevyOrder, *, by: Actor | None = None) -> list[Issued]:
        """Issue what a business step raises on its basis amount (业务触发); return an empty list
        when it raises nothing."""
        basis = positive("P301.01", "basis_amount", order.amount)
        if order.biz_type not in BUSINESS_STEPS:
            raise _biz_type(order.biz_type)
        amount = raised(order.biz_type, basis)
        if not amount:
            return []
        return [await self._office.perform(lambda work: self._issue(work, order, amount), by=by)]

    def _issue(self, work: Work, order: LevyOrder, amount: Decimal) -> Issued:
        register = self._register(work, enterprises=[order.enterprise])
        enterprise = registered(register, order.enterprise)
        if self._office.codes.get("biz_type", order.biz_type, work.now.day) is None:
            raise _biz_type(order.biz_type)
        order = replace(order, customs=order.customs or enterprise.customs)
        self._check_customs(order.customs, enterprise, work.now.day)
        year = work.now.day.year
        name = serial(LEVY, order.customs, year)
        work.blocks.require({name: 1, MESSAGE: 1, OUTBOX: 1} | register.books.needs(1))
        number = register_no(LEVY, order.customs, year, work.blocks.draw(name))
        valid = order.oriact_valid and f"{order.oriact_valid} 00:00:00"
        register.books.enter(
            Levy(
                levy_no=number,
                enterprise=enterprise.code,
                customs=order.customs,
                biz_type=order.biz_type,
                biz_no=order.biz_no,
                oriact_no=order.oriact_no,
                oriact_valid=from_wire(valid) if valid else 0,
                fields=documents.new_levy(
                    number,
                    enterprise,
                    order.customs,
                    work.now,
                    biz_type=order.biz_type,
                    biz_no=order.biz_no,
                    oriact_no=order.oriact_no,
                    oriact_valid=valid,
                ),
            )
        )
        register.books.post(Event.LEVIED, fen(amount), ref=order.biz_no or number, levy=number)
        Pushes(work, register).levy(number, code=ASK)
        work.note(
            "levy",
            number,
            after={
                "enterprise": order.enterprise,
                "customs": order.customs,
                "amount": money_text(amount),
                "biz_type": order.biz_type,
                "biz_no": order.biz_no,
                "oriact_no": order.oriact_no,
                "oriact_valid_until": order.oriact_valid,
            },
        )
        return Issued(levy_no=number, amount=amount)

    async def reissue(self, number: str, amount: str, *, by: Actor | None = None) -> Issued:
        """Issue a levy again with another amount (P301.07): its next generation, to be confirmed
        again."""
        wanted = positive("P301.07", "amount", amount)

        def issue_again(work: Work) -> Issued:
            register = self._register(work, levies=[number])
            levy = self._levy(register, number)
            delta = fen(wanted) - levy.levied
            if -delta > levy.open:
                least = money_text(decimal(levy.levied - levy.open))
                raise NotAllowed(
                    "P301.07",
                    "amount",
                    f"征收单 {number} 已担保 {least} 元, 不能低于此金额",
                    f"{number}: {least} is secured already, and it cannot be less",
                    found=amount,
                    hint_zh=f"请填写不低于 {least} 的金额, 多余部分办理退还",
                    hint_en=f"write {least} or more; give the rest back by a refund",
                )
            if delta:
                register.books.post(
                    Event.LEVY_RAISED if delta > 0 else Event.LEVY_LOWERED,
                    abs(delta),
                    ref=number,
                    levy=number,
                )
            work.enter_history(number, levy.version, levy.change_no, levy.message)
            after = register.books.change_levy(
                number,
                change_no=levy.change_no + 1,
                confirmed=0,
                overdue=0,
                deadline=0,
                fields={
                    **levy.fields,
                    "emapvMarkcd": "0",
                    "dataSrccd": "0",
                    "levyBlGenrtDate": work.now.wire,
                },
            )
            Pushes(work, register).levy(number, code=ASK)
            work.note(
                "reissue",
                number,
                before={"amount": money_text(decimal(levy.levied)), "change_no": levy.change_no},
                after={"amount": money_text(wanted), "change_no": after.change_no},
            )
            return Issued(
                levy_no=number, amount=wanted, change_no=after.change_no, version=levy.version + 1
            )

        return await self._office.perform(issue_again, by=by)

    async def take_back(self, number: str, *, by: Actor | None = None) -> Issued:
        """Take a levy back (撤销) while nothing is secured (P301.07): GRT302 with levyBlStucd 3
        (K27)."""

        def withdraw(work: Work) -> Issued:
            register = self._register(work, levies=[number])
            levy = self._levy(register, number)
            if levy.amounts.secured:
                secured = money_text(decimal(levy.amounts.secured))
                raise NotAllowed(
                    "P301.07",
                    "levy_no",
                    f"征收单 {number} 已担保 {secured} 元, 不能撤销",
                    f"{number}: {secured} is secured; it cannot be taken back",
                    found=number,
                    hint_zh="请先办理退还, 全部退还后结案 (close)",
                    hint_en="refund it first, then close it",
                )
            lines = register.books.post(Event.TAKEN_BACK, levy.open, ref=number, levy=number)
            register.books.change_levy(number, deadline=0)
            Pushes(work, register).levy(number, lines)
            work.note(
                "take_back",
                number,
                before={"open": money_text(decimal(levy.open))},
                after={"taken_back": True},
            )
            return Issued(
                levy_no=number,
                amount=decimal(levy.levied),
                change_no=levy.change_no,
                version=levy.version + 1,
            )

        return await self._office.perform(withdraw, by=by)

    async def ask_guarantee(
        self,
        enterprise: str,
        number: str,
        amount: str,
        valid_until: str,
        *,
        by: Actor | None = None,
    ) -> None:
        """Ask for a 总担保 (P301.08): a new one, or ``number`` larger or longer. GRT301.

        ``amount``: whole 元 or empty; ``valid_until``: yyyy-MM-dd or empty.
        """
        check_amount(amount)
        asked = GuaranteeAsked(
            enterprise=enterprise, number=number, amount=amount, valid_until=valid_until
        )
        await self._office.perform(lambda work: ask(self._office, work, asked), by=by)

    def _check_customs(self, customs: str, enterprise: Enterprise, today: date) -> None:
        """Raise NotAllowed unless the district is in force and fits the enterprise's own, as far as
        the setting ``same_customs`` says."""
        codes, digits = self._office.codes, self._office.settings.review.same_customs
        if codes.get("customs", customs, today) is None:
            zh, en = codes.not_valid("customs", customs, today) or (
                f"关区 customs {customs} 不在代码表中",
                f"{customs} is no code of the list of districts",
            )
            raise NotAllowed(
                "P301.01",
                "customs",
                zh,
                f"customs: {en}",
                found=customs,
                hint_zh=f"企业的主管关区是 {enterprise.customs}",
                hint_en=f"the enterprise is registered at {enterprise.customs}",
            )
        if customs[:digits] != enterprise.customs[:digits]:
            raise NotAllowed(
                "P301.01",
                "customs",
                f"关区 customs {customs} 与企业 {enterprise.code} 的主管关区 {enterprise.customs}"
                f" 前 {digits} 位不同",
                f"customs: {customs} and the district of {enterprise.code}, {enterprise.customs},"
                f" differ in their first {digits} digits",
                found=customs,
                hint_zh=f"请用 {enterprise.customs}, 或留空",
                hint_en=f"use {enterprise.customs}, or leave it out",
            )

    def _register(
        self,
        work: Work,
        *,
        guarantees: Sequence[str] = (),
        levies: Sequence[str] = (),
        enterprises: Sequence[str] = (),
    ) -> Register:
        return Register(
            work,
            self._office.reader,
            self._office.codes,
            guarantees=guarantees,
            levies=levies,
            enterprises=enterprises,
        )

    @staticmethod
    def _levy(register: Register, number: str) -> Levy:
        """Return a levy that is neither taken back nor closed; raise NotAllowed otherwise."""
        levy = register.books.levy(number)
        if levy is None:
            raise unknown("levy_no", number, "征收单", "levy")
        if levy.taken_back or levy.closed:
            state = "已撤销" if levy.taken_back else "已结案"
            raise NotAllowed(
                "P301.07",
                "levy_no",
                f"征收单 {number} {state}",
                f"{number} is {'taken back' if levy.taken_back else 'closed'}",
                found=number,
                hint_zh="请另开一份征收单",
                hint_en="issue a new levy",
            )
        return levy


def _biz_type(wanted: str) -> NotAllowed:
    """Return the refusal of a business step that is unknown."""
    known = ", ".join(f"{code} {step.name}" for code, step in BUSINESS_STEPS.items())
    return NotAllowed(
        "P301.01",
        "biz_type",
        f"业务环节 biz_type 应为 1 到 7, 现为“{wanted}”",
        "biz_type: wanted 1 to 7",
        found=wanted,
        hint_zh=f"请选一种: {known}",
        hint_en=f"choose one: {known}",
    )
