"""Rules that every message type shares (``docs/rules.md`` 2.4) and the shapes that rule tables are
written in.

Owns X.01 to X.04 and X.09; X.05 and X.06 need the store, X.07 is in ``handlers.grt.register_rows``,
X.08 and X.11 are customs', X.10 is intake's. Every function here returns rows, and the rows are
pure. Texts may use {f}, {w} and {label}; a value from the message never goes into a text itself,
because texts are formatted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypedDict, Unpack

from handlers.contract import Breach, Context, Filing, Rule, Where

When = Callable[[Filing], bool]
"""Whether a row concerns this filing at all."""

SYSTEM = "B2"
"""SysId of the guarantee system (``docs/wire.md`` 0.5)."""

ACCOUNT = re.compile(r"[0-9-]{6,32}")
"""A bank account, as far as anybody can tell."""

_WHOLE = re.compile(r"[0-9]+")
_MONEY = re.compile(r"[0-9]+(\.[0-9]{1,2})?")


class Texts(TypedDict):
    """What a row says: what is wrong, the next step, and where the rule comes from."""

    zh: str
    en: str
    hint_zh: str
    hint_en: str
    source: str


def always(_: Filing) -> bool:
    """Return True: a rule that concerns every filing."""
    return True


def is_filled(value: str) -> bool:
    """Return whether there is more than spaces."""
    return bool(value.strip())


def is_account(value: str) -> bool:
    """Return whether it has the form of a bank account."""
    return ACCOUNT.fullmatch(value) is not None


def is_empty(value: str) -> bool:
    """Return whether there is no text."""
    return not value


def is_zero(value: str) -> bool:
    """Return whether it is 0 in any number of digits, or empty."""
    return not value.strip("0.")


def value_is(
    id: str,
    field: str,
    sound: Callable[[str], bool],
    *,
    when: When = always,
    where: Where = Where.REFUSE,
    needs: tuple[str, ...] = (),
    on_draft: bool = False,
    **texts: Unpack[Texts],
) -> Rule:
    """Make a rule that the value of ``field`` alone decides. ``sound`` gets its text: empty when
    the element is empty or missing."""

    def check(filing: Filing, _: Context) -> Breach | None:
        value = filing.body.fields.get(field) or ""
        return None if sound(value) or not when(filing) else Breach(found=value)

    return Rule(
        id=id, where=where, field=field, check=check, needs=needs, on_draft=on_draft, **texts
    )


def required(
    id: str, field: str, *, when: When = always, needs: tuple[str, ...] = (), **texts: Unpack[Texts]
) -> Rule:
    """Make the rule that ``field`` must be filled."""
    return value_is(id, field, is_filled, when=when, needs=needs, **texts)


def one_of(
    id: str,
    field: str,
    codes: tuple[str, ...],
    *,
    when: When = always,
    required_when: When | None = None,
    needs: tuple[str, ...] = (),
    **texts: Unpack[Texts],
) -> tuple[Rule, Rule]:
    """Make the rules that ``field`` holds one of ``codes``: one for a value that is none of them,
    and one for no value at all. They are two, because a draft may leave the field empty but may not
    fill it wrongly (X.10).

    Two, because a draft may leave the field empty but may not fill it wrongly (X.10).
    ``required_when`` and ``needs`` narrow the second only."""
    return (
        value_is(
            id, field, lambda value: not value or value in codes, when=when, on_draft=True, **texts
        ),
        value_is(id, field, bool, when=required_when or when, needs=needs, **texts),
    )


def in_rows(
    part: str, breaches: Callable[[Filing, Context], Iterable[tuple[int, Breach]]]
) -> Callable[[Filing, Context], Breach | None]:
    """Return a check about the rows of ``part``: one breach for each row that ``breaches`` names,
    counted from 0."""

    def check(filing: Filing, context: Context) -> Breach | None:
        broken = [replace(breach, part=part, row=row) for row, breach in breaches(filing, context)]
        return replace(broken[0], more=tuple(broken[1:])) if broken else None

    return check


def row_value_is(
    id: str,
    part: str,
    field: str,
    sound: Callable[[str], bool],
    *,
    when: Callable[[Mapping[str, str]], bool] = bool,
    on_draft: bool = False,
    **texts: Unpack[Texts],
) -> Rule:
    """Make a rule that the value of ``field`` decides, in every row of ``part`` that ``when``
    concerns."""

    def breaches(filing: Filing, _: Context) -> Iterable[tuple[int, Breach]]:
        return (
            (at, Breach(found=row.get(field) or ""))
            for at, row in enumerate(filing.parts.get(part, ()))
            if not sound(row.get(field) or "") and when(row)
        )

    return Rule(
        id=id,
        where=Where.REFUSE,
        field=field,
        check=in_rows(part, breaches),
        on_draft=on_draft,
        **texts,
    )


def may_act(field: str = "assuredEtpsno", *, id: str = "X.01") -> Rule:
    """Make the rule X.01. An empty code names nobody: that is the schema's finding, not a 403."""

    def check(filing: Filing, context: Context) -> Breach | None:
        code = filing.body.text(field)
        return Breach(found=code) if code and code not in context.acts_for else None

    return Rule(
        id=id,
        where=Where.FORBID,
        field=field,
        check=check,
        source="M4",
        on_draft=True,
        zh="无权操作企业 {f} 的数据",
        en="no right to act for {f}",
        hint_zh="请填写密钥获授权的企业, 或使用获该企业授权的密钥",
        hint_en="write an enterprise that the key may act for, or use a key for this enterprise",
    )


