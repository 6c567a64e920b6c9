"""The rules of a GRT121 that need no register (``docs/rules.md`` 2.4, 2.8). Pure."""

from __future__ import annotations

from handlers.contract import Breach, Context, Filing, Rule, Where
from handlers.grt.rows import (
    amount,
    as_registered,
    is_zero,
    may_act,
    one_of,
    operator_authorised,
    required,
    system_named,
    value_is,
)
from schemas.body import amount_of
from schemas.guarantee import CARRY_OVER, GENERAL, REFUND, SINGLE
from schemas.identifiers import is_guarantee_no, is_levy_no

TARGET = "GrtCrdwInDt"
"""The receiving levy of a carry-over; ours, because the body has no element for it (K1)."""


_TYPE = ("gurTypecd",)


_KIND = ("rtnbkCrdwTypecd",)


def of_guarantee(filing: Filing) -> bool:
    """Return whether gurNo is a 总担保."""
    return filing.body.text("gurTypecd") == GENERAL


def of_levy(filing: Filing) -> bool:
    """Return whether gurNo is a levy."""
    return filing.body.text("gurTypecd") == SINGLE


def is_carry_over(filing: Filing) -> bool:
    """Return whether it carries money over to another levy."""
    return filing.body.text("rtnbkCrdwTypecd") == CARRY_OVER


def is_refund(filing: Filing) -> bool:
    """Return whether it asks for money back."""
    return filing.body.text("rtnbkCrdwTypecd") == REFUND


def _misfit(filing: Filing, _: Context) -> Breach | None:
    """Compare gurTypecd with the form of the number. One of another form is left to R121.02."""
    number = filing.body.text("gurNo")
    if of_guarantee(filing) and is_levy_no(number):
        return Breach(found=number, wanted=SINGLE)
    if of_levy(filing) and is_guarantee_no(number):
        return Breach(found=number, wanted=GENERAL)
    return None


def _nil(filing: Filing, _: Context) -> Breach | None:
    """Find a gurNo without a value, which may be nil; one that is not there is the schema's."""
    return Breach() if filing.body.fields.get("gurNo") == "" else None


def _targets(filing: Filing, _: Context) -> Breach | None:
    rows = filing.parts.get(TARGET, ())
    if is_carry_over(filing) and len(rows) != 1:
        return Breach(
            found=str(len(rows)), wanted="1", part=TARGET if rows else "", row=1 if rows else 0
        )
    return None


def _surplus(filing: Filing, _: Context) -> Breach | None:
    rows = filing.parts.get(TARGET, ())
    return (
        Breach(found=str(len(rows)), wanted="0", part=TARGET)
        if rows and is_refund(filing)
        else None
    )


def _other_amount(filing: Filing, _: Context) -> Breach | None:
    rows = filing.parts.get(TARGET, ())
    if not is_carry_over(filing) or len(rows) != 1:
        return None
    carried, asked = rows[0].get("crdwAmt") or "", filing.body.text("rtnbkCrdwAmt")
    return (
        None
        if not asked or amount_of(carried) == amount_of(asked)
        else Breach(found=carried, wanted=asked, part=TARGET)
    )


