"""The lists that the manual begins a form with (M1.1, M1.3 to M1.5, M3.2, M4, M5): which rows stand
there, what is shown of them, and what the button of each does. A table; reads nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from gateway.base.web.addresses import segment
from gateway.base.web.pages.text import Words
from gateway.portal.page import HOME
from gateway.portal.screens import CHANGES, GUARANTEE_NO, LEVY_NO, STATUS, Column, Kind, field
from gateway.queries.shapes import DeclarationOut
from handlers.lifecycle import Status
from schemas.body import amount_of
from schemas.money import money_text

OWED = (Status.PENDING, Status.DRAFT, Status.RETURNED, Status.REFUSED)
"""Statuses in which a levy waits for its confirmation; in this order they stand in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """The button of a row. ``href`` empty: it is closed, and ``why`` says for what reason; else
    ``why`` is what to know before."""

    words: Words
    href: str = ""
    why: Words = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One list.

    Attributes:
        path: Below ``/portal``.
        message_type: Of the rows.
        kind: Kind of filing that a row is.
        statuses: Those of the rows, in the order in which they stand.
        fits: Returns whether a row stands in it.
        button: Returns what can be done with a row.
    """

    path: str
    words: Words
    message_type: str
    kind: str
    statuses: tuple[Status, ...]
    columns: tuple[Column, ...]
    button: Callable[[DeclarationOut], Button]
    empty: Words
    note: Words = ("", "")
    fits: Callable[[DeclarationOut], bool] = lambda row: True


def refundable(row: DeclarationOut) -> str:
    """Return what can be paid back or released of a levy or a guarantee, as far as the register
    shows it; empty where that is nothing."""
    if row.message_type == "GRT101":
        return row.fields.get("avalGasrAmt", "")
    left = _amount(row, "actlvyAmt") - _amount(row, "alrdyRtnbkAmt") - _amount(row, "alrdyCrdwAmt")
    return money_text(left) if left > 0 else ""


def owed(row: DeclarationOut) -> str:
    """Return what is still to be paid of a levy; empty where that is nothing."""
    left = _amount(row, "levyBlAmt") - _amount(row, "actlvyAmt")
    return money_text(left) if left > 0 else ""


def single_letter(row: DeclarationOut) -> bool:
    """Return whether a levy is secured by a letter of its own."""
    return (row.fields.get("gurTypecd"), row.fields.get("gurModecd")) == ("2", "2")


def single_cash(row: DeclarationOut) -> bool:
    """Return whether a levy is secured by cash of its own."""
    return (row.fields.get("gurTypecd"), row.fields.get("gurModecd")) == ("2", "1")


def _amount(row: DeclarationOut, name: str) -> Decimal:
    return amount_of(row.fields.get(name) or "0") or Decimal(0)


def _change(row: DeclarationOut) -> Button:
    offer = next((each for each in row.actions if each.action == "change"), None)
    words = "变更登记", "Register a change"
    if offer is None or not offer.enabled:
        why = (offer.reason_zh or "", offer.reason_en or "") if offer else ("", "")
        return Button(words=words, why=why)
    return Button(words=words, href=f"{HOME}/guarantees/change?of={_number(row)}")


def _confirm(row: DeclarationOut) -> Button:
    if row.status == Status.PENDING.value:
        return Button(words=("确认", "Confirm"), href=f"{HOME}/levies/{_number(row)}/confirm")
    return Button(words=("修改", "Correct"), href=f"{HOME}/declarations/{segment(row.seq_no)}/edit")


def _refund_levy(row: DeclarationOut) -> Button:
    href = f"{HOME}/refunds/new?of={_number(row)}"
    if single_letter(row):
        why = "单票保函海关将自动退单", "customs return it by themselves: a single letter"
        return Button(words=("仍要申请", "Apply all the same"), href=href, why=why)
    return Button(words=("退还申请", "Apply for a refund"), href=href)


def _refund_guarantee(row: DeclarationOut) -> Button:
    if row.fields.get("gurModecd") == "2":
        why = "总担保保函不退还, 请办理变更", "a letter is not refunded: change it"
        return Button(
            words=("办理变更", "Change it"),
            href=f"{HOME}/guarantees/change?of={_number(row)}",
            why=why,
        )
    return Button(
        words=("退还申请", "Apply for a refund"), href=f"{HOME}/refunds/new?of={_number(row)}"
    )


def _carry(row: DeclarationOut) -> Button:
    words = "结转申请", "Apply for a carry-over"
    if not refundable(row):
        return Button(words=words, why=("没有可结转的金额", "nothing is left to be carried over"))
    return Button(words=words, href=f"{HOME}/refunds/carry?of={_number(row)}")


def _number(row: DeclarationOut) -> str:
    return segment(row.business_no or "")


MODE = field("gurModecd", "担保方式", "Mode", Kind.CODE, codes="gur_mode")
LEVY_TYPE = field("gurTypecd", "担保类型", "Type", Kind.CODE, codes="gur_type")
BUSINESS = field("bizBlsNo", "业务编号", "Business no.", Kind.NUMBER)
LEFT = Column(words=("可退", "Refundable"), of=refundable, kind=Kind.MONEY)
PAID = (
    field("actlvyAmt", "实征", "Paid", Kind.MONEY),
    field("alrdyRtnbkAmt", "已退", "Refunded", Kind.MONEY),
    field("alrdyCrdwAmt", "已结转", "Carried over", Kind.MONEY),
)
NO_GUARANTEE = "没有审批通过的总担保。", "No guarantee is approved."
NO_LEVY = "没有审批通过的征收单。", "No levy is approved."

TASKS: tuple[Task, ...] = (
    Task(
        path="/guarantees/change",
        words=("总担保变更登记", "Change a guarantee"),
        message_type="GRT101",
        kind="setup",
        statuses=(Status.APPROVED,),
        columns=(
            GUARANTEE_NO,
            MODE,
            field("gasrAmt", "金额", "Limit", Kind.MONEY),
            field("usedGasrAmt", "已用", "Used", Kind.MONEY),
            field("avalGasrAmt", "可用", "Available", Kind.MONEY),
            field("ltguaValidDate", "有效期", "Valid until", Kind.UNTIL),
            CHANGES,
            STATUS,
        ),
        button=_change,
        empty=NO_GUARANTEE,
    ),
    Task(
        path="/levies/confirm",
        words=("保证金确认", "Confirm a levy"),
        message_type="GRT111",
        kind="confirmation",
        statuses=OWED,
        columns=(
            LEVY_NO,
            BUSINESS,
            LEVY_TYPE,
            MODE,
            field("bizTypecd", "业务环节", "Business", Kind.CODE, codes="biz_type"),
            field("levyBlAmt", "金额", "Amount", Kind.MONEY),
            field("levyBlGenrtDate", "日期", "Date", Kind.SINCE),
            STATUS,
            CHANGES,
            field("dpstPmnDeadline", "缴款期限", "Pay by", Kind.UNTIL),
        ),
        button=_confirm,
        empty=(
            "没有待确认的征收单。海关下发征收单后, 它会出现在这里。",
            "No levy waits. One appears here as soon as customs issue it.",
        ),
    ),
    Task(
        path="/refunds/new",
        words=("保证金退还", "Refund of a levy"),
        message_type="GRT111",
        kind="confirmation",
        statuses=(Status.APPROVED,),
        columns=(LEVY_NO, BUSINESS, LEVY_TYPE, MODE, *PAID, LEFT, STATUS),
        button=_refund_levy,
        empty=NO_LEVY,
        note=(
            "退还不改变征收单的状态; 进度见该行下的退还申请。",
            "A refund never moves the status of the levy; its way is told by the line below it.",
        ),
    ),
    Task(
        path="/refunds/guarantees",
        words=("总担保退还", "Refund of a guarantee"),
        message_type="GRT101",
        kind="setup",
        statuses=(Status.APPROVED,),
        columns=(
            GUARANTEE_NO,
            MODE,
            field("gasrAmt", "额度", "Limit", Kind.MONEY),
            field("usedGasrAmt", "已用", "Used", Kind.MONEY),
            field("alrdyRtnbkGasrAmt", "已退还", "Returned", Kind.MONEY),
            LEFT,
            STATUS,
        ),
        button=_refund_guarantee,
        empty=NO_GUARANTEE,
    ),
    Task(
        path="/refunds/carry",
        words=("结转", "Carry-over"),
        message_type="GRT111",
        kind="confirmation",
        statuses=(Status.APPROVED,),
        columns=(LEVY_NO, BUSINESS, *PAID, LEFT, STATUS),
        button=_carry,
        empty=("没有以保证金缴纳的征收单。", "No levy is paid in cash."),
        fits=single_cash,
    ),
)