def operator_authorised(enterprise: str = "assuredEtpsno") -> Rule:
    """Make the rule X.02. It is silent about an enterprise that X.01 or X.04 reports: one finding
    for one cause."""

    def check(filing: Filing, context: Context) -> Breach | None:
        code = filing.body.text(enterprise)
        known = context.enterprises.get(code)
        if (
            known is None
            or code not in context.acts_for
            or filing.operator in ("", code, *known.agents)
        ):
            return None
        return Breach(found=filing.operator, wanted=code)

    return Rule(
        id="X.02",
        where=Where.REFUSE,
        field="OperCusRegCode",
        check=check,
        needs=(enterprise,),
        on_draft=True,
        zh="操作员所属单位 {f} 未获企业 {w} 委托",
        en="the operator's unit {f} is not authorised by {w}",
        hint_zh="请填写 {w} 或其委托的代理单位",
        hint_en="write {w}, or the code of a declarant that it has authorised",
        source="M2, inf",
    )


def system_named() -> Rule:
    """Make the rule X.03. SysId may be left out."""

    def check(filing: Filing, _: Context) -> Breach | None:
        return (
            Breach(found=filing.sys_id, wanted=SYSTEM)
            if filing.sys_id not in ("", SYSTEM)
            else None
        )

    return Rule(
        id="X.03",
        where=Where.WARN,
        field="SysId",
        check=check,
        source="dom 0.5",
        zh="子系统代码应为 {w}, 填报“{f}”",
        en='SysId should be {w}; found "{f}"',
        hint_zh="请填写 {w}",
        hint_en="write {w}",
    )


def as_registered(
    enterprise: str = "assuredEtpsno",
    name: str = "assuredEtpsNm",
    credit_code: str | None = "assuredEtpsSccd",
    *,
    id: str = "X.04",
) -> tuple[Rule, ...]:
    """Make the rules X.04: registered; name and 信用代码 as in the registry. ``credit_code`` None
    for a body without one.

    Silent about an enterprise that X.01 forbids: what a stranger is called is not told here."""

    def unknown(filing: Filing, context: Context) -> Breach | None:
        code = filing.body.text(enterprise)
        return (
            Breach(found=code)
            if code in context.acts_for and code not in context.enterprises
            else None
        )

    def differs(field: str, attribute: str) -> Callable[[Filing, Context], Breach | None]:
        def check(filing: Filing, context: Context) -> Breach | None:
            code, value = filing.body.text(enterprise), filing.body.text(field)
            known = context.enterprises.get(code)
            if not value or known is None or code not in context.acts_for:
                return None
            registered: str = getattr(known, attribute)
            return None if value == registered else Breach(found=value, wanted=registered)

        return check

    rows = [
        Rule(
            id=id,
            where=Where.REFUSE,
            field=enterprise,
            check=unknown,
            source="M3.1, inf",
            on_draft=True,
            zh="被担保单位 {f} 未在海关备案",
            en="enterprise {f} is not registered with customs",
            hint_zh="请核对海关编码, 或先办理备案",
            hint_en="check the code, or have the enterprise registered first",
        ),
        Rule(
            id=id,
            where=Where.REFUSE,
            field=name,
            check=differs(name, "name"),
            source="M3.1, inf",
            needs=(enterprise,),
            on_draft=True,
            zh="被担保单位名称与备案不符: 填报“{f}”, 备案为“{w}”",
            en='the name differs from the registry: found "{f}", registered "{w}"',
            hint_zh="请填写“{w}”",
            hint_en='write "{w}"',
        ),
    ]
    if credit_code is not None:
        rows.append(
            Rule(
                id=id,
                where=Where.REFUSE,
                field=credit_code,
                check=differs(credit_code, "credit_code"),
                source="M3.1, inf",
                needs=(enterprise,),
                on_draft=True,
                zh="被担保单位统一社会信用代码与备案不符: 填报“{f}”, 备案为“{w}”",
                en='the credit code differs from the registry: found "{f}", registered "{w}"',
                hint_zh="请填写 {w}",
                hint_en="write {w}",
            )
        )
    return tuple(rows)


def amount(field: str, *, whole: bool = False, positive: bool = True, when: When = always) -> Rule:
    """Make the rule X.09: an amount that is filled has no sign, separator or exponent, and at most
    2 decimals (``whole``: none).

    What the XSD already refuses reaches the reader under the same id from ``schemas.explain``.
    ``positive`` False where a rule of the message type itself asks for more than 0."""
    sound, texts = _amount(whole, positive)
    return value_is("X.09", field, sound, when=when, on_draft=True, **texts)


def row_amount(part: str, field: str) -> Rule:
    """Make the rule X.09 for an amount in the rows of ``part``; it may be 0."""
    sound, texts = _amount(whole=False, positive=False)
    return row_value_is("X.09", part, field, sound, on_draft=True, **texts)


def _amount(whole: bool, positive: bool) -> tuple[Callable[[str], bool], Texts]:
    form = _WHOLE if whole else _MONEY

    def sound(value: str) -> bool:
        return not value or (
            form.fullmatch(value) is not None and not (positive and is_zero(value))
        )

    zh = ("大于 0 的" if positive else "") + ("整数" if whole else "金额, 最多 2 位小数")
    en = "a whole number of yuan" if whole else "an amount in yuan with at most 2 decimals"
    en += " above 0" if positive else ""
    return sound, Texts(
        source="dom 0.4; 2 decimals inf",
        zh=f"金额格式错误: 填报“{{f}}”, 应为{zh}, 单位元, 不带千分位分隔符",
        en=f'wrong form of an amount: found "{{f}}"; wanted {en}, without separators',
        hint_zh=f"请写成如 {'1000' if whole else '1000.50'} 的形式",
        hint_en=f"write it like {'1000' if whole else '1000.50'}",
    )
