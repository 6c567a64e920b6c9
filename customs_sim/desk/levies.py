"""The counter: levies and guarantees that customs starts itself (征收, 重新下发, 撤销, 业务触发,
总担保 asked for).

Every act is one unit: checks (``docs/rules.md`` 2.10), postings, and the message to the enterprise.
NotAllowed when a rule forbids it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from customs_sim.desk.refusal import NotAllowed, unknown
from customs_sim.flow.pushes import ASK, Pushes
from customs_sim.flow.register import Register
from customs_sim.ledger.amounts import decimal, fen, money
from customs_sim.ledger.postings import Event
from customs_sim.ledger.rows import Levy
from customs_sim.office.office import Office
from customs_sim.office.operators import Actor
from customs_sim.office.work import Work
from customs_sim.rules.register import CLOSED
from customs_sim.store.numbers import MESSAGE, OUTBOX
from customs_sim.wire import documents
from customs_sim.wire.ids import LEVY, register_no, serial
from customs_sim.wire.parties import Enterprise
from schemas.body import amount_of
from schemas.guarantee import CASH
from schemas.times import from_wire

REQUEST = "request"
"""The sequence that tells requests for a new 总担保 apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevyOrder:
    """A levy to issue, as it was asked for: nothing is checked yet. ``amount`` 元. ``oriact_valid``
    yyyy-MM-dd or empty."""

    enterprise: str
    customs: str
    amount: str
    biz_type: str
    biz_no: str
    oriact_no: str = ""
    oriact_valid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A levy as it now stands; ``amount`` 元."""

    levy_no: str
    amount: Decimal
    change_no: int = 0
    version: int = 1


class Counter:
    """One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def issue(self, order: LevyOrder, *, by: Actor | None = None) -> Issued:
        """征收: a new levy goes to the enterprise by GRT301 (P301.01)."""
        amount = positive("P301.01", "amount", order.amount)
        if len(order.oriact_no) != 12:
            raise NotAllowed(
                "P301.01",
                "oriact_no",
                f"底账编号 oriact_no 应为 12 位, 现为“{order.oriact_no}”",
                "oriact_no: wanted 12 characters",
                found=order.oriact_no,
            )
        return await self._office.perform(lambda work: self._issue(work, order, amount), by=by)

    async def business_event(self, order: LevyOrder, *, by: Actor | None = None) -> list[Issued]:
        """业务触发: what a business step raises on its basis amount; an empty list when it raises
        nothing."""
        basis = positive("P301.01", "basis_amount", order.amount)
        if order.biz_type not in BUSINESS_STEPS:
            raise _biz_type(order.biz_type)
        amount = raised(order.biz_type, basis)
        if not amount:
            return []
        return [await self._office.perform(lambda work: self._issue(work, order, amount), by=by)]

    def _issue(self, work: Work, order: LevyOrder, amount: Decimal) -> Issued:
        register = self._register(work, enterprises=[order.enterprise])
        enterprise = _enterprise(register, order.enterprise)
        codes, today = self._office.codes, work.now.day
        if codes.get("biz_type", order.biz_type, today) is None:
            raise _biz_type(order.biz_type)
        if codes.get("customs", order.customs, today) is None:
            raise NotAllowed(
                "P301.01",
                "customs",
                f"关区 customs {order.customs} 不存在",
                f"customs: {order.customs} is no district in force",
                found=order.customs,
            )
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
                "amount": money(amount),
                "biz_type": order.biz_type,
                "biz_no": order.biz_no,
                "oriact_no": order.oriact_no,
                "oriact_valid_until": order.oriact_valid,
            },
        )
        return Issued(levy_no=number, amount=amount)

    async def reissue(self, number: str, amount: str, *, by: Actor | None = None) -> Issued:
        """The levy anew with another amount (P301.07): next generation, to be confirmed again."""
        wanted = positive("P301.07", "amount", amount)

        def issue_again(work: Work) -> Issued:
            register = self._register(work, levies=[number])
            levy = self._levy(register, number)
            delta = fen(wanted) - levy.levied
            if -delta > levy.open:
                least = money(decimal(levy.levied - levy.open))
                raise NotAllowed(
                    "P301.07",
                    "amount",
                    f"征收单 {number} 已担保 {least} 元, 不能低于此金额, 请办理退还",
                    f"{number}: {least} is secured already; refund instead",
                    found=amount,
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
                before={"amount": money(decimal(levy.levied)), "change_no": levy.change_no},
                after={"amount": money(wanted), "change_no": after.change_no},
            )
            return Issued(
                levy_no=number, amount=wanted, change_no=after.change_no, version=levy.version + 1
            )

        return await self._office.perform(issue_again, by=by)

    async def take_back(self, number: str, *, by: Actor | None = None) -> Issued:
        """撤销: only while nothing is secured (P301.07); GRT302 with levyBlStucd 3 (K27)."""

        def withdraw(work: Work) -> Issued:
            register = self._register(work, levies=[number])
            levy = self._levy(register, number)
            if levy.amounts.secured:
                raise NotAllowed(
                    "P301.07",
                    "levy_no",
                    f"征收单 {number} 已担保 {money(decimal(levy.amounts.secured))} 元, 不能撤销",
                    f"{number} is secured; it cannot be taken back",
                    found=number,
                )
            lines = register.books.post(Event.TAKEN_BACK, levy.open, ref=number, levy=number)
            register.books.change_levy(number, deadline=0)
            Pushes(work, register).levy(number, lines)
            work.note(
                "take_back",
                number,
                before={"open": money(decimal(levy.open))},
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
        """Ask for a 总担保 (P301.08): a new one, or ``number`` larger or longer. GRT301."""
        if amount and (
            (found := amount_of(amount)) is None or found <= 0 or found != found.to_integral_value()
        ):
            raise NotAllowed(
                "P301.08",
                "amount",
                f"总担保金额 amount 应为大于 0 的整数元, 现为“{amount}”",
                "amount: wanted a whole number of 元 above 0",
                found=amount,
            )
        until = f"{valid_until} 00:00:00" if valid_until else ""

        def ask(work: Work) -> None:
            register = self._register(work, guarantees=[number], enterprises=[enterprise])
            owner = _enterprise(register, enterprise)
            if valid_until and date.fromisoformat(valid_until) <= work.now.day:
                raise NotAllowed(
                    "P301.08",
                    "valid_until",
                    f"有效期 valid_until 应晚于 {work.now.day}, 现为 {valid_until}",
                    f"valid_until: wanted a day after {work.now.day}",
                    found=valid_until,
                )
            pushes = Pushes(work, register)
            work.note(
                "ask_guarantee",
                number or enterprise,
                after={"enterprise": enterprise, "amount": amount, "valid_until": valid_until},
            )
            if not number:
                document = documents.asked_guarantee(
                    owner, work.now, amount=_whole(amount), valid_until=until
                )
                pushes.asked_guarantee(document, enterprise, work.blocks.draw(REQUEST))
                return
            row = register.books.guarantee(number)
            if row is None or row.enterprise != enterprise:
                raise unknown("gasr_no", number, "总担保", "guarantee")
            if row.mode == CASH or row.status == CLOSED:
                rule, zh = (
                    ("C101.02", "总担保为保证金的不能变更")
                    if row.mode == CASH
                    else ("C101.03", "总担保已结案")
                )
                raise NotAllowed(
                    rule, "gasr_no", f"{zh}: {number}", f"{number} cannot be changed", found=number
                )
            version = row.version + 1
            document = documents.asked_change(
                register.documents[number] | row.amounts.wire(),
                work.now,
                change_no=row.change_no + 1,
                version=version,
                amount=_whole(amount) if amount else "",
                valid_until=until,
            )
            pushes.asked_guarantee(document, number, row.change_no + 1, version)
            register.books.change_guarantee(number, version=version)

        await self._office.perform(ask, by=by)

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
            )
        return levy


