"""The three query screens of the manual (``docs/rules.md`` M6) as tables: which filters, which
columns. A message type with a query and no row here gets the columns that all filings have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gateway.base.web.pages.text import Words
from gateway.queries.shapes import DeclarationOut


class Kind(StrEnum):
    """How a cell is shown."""

    TEXT = "text"
    NUMBER = "number"
    """A number of a document: in a face of even width."""
    LINK = "link"
    """A number that leads to the filing."""
    MONEY = "money"
    DAY = "day"
    CODE = "code"
    STATUS = "status"
    OPEN = "open"
    """The change that is under way."""
    BAR = "bar"
    """How much of a guarantee is used."""
    UNTIL = "until"
    """A day, and how many are left to it."""
    SINCE = "since"
    """A day, and how long ago it was."""
    OPINION = "opinion"
    """What customs said last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        words: Its heading.
        of: Returns the value of a row as the wire has it; empty for none.
        codes: The code list that names the value; empty for none.
        sort: What the list is sorted by at its heading; empty where it cannot be.
    """

    words: Words
    of: Callable[[DeclarationOut], str]
    kind: Kind = Kind.TEXT
    codes: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A filter by a code. ``name`` is the parameter of the address, as the API has it."""

    name: str
    words: Words
    codes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One query screen."""

    choices: tuple[Choice, ...] = ()
    columns: tuple[Column, ...]
    empty: Words


def field(name: str, zh: str, en: str, kind: Kind = Kind.TEXT, *, codes: str = "") -> Column:
    """Return the column of one element of the document."""
    return Column(
        words=(zh, en), of=lambda row: row.fields.get(name, ""), kind=kind, codes=codes, sort=name
    )


def _number(row: DeclarationOut) -> str:
    return row.business_no or ""


def business_no(zh: str, en: str, kind: Kind = Kind.NUMBER) -> Column:
    """Return the column of the number under which customs keep it."""
    return Column(
        words=(zh, en), of=lambda row: row.business_no or "", kind=kind, sort="business_no"
    )


BUSINESS_NO = "业务编号", "Business no."
SEQ_NO = Column(
    words=("统一编号", "SeqNo"), of=lambda row: row.seq_no, kind=Kind.LINK, sort="seq_no"
)
REFERENCE = Column(
    words=("企业内部编号", "Own reference"),
    of=lambda row: row.enterprise_ref,
    kind=Kind.NUMBER,
    sort="enterprise_ref",
)
STATUS = Column(
    words=("状态", "Status"), of=lambda row: row.status, kind=Kind.STATUS, sort="status"
)
CHANGES = Column(
    words=("变更次数", "Change no."),
    of=lambda row: str(row.change_no),
    kind=Kind.NUMBER,
    sort="change_no",
)
LEVY_NO = business_no("征收单编号", "Levy no.", Kind.LINK)
GUARANTEE_NO = business_no("总担保编号", "Guarantee no.")
MODE = Choice(name="mode", words=("担保方式", "Mode"), codes="gur_mode")
NOTHING = "没有符合条件的单证。", "Nothing fits."

SCREENS: dict[str, Screen] = {
    "levies": Screen(
        choices=(MODE,),
        columns=(
            LEVY_NO,
            field("bizBlsNo", *BUSINESS_NO, Kind.NUMBER),
            field("gurTypecd", "担保类型", "Type", Kind.CODE, codes="gur_type"),
            field("gurModecd", "担保方式", "Mode", Kind.CODE, codes="gur_mode"),
            field("bizTypecd", "业务环节", "Business", Kind.CODE, codes="biz_type"),
            field("levyBlAmt", "应征", "Levied", Kind.MONEY),
            field("actlvyAmt", "实征", "Paid", Kind.MONEY),
            field("alrdyRtnbkAmt", "已退", "Refunded", Kind.MONEY),
            field("alrdyCrdwAmt", "已结转", "Carried over", Kind.MONEY),
            field("levyBlGenrtDate", "日期", "Date", Kind.DAY),
            STATUS,
            Column(
                words=("缴款", "Payment"),
                of=lambda row: row.payment or "",
                kind=Kind.CODE,
                codes="levy_status",
                sort="payment",
            ),
            field("dpstPmnDeadline", "缴款期限", "Pay by", Kind.UNTIL),
            CHANGES,
        ),
        empty=(
            "没有符合条件的征收单。海关下发征收单后, 它会以“待确认”出现在这里。",
            "No levy fits. One appears here, awaiting confirmation, when customs issues it.",
        ),
    ),
    "guarantees": Screen(
        choices=(MODE,),
        columns=(
            GUARANTEE_NO,
            SEQ_NO,
            REFERENCE,
            field("gurModecd", "担保方式", "Mode", Kind.CODE, codes="gur_mode"),
            field("ltguaNo", "保函编号", "Letter no.", Kind.NUMBER),
            field("gasrAmt", "额度", "Limit", Kind.MONEY),
            field("usedGasrAmt", "已用", "Used", Kind.MONEY),
            field("avalGasrAmt", "可用", "Available", Kind.MONEY),
            field("alrdyRtnbkGasrAmt", "已退还", "Returned", Kind.MONEY),
            Column(
                words=("已用比例", "Used share"),
                of=lambda row: row.business_no or "",
                kind=Kind.BAR,
            ),
            field("ltguaValidDate", "保函有效期", "Valid until", Kind.UNTIL),
            STATUS,
            CHANGES,
            Column(words=("在途变更", "Open change"), of=lambda row: _open(row), kind=Kind.OPEN),
        ),
        empty=(
            "没有符合条件的总担保。“待确认”只在海关要求设立或变更总担保时出现。",
            "No guarantee fits. One awaits confirmation only when customs asked for it.",
        ),
    ),
    "refunds": Screen(
        choices=(
            Choice(name="type", words=("担保类型", "Type"), codes="gur_type"),
            Choice(name="kind", words=("退转类型", "Kind"), codes="refund_kind"),
        ),
        columns=(
            business_no("退转单编号", "Refund no."),
            SEQ_NO,
            field("gurNo", "担保编号", "Guarantee or levy", Kind.NUMBER),
            field("gurTypecd", "担保类型", "Type", Kind.CODE, codes="gur_type"),
            field("rtnbkCrdwTypecd", "退转类型", "Kind", Kind.CODE, codes="refund_kind"),
            field("rtnbkCrdwAmt", "金额", "Amount", Kind.MONEY),
            field("rtnbkCrdwRsnDesc", "理由", "Reason"),
            field("applyDate", "申请日期", "Applied", Kind.DAY),
            STATUS,
            Column(
                words=("海关意见", "What customs says"),
                of=lambda row: row.seq_no,
                kind=Kind.OPINION,
            ),
        ),
        empty=("没有符合条件的退还或结转申请。", "No refund and no carry-over fits."),
    ),
}
"""The name of a query, as the API has it, to its screen."""

USUAL = Screen(
    columns=(business_no(*BUSINESS_NO), SEQ_NO, REFERENCE, STATUS, CHANGES), empty=NOTHING
)


def _open(row: DeclarationOut) -> str:
    return "" if row.open_filing is None else str(row.open_filing["seq_no"])
