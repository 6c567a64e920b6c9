"""Closing (结案, ``docs/rules.md`` K28): a guarantee or a levy is done with, and its quota or
letter goes back."""

from __future__ import annotations

from customs_sim.desk.refusal import NotAllowed, unknown
from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register
from customs_sim.ledger.movements import Movement
from customs_sim.ledger.postings import Event
from customs_sim.ledger.rows import Guarantee, Levy
from customs_sim.office.work import Work
from customs_sim.rules.register import CLOSED
from schemas.guarantee import LETTER
from schemas.money import decimal, money_text

RULE = "K28"


def is_closed(row: Guarantee | Levy) -> bool:
    """Return whether a register is done with."""
    return row.status == CLOSED if isinstance(row, Guarantee) else bool(row.closed)


def close(work: Work, register: Register, number: str, ref: str) -> None:
    """Close the guarantee or levy ``number`` and tell the enterprise (GRT302). Raise NotAllowed
    when it cannot be closed yet."""
    if register.books.guarantee(number):
        _guarantee(work, register, number, ref)
    elif register.books.levy(number):
        _levy(work, register, number, ref)
    else:
        raise unknown("seq_no", number, "总担保或征收单", "guarantee or levy")


def _guarantee(work: Work, register: Register, number: str, ref: str) -> None:
    guarantee = register.books.guarantee(number)
    assert guarantee is not None
    if guarantee.status == CLOSED:
        raise NotAllowed(
            RULE,
            "seq_no",
            f"总担保 {number} 已结案",
            f"guarantee {number} is closed already",
            hint_zh="无需再结案",
            hint_en="nothing is left to do",
        )
    if guarantee.used:
        used = money_text(decimal(guarantee.used))
        raise NotAllowed(
            RULE,
            "seq_no",
            f"总担保 {number} 已用额度 {used} 元, 不能结案",
            f"guarantee {number}: {used} of it is used",
            hint_zh="请先结案或退还占用额度的征收单",
            hint_en="close or refund the levies that use it first",
        )
    lines: tuple[Movement, ...] = ()
    if guarantee.mode == LETTER and guarantee.limit:
        lines = register.books.post(Event.CLOSED, guarantee.limit, ref=ref, guarantee=number)
    register.books.change_guarantee(number, status=CLOSED)
    Pushes(work, register).guarantee(number, lines)


def _levy(work: Work, register: Register, number: str, ref: str) -> None:
    books = register.books
    levy = books.levy(number)
    assert levy is not None
    if levy.closed or levy.taken_back:
        raise NotAllowed(
            RULE,
            "seq_no",
            f"征收单 {number} {'已结案' if levy.closed else '已撤销'}",
            f"levy {number} is {'closed' if levy.closed else 'taken back'} already",
            hint_zh="无需再结案",
            hint_en="nothing is left to do",
        )
    if levy.open or not levy.confirmed:
        missing = money_text(decimal(levy.open))
        raise NotAllowed(
            RULE,
            "seq_no",
            f"征收单 {number} 未确认或未缴 {missing} 元, 不能结案",
            f"levy {number} is not confirmed, or {missing} is still to be secured",
            hint_zh="请待企业确认并缴清或担保后再结案, 或撤销征收单",
            hint_en="close it when the enterprise has confirmed and secured it, or take it back",
        )
    lines: tuple[Movement, ...] = ()
    guarantee = levy.gasr_no if levy.quota else ""
    if levy.paper:
        lines = books.post(Event.LETTER_RETURNED, levy.paper, ref=ref, levy=number)
    if levy.quota:
        lines += books.post(Event.RELEASED, levy.quota, ref=ref, guarantee=guarantee, levy=number)
    books.change_levy(number, closed=1)
    pushes = Pushes(work, register)
    pushes.levy(number, lines)
    if guarantee:
        pushes.guarantee(guarantee, lines)
