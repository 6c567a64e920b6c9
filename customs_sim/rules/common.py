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

    def broken(c: Check) -> Breach | None:
        found = c.body.text(field)
        return None if found in codes else Breach(found, " 或 ".join(codes), " or ".join(codes))

    return broken


def filled(field: str) -> Condition:
    """Return the condition that ``field`` is not empty."""

    def broken(c: Check) -> Breach | None:
        return None if c.text(field) else Breach("", "非空", "a value")

    return broken


def empty(field: str) -> Condition:
    """Return the condition that ``field`` is empty."""

    def broken(c: Check) -> Breach | None:
        return Breach(c.text(field), "空", "nothing") if c.text(field) else None

    return broken


def by_letter(condition: Condition) -> Condition:
    """Return ``condition`` for letters alone."""
    return lambda c: condition(c) if c.body.text("gurModecd") == "2" else None


def by_cash(condition: Condition) -> Condition:
    """Return ``condition`` for cash alone."""
    return lambda c: condition(c) if c.body.text("gurModecd") == "1" else None


def valid_from_tomorrow(c: Check) -> Breach | None:
    """Check that ltguaValidDate is later than today."""
    until = c.body.day("ltguaValidDate")
    good = until is not None and until > c.today
    return (
        None
        if good
        else Breach(c.body.text("ltguaValidDate"), f"晚于 {c.today}", f"a day after {c.today}")
    )


def payer(c: Check) -> Breach | None:
    """Check that pmnEtpsno, if given, is registered under pmnEtpsNm."""
    code, name = c.body.text("pmnEtpsno"), c.text("pmnEtpsNm")
    if not code:
        return None
    registered = c.view.enterprises.get(code)
    if registered is None:
        return Breach(code, "海关备案企业", "an enterprise registered with customs")
    return None if registered.name == name else Breach(f"{code} {name}", registered.name)


def letter_used(c: Check) -> Breach | None:
    """Check that the letter secures nothing else. What it secures is named only if it is the
    enterprise's own."""
    letter = c.text("ltguaNo")
    holder = c.view.letters.get(letter) if letter else None
    if not holder or holder in (
        c.body.text("gasrNo") if c.filing.is_change else "",
        c.body.text("dpstLevyBlNo"),
    ):
        return None
    own = c.view.letter_owners.get(letter, c.body.enterprise) == c.body.enterprise
    return (
        Breach(letter, holder) if own else Breach(letter, "其他担保", "another guarantee or levy")
    )


def later(*days: date | None) -> date:
    """Return the latest of the days that are given."""
    return max(day for day in days if day is not None)


def _operator(c: Check) -> Breach | None:
    agents = c.assured.agents if c.assured else frozenset()
    return (
        None
        if c.filing.operator in {c.body.enterprise, *agents}
        else Breach(c.filing.operator, c.body.enterprise)
    )


def _registered(c: Check) -> Breach | None:
    return (
        None
        if c.assured
        else Breach(c.body.enterprise, "海关备案企业", "an enterprise registered with customs")
    )


def registered_as(field: str, attribute: str, *, if_given: bool = False) -> Condition:
    """Return the condition that ``field`` is what the registry has as ``attribute``. ``if_given``:
    it may be empty."""

    def broken(c: Check) -> Breach | None:
        if c.assured is None or (if_given and not c.text(field)):
            return None
        wanted: str = getattr(c.assured, attribute)
        return Breach(c.body.text(field), wanted) if c.text(field) != wanted else None

    return broken


def _stale(c: Check) -> Breach | None:
    current = c.view.generations.get((c.body.enterprise, c.filing.head.reference))
    if current is None or c.body.change_no > current:
        return None
    return Breach(str(c.body.change_no), str(current))


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