RULES: tuple[Rule, ...] = (
    may_act(),
    operator_authorised(),
    system_named(),
    *as_registered(credit_code=None),
    value_is(
        "X.04",
        "assuredEtpsno",
        bool,
        on_draft=True,
        source="M4",
        zh="被担保单位海关编码必填, 现为空",
        en="the assured enterprise's code is required; found nothing",
        hint_zh="请填写本企业 10 位海关编码",
        hint_en="write the enterprise's code of 10 characters",
    ),
    Rule(
        id="R121.02",
        where=Where.REFUSE,
        field="gurNo",
        check=_nil,
        source="M1.4",
        zh="担保编号必填, 现为空",
        en="the guarantee number is required; found nothing",
        hint_zh="请填写征收单编号或总担保编号",
        hint_en="write the number of the levy bill or the general guarantee",
    ),
    *one_of(
        "R121.01",
        "gurTypecd",
        (GENERAL, SINGLE),
        source="dom 0.3",
        zh="担保类型应为 1 总担保或 2 征收单, 填报“{f}”",
        en='the guarantee type must be 1 general guarantee or 2 levy bill; found "{f}"',
        hint_zh="退总担保请填写 1, 退转征收单请填写 2",
        hint_en="write 1 for a general guarantee, 2 for a levy bill",
    ),
    Rule(
        id="R121.01",
        where=Where.REFUSE,
        field="gurTypecd",
        check=_misfit,
        needs=("gurNo",),
        source="dom 0.3",
        zh="担保类型与担保编号 {f} 不符, 应为 {w}",
        en="the guarantee type does not fit number {f}; wanted {w}",
        hint_zh="请填写 {w}, 或改正担保编号",
        hint_en="write {w}, or correct the number",
    ),
    *one_of(
        "R121.03",
        "rtnbkCrdwTypecd",
        (REFUND, CARRY_OVER),
        source="M6.3",
        zh="退还结转类型应为 1 退还或 2 结转, 填报“{f}”",
        en='the kind must be 1 refund or 2 carry-over; found "{f}"',
        hint_zh="退还请填写 1, 结转请填写 2",
        hint_en="write 1 for a refund, 2 for a carry-over",
    ),
    amount("rtnbkCrdwAmt", positive=False),
    value_is(
        "R121.04",
        "rtnbkCrdwAmt",
        lambda value: not is_zero(value),
        source="M5.1",
        zh="退还结转金额应大于 0, 填报“{f}”",
        en='the amount must be greater than 0; found "{f}"',
        hint_zh="请填写大于 0 的金额, 单位元, 如 50000.00",
        hint_en="write an amount in yuan above 0, such as 50000.00",
    ),
    required(
        "R121.05",
        "rtnbkCrdwRsnDesc",
        source="M1.4-3",
        zh="退还理由必填, 现为空",
        en="the reason is required; found nothing",
        hint_zh="请填写退还或结转的理由",
        hint_en="write why the amount is to be refunded or carried over",
    ),
    Rule(
        id="R121.14",
        where=Where.REFUSE,
        field=TARGET,
        check=_targets,
        needs=_KIND,
        source="inf",
        zh="结转必须填写转入征收单, 现有 {f} 个, 应为 {w} 个",
        en="a carry-over needs {w} receiving levy; found {f}",
        hint_zh="请在 GrtRtnbkCrdwDt 之后填写一个 GrtCrdwInDt",
        hint_en="write one GrtCrdwInDt after GrtRtnbkCrdwDt",
    ),
    Rule(
        id="R121.14",
        where=Where.REFUSE,
        field=TARGET,
        check=_surplus,
        needs=_KIND,
        source="inf",
        zh="退还不填转入征收单, 现有 {f} 个",
        en="a refund has no receiving levy; found {f}",
        hint_zh="请删除 GrtCrdwInDt, 或把类型改为 2 结转",
        hint_en="remove GrtCrdwInDt, or set rtnbkCrdwTypecd to 2 (carry-over)",
    ),
    Rule(
        id="R121.14",
        where=Where.REFUSE,
        field="crdwAmt",
        check=_other_amount,
        needs=(*_KIND, "rtnbkCrdwAmt"),
        source="inf",
        zh="转入金额与结转金额不同: 填报“{f}”, 结转金额为“{w}”",
        en='the amount carried over differs: found "{f}", the application says "{w}"',
        hint_zh="请填写 {w}",
        hint_en="write {w}",
    ),
)
"""What the gateway owns of ``docs/rules.md`` 2.4 and 2.8 without a register. The body may leave the
assured enterprise nil: X.04 then asks for its code; its name customs have."""
