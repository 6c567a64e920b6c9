"""Requests of customs for a 总担保 (``docs/rules.md`` P301.08): a new one, or one that is larger or
longer. GRT301."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from customs_sim.desk.checks import registered
from customs_sim.desk.refusal import NotAllowed, unknown
from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register
from customs_sim.office.office import Office
from customs_sim.office.work import Work
from customs_sim.rules.register import CLOSED
from customs_sim.wire import documents
from schemas.body import amount_of
from schemas.guarantee import CASH

RULE = "P301.08"
REQUEST = "request"
"""The sequence that tells requests for a new 总担保 apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeAsked:
    """What customs asks for.

    Attributes:
        number: The guarantee that is to be changed; empty for a new one.
        amount: Whole 元 above 0, or empty.
        valid_until: yyyy-MM-dd, or empty.
    """

    enterprise: str
    number: str
    amount: str
    valid_until: str

    @property
    def until(self) -> str:
        """Return the last day as the wire has it; empty without one."""
        return f"{self.valid_until} 00:00:00" if self.valid_until else ""


def check_amount(text: str) -> None:
    """Raise NotAllowed unless ``text`` is empty or a whole number of 元 above 0."""
    amount = amount_of(text) if text else Decimal(1)
    if amount is None or amount <= 0 or amount != int(amount):
        raise NotAllowed(
            RULE,
            "amount",
            f"总担保金额 amount 应为大于 0 的整数元, 现为“{text}”",
            "amount: wanted a whole number of yuan above 0",
            found=text,
            hint_zh="请填写整数元, 如 500000, 或留空由企业填写",
            hint_en="write whole yuan like 500000, or leave it to the enterprise",
        )


def ask(office: Office, work: Work, asked: GuaranteeAsked) -> None:
    """Send GRT301 to the enterprise. Raise NotAllowed when a rule forbids the request."""
    register = Register(
        work, office.reader, office.codes, guarantees=[asked.number], enterprises=[asked.enterprise]
    )
    owner = registered(register, asked.enterprise)
    if asked.valid_until and date.fromisoformat(asked.valid_until) <= work.now.day:
        raise NotAllowed(
            RULE,
            "valid_until",
            f"有效期 valid_until 应晚于 {work.now.day}, 现为 {asked.valid_until}",
            f"valid_until: wanted a day after {work.now.day}",
            found=asked.valid_until,
            hint_zh="请填写以后的一天, 或留空由企业填写",
            hint_en="write a later day, or leave it to the enterprise",
        )
    work.note(
        "ask_guarantee",
        asked.number or asked.enterprise,
        after={
            "enterprise": asked.enterprise,
            "amount": asked.amount,
            "valid_until": asked.valid_until,
        },
    )
    if asked.number:
        _ask_change(work, register, asked)
        return
    document = documents.asked_guarantee(
        owner, work.now, amount=_whole(asked.amount) or "0", valid_until=asked.until
    )
    Pushes(work, register).asked_guarantee(document, asked.enterprise, work.blocks.draw(REQUEST))


def _ask_change(work: Work, register: Register, asked: GuaranteeAsked) -> None:
    """Ask for another generation of a guarantee."""
    number = asked.number
    row = register.books.guarantee(number)
    if row is None or row.enterprise != asked.enterprise:
        raise unknown("gasr_no", number, "总担保", "guarantee")
    if row.mode == CASH or row.status == CLOSED:
        rule, zh, en = (
            ("C101.02", "总担保为保证金的不能变更", "is secured in cash and cannot be changed")
            if row.mode == CASH
            else ("C101.03", "总担保已结案", "is closed and cannot be changed")
        )
        raise NotAllowed(
            rule,
            "gasr_no",
            f"{zh}: {number}",
            f"{number} {en}",
            found=number,
            hint_zh="请不写 gasr_no, 要求企业新设一份总担保",
            hint_en="leave gasr_no out: the enterprise is asked for a new guarantee then",
        )
    version, change_no = row.version + 1, row.change_no + 1
    document = documents.asked_change(
        register.documents[number] | row.amounts.wire(),
        work.now,
        change_no=change_no,
        version=version,
        amount=_whole(asked.amount),
        valid_until=asked.until,
    )
    Pushes(work, register).asked_guarantee(document, number, change_no, version)
    register.books.change_guarantee(number, version=version)


def _whole(amount: str) -> str:
    """Return whole 元 without decimals; empty for empty."""
    return str(int(Decimal(amount))) if amount else ""
