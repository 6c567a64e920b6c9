"""Conditions that several tables of rules share, and the rules that every filing is checked by
(``docs/rules.md`` 2.4). Pure."""

from __future__ import annotations

import re
from datetime import date

from customs_sim.rules.rule import Breach, Check, Condition, Rule, Where

ACCOUNT = re.compile(r"[0-9-]{6,32}")
"""The form of a bank account."""


def one_of(field: str, *codes: str) -> Condition:
    """Return the condition that ``field`` is one of ``codes``."""

    def broken(check: Check) -> Breach | None:
        found = check.body.text(field)
        return None if found in codes else Breach(found, " 或 ".join(codes), " or ".join(codes))

    return broken


def filled(field: str) -> Condition:
    """Return the condition that ``field`` is not empty."""

    def broken(check: Check) -> Breach | None:
        return None if check.text(field) else Breach("", "非空", "a value")

    return broken


def empty(field: str) -> Condition:
    """Return the condition that ``field`` is empty."""

    def broken(check: Check) -> Breach | None:
        return Breach(check.text(field), "空", "nothing") if check.text(field) else None

    return broken


def by_letter(condition: Condition) -> Condition:
    """Return ``condition`` for letters alone."""
    return lambda check: condition(check) if check.body.fields.get("gurModecd") == "2" else None


def by_cash(condition: Condition) -> Condition:
    """Return ``condition`` for cash alone."""
    return lambda check: condition(check) if check.body.fields.get("gurModecd") == "1" else None


def valid_from_tomorrow(check: Check) -> Breach | None:
    """Check that ltguaValidDate is later than today."""
    until = check.body.day("ltguaValidDate")
    good = until is not None and until > check.today
    return (
        None
        if good
        else Breach(
            check.body.text("ltguaValidDate"), f"晚于 {check.today}", f"a day after {check.today}"
        )
    )


def payer(check: Check) -> Breach | None:
    """Check that pmnEtpsno, if given, is registered under pmnEtpsNm."""
    code, name = check.body.text("pmnEtpsno"), check.text("pmnEtpsNm")
    if not code:
        return None
    registered = check.view.enterprises.get(code)
    if registered is None:
        return Breach(code, "海关备案企业", "an enterprise registered with customs")
    return None if registered.name == name else Breach(f"{code} {name}", registered.name)


def letter_used(check: Check) -> Breach | None:
    """Check that the letter secures nothing else. What it secures is named only if it is the
    enterprise's own."""
    letter = check.text("ltguaNo")
    holder = check.view.letters.get(letter) if letter else None
    if not holder or holder in (
        check.body.text("gasrNo") if check.filing.is_change else "",
        check.body.text("dpstLevyBlNo"),
    ):
        return None
    own = check.view.letter_owners.get(letter, check.body.enterprise) == check.body.enterprise
    return (
        Breach(letter, holder) if own else Breach(letter, "其他担保", "another guarantee or levy")
    )


def later(*days: date | None) -> date:
    """Return the latest of the days that are given."""
    return max(day for day in days if day is not None)


def _operator(check: Check) -> Breach | None:
    agents = check.assured.agents if check.assured else frozenset()
    return (
        None
        if check.filing.operator in {check.body.enterprise, *agents}
        else Breach(check.filing.operator, check.body.enterprise)
    )


def _registered(check: Check) -> Breach | None:
    return (
        None
        if check.assured
        else Breach(check.body.enterprise, "海关备案企业", "an enterprise registered with customs")
    )


def registered_as(field: str, attribute: str, *, if_given: bool = False) -> Condition:
    """Return the condition that ``field`` is what the registry has as ``attribute``. ``if_given``:
    it may be empty."""

    def broken(check: Check) -> Breach | None:
        if check.assured is None or (if_given and not check.text(field)):
            return None
        wanted: str = getattr(check.assured, attribute)
        return Breach(check.body.text(field), wanted) if check.text(field) != wanted else None

    return broken


def _stale(check: Check) -> Breach | None:
    current = check.view.generations.get((check.body.enterprise, check.filing.head.reference))
    if current is None or check.body.change_no > current:
        return None
    return Breach(str(check.body.change_no), str(current))


OPERATOR = Rule(
    id="X.02",
    where=Where.NOT_STORED,
    field="OperCusRegCode",
    label="操作单位海关编码",
    broken=_operator,
    source="M2, inferred",
    zh="操作员所属单位 {f} 未获企业 {w} 委托",
    en="operator's unit {f} is not authorised by {w}",
)
REGISTERED = Rule(
    id="X.04",
    where=Where.NOT_STORED,
    field="assuredEtpsno",
    label="被担保企业海关编码",
    broken=_registered,
    source="M3.1, inferred",
    zh="被担保单位 {f} 未在海关备案",
    en="enterprise {f} is not registered",
)
NAMED = Rule(
    id="X.04",
    where=Where.NOT_STORED,
    field="assuredEtpsNm",
    label="被担保企业名称",
    broken=registered_as("assuredEtpsNm", "name"),
    source="M3.1, inferred",
    zh="被担保单位名称与备案不符: {f}, 备案为 {w}",
    en="name differs from registry",
)
CREDIT_CODE = Rule(
    id="X.04",
    where=Where.NOT_STORED,
    field="assuredEtpsSccd",
    label="被担保企业统一社会信用代码",
    broken=registered_as("assuredEtpsSccd", "credit_code"),
    source="M3.1, inferred",
    zh="被担保单位统一社会信用代码与备案不符: {f}, 备案为 {w}",
    en="credit code differs from registry",
)
STALE = Rule(
    id="X.08",
    where=Where.NOT_STORED,
    field="chgTmsCnt",
    label="变更次数",
    broken=_stale,
    source="dom 2.6",
    zh="数据已过期, 填报变更次数 {f}, 海关现有变更次数 {w}",
    en="stale generation; customs holds {w}",
)
ALL: tuple[Rule, ...] = (OPERATOR, REGISTERED, NAMED, CREDIT_CODE, STALE)
"""What every filing is checked by."""