def positive(rule: str, field: str, text: str) -> Decimal:
    """An amount in 元 above 0 with at most 2 decimals; NotAllowed otherwise."""
    found = amount_of(text)
    if (
        found is None
        or found <= 0
        or found != found.quantize(Decimal("0.01"))
        or found >= Decimal(10) ** 15
    ):
        raise NotAllowed(
            rule,
            field,
            f"金额 {field} 应大于 0, 至多两位小数, 现为“{text}”",
            f"{field}: wanted an amount above 0 with at most 2 decimals",
            found=text,
        )
    return found


def _enterprise(register: Register, code: str) -> Enterprise:
    try:
        return register.enterprise(code)
    except KeyError:
        raise NotAllowed(
            "P301.01",
            "enterprise",
            f"企业 enterprise {code} 未在海关备案",
            f"enterprise: {code} is not registered with customs",
            found=code,
        ) from None


def _biz_type(found: str) -> NotAllowed:
    known = ", ".join(f"{code} {step.name}" for code, step in BUSINESS_STEPS.items())
    return NotAllowed(
        "P301.01",
        "biz_type",
        f"业务环节 biz_type 应为 {known}, 现为“{found}”",
        "biz_type: wanted 1 to 7",
        found=found,
    )


def _whole(amount: str) -> str:
    return str(int(Decimal(amount))) if amount else "0"


FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessStep:
    """One bizTypecd: its name, and the share of the basis amount that must be secured."""

    name: str
    share: Decimal


BUSINESS_STEPS: Mapping[str, BusinessStep] = {
    "1": BusinessStep(name="账册设立/变更", share=Decimal(1)),
    "2": BusinessStep(name="手册设立/变更", share=Decimal(1)),
    "3": BusinessStep(name="余料结转", share=Decimal(1)),
    "4": BusinessStep(name="外发加工", share=Decimal(1)),
    "5": BusinessStep(name="单耗管理", share=Decimal(0)),
    "6": BusinessStep(name="集中内销", share=Decimal(1)),
    "7": BusinessStep(name="其他", share=Decimal(1)),
}
"""By bizTypecd (code list biz_type). 单耗管理 questions a rate of use and raises nothing of
itself."""


def raised(biz_type: str, basis: Decimal) -> Decimal:
    """What the step levies on ``basis``, 元 rounded to 分; 0: no levy."""
    return (BUSINESS_STEPS[biz_type].share * basis).quantize(FEN, ROUND_HALF_UP)
