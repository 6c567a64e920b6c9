"""Review of a filing: customs' rules as a table, and the one function that runs them. Pure: no store, clock or log.

Written from ``rules.md`` 2.4 and 2.5 without a look at the gateway's rules, so that the two can disagree and be caught.
A rule has a class: CZ (not to be stored, GRT2x1 = Z), C3 (退单, 3), C2 (to a person, 2). Every failed rule of the worst
class yields one note; without any the filing is approved (1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from customs_sim.filing import Filing
from customs_sim.rule import Breach, Check, Condition, RegisterView, Rule, Where
from customs_sim.settings import ReviewSettings
from schemas.guarantee import COUNTER, ELECTRONIC
from schemas.receipts import APPROVED, NOT_TAKEN, RETURNED

ACCOUNT = re.compile(r"[0-9-]{6,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed rule, said in both languages."""

    rule: str
    note: str
    text_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The outcome (manageResult) and every failed rule of the worst class. ``auto``: one of them needs no person."""

    outcome: str
    failures: tuple[Failure, ...] = ()
    auto: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(failure.note for failure in self.failures)

    @property
    def rules(self) -> str:
        """Ids of the failed rules, each once, by comma."""
        return ",".join(dict.fromkeys(failure.rule for failure in self.failures))

    @property
    def forbids(self) -> bool:
        """Whether the outcome bars an approval, also by a person (X.11)."""
        return self.outcome in (NOT_TAKEN, RETURNED)


CLEAN = Review(outcome=APPROVED)


def review(filing: Filing, view: RegisterView, settings: ReviewSettings, today: date) -> Review:
    """Run every rule of the filing's message type. ``today`` is the day in Asia/Shanghai."""
    check = Check(filing, view, settings, today)
    broken = [(rule, breach) for rule in RULES[filing.head.message_type] if (breach := rule.broken(check))]
    if not broken:
        return CLEAN
    worst = next(where for where in Where if any(rule.where is where for rule, _ in broken))
    failed = [(rule, breach) for rule, breach in broken if rule.where is worst]
    return Review(outcome=worst.value, auto=any(rule.auto for rule, _ in failed), failures=tuple(
        Failure(rule=rule.id, note=rule.note(breach), text_en=rule.text_en(breach)) for rule, breach in failed))


# conditions: each answers None when all is well


def _operator(c: Check) -> Breach | None:
    agents = c.assured.agents if c.assured else frozenset()
    return None if c.filing.operator in {c.body.enterprise, *agents} else Breach(c.filing.operator, c.body.enterprise)


def _registered(c: Check) -> Breach | None:
    return None if c.assured else Breach(c.body.enterprise, "海关备案企业", "an enterprise registered with customs")


def _registered_as(field: str, attribute: str) -> Condition:
    def broken(c: Check) -> Breach | None:
        wanted: str = getattr(c.assured, attribute) if c.assured else ""
        return Breach(c.body.text(field), wanted) if c.assured and c.body.text(field).strip() != wanted else None
    return broken


def _stale(c: Check) -> Breach | None:
    held = c.view.generations.get((c.body.enterprise, c.filing.head.reference))
    return None if held is None or c.body.change_no > held else Breach(str(c.body.change_no), str(held))


def _one_of(field: str, *codes: str) -> Condition:
    def broken(c: Check) -> Breach | None:
        found = c.body.text(field)
        return None if found in codes else Breach(found, " 或 ".join(codes), " or ".join(codes))
    return broken


def _no_number(c: Check) -> Breach | None:
    bad = not c.body.is_change and c.body.guarantee_no
    return Breach(c.body.guarantee_no, "空", "nothing") if bad else None


def _no_count(c: Check) -> Breach | None:
    bad = not c.body.is_change and c.body.change_no != 0
    return Breach(str(c.body.change_no), "0") if bad else None


def _district(c: Check) -> Breach | None:
    code = c.body.text("masterCuscd")
    known = c.view.codes.get("customs", code, c.today)
    return None if known else Breach(code, "有效的关区代码", "a customs district in force today")


def _competent(c: Check) -> Breach | None:
    code, digits = c.body.text("masterCuscd"), c.settings.same_customs
    if c.assured is None or code[:digits] == c.assured.customs[:digits]:
        return None
    return Breach(code, f"{c.assured.customs} 所属关区", f"the customs of {c.assured.customs}")


def _positive(c: Check) -> Breach | None:
    if (c.body.limit or 0) > 0:
        return None
    return Breach(c.body.text("gasrAmt"), "大于 0 的整数元", "a whole number of 元 above 0")


def _filled(field: str) -> Condition:
    def broken(c: Check) -> Breach | None:
        return None if c.body.text(field).strip() else Breach("", "非空", "a value")
    return broken


def _by_letter(condition: Condition) -> Condition:
    return lambda c: condition(c) if c.body.by_letter else None


def _by_cash(condition: Condition) -> Condition:
    return lambda c: condition(c) if c.body.by_cash else None


def _valid_letter(c: Check) -> Breach | None:
    until = c.body.day("ltguaValidDate")
    good = until is not None and until > c.today
    return None if good else Breach(c.body.text("ltguaValidDate"), f"晚于 {c.today}", f"a day after {c.today}")


def _account(c: Check) -> Breach | None:
    text = c.body.text("pmnEtpsBankAcctnum").strip()
    return None if ACCOUNT.fullmatch(text) else Breach(text, "6-32 位数字或连字符", "6 to 32 digits or hyphens")


def _payer(c: Check) -> Breach | None:
    code, name = c.body.text("pmnEtpsno"), c.body.text("pmnEtpsNm").strip()
    if not code:
        return None
    payer = c.view.enterprises.get(code)
    if payer is None:
        return Breach(code, "海关备案企业", "an enterprise registered with customs")
    return None if payer.name == name else Breach(f"{code} {name}", payer.name)


def _letter_used(c: Check) -> Breach | None:
    letter = c.body.text("ltguaNo").strip()
    holder = c.view.letters.get(letter) if letter else None
    return Breach(letter, holder) if holder else None


def _barred(c: Check) -> Breach | None:
    return Breach("2 保函", "1 保证金", "1 cash") if c.assured and c.assured.barred else None


def _large(c: Check) -> Breach | None:
    limit = c.body.limit or 0
    return Breach(str(limit), f"低于 {c.settings.manual_over} 元", f"less than {c.settings.manual_over} 元") \
        if limit >= c.settings.manual_over else None


SET_UP: tuple[Rule, ...] = (
    Rule(id="X.02", where=Where.CZ, field="OperCusRegCode", label="操作单位海关编码",
         broken=_operator, source="M2, inferred",
         zh="操作员所属单位 {f} 未获企业 {w} 委托", en="operator's unit {f} is not authorised by {w}"),
    Rule(id="X.04", where=Where.CZ, field="assuredEtpsno", label="被担保企业海关编码",
         broken=_registered, source="M3.1, inferred",
         zh="被担保单位 {f} 未在海关备案", en="enterprise {f} is not registered"),
    Rule(id="X.04", where=Where.CZ, field="assuredEtpsNm", label="被担保企业名称",
         broken=_registered_as("assuredEtpsNm", "name"), source="M3.1, inferred",
         zh="被担保单位名称与备案不符: {f}, 备案为 {w}", en="name differs from registry"),
    Rule(id="X.04", where=Where.CZ, field="assuredEtpsSccd", label="被担保企业统一社会信用代码",
         broken=_registered_as("assuredEtpsSccd", "credit_code"), source="M3.1, inferred",
         zh="被担保单位统一社会信用代码与备案不符: {f}, 备案为 {w}", en="credit code differs from registry"),
    Rule(id="X.08", where=Where.CZ, field="chgTmsCnt", label="变更次数",
         broken=_stale, source="dom 2.6",
         zh="数据已过期, 填报变更次数 {f}, 海关现有变更次数 {w}", en="stale generation; customs holds {w}"),
    Rule(id="S101.03", where=Where.CZ, field="gasrNo", label="总担保编号",
         broken=_no_number, source="dom 0.1",
         zh="设立时总担保编号应为空, 变更次数应为 0", en="number empty, count 0"),
    Rule(id="S101.03", where=Where.CZ, field="chgTmsCnt", label="变更次数",
         broken=_no_count, source="dom 0.1",
         zh="设立时总担保编号应为空, 变更次数应为 0", en="number empty, count 0"),
    Rule(id="S101.01", where=Where.C3, field="dclTypecd", label="申报类型",
         broken=_one_of("dclTypecd", "1", "2"), source="M1.2-3",
         zh="申报类型应为 1 设立或 2 变更", en="1 or 2 wanted"),
    Rule(id="S101.02", where=Where.C3, field="gurModecd", label="担保方式",
         broken=_one_of("gurModecd", "1", "2"), source="M3.1",
         zh="担保方式应为保金或保函", en="mode must be cash or letter"),
    Rule(id="S101.04", where=Where.C3, field="masterCuscd", label="主管关区",
         broken=_district, source="M3.1",
         zh="主管关区 {f} 不存在或不是企业主管海关", en="unknown or not competent customs"),
    Rule(id="S101.04", where=Where.C3, field="masterCuscd", label="主管关区",
         broken=_competent, source="inferred",
         zh="主管关区 {f} 不存在或不是企业主管海关", en="unknown or not competent customs"),
    Rule(id="S101.07", where=Where.C3, field="gasrAmt", label="总担保金额",
         broken=_positive, source="M3.1",
         zh="总担保金额应大于 0", en="amount must be > 0"),
    Rule(id="S101.08", where=Where.C3, field="ltguaNo", label="保函编号",
         broken=_by_letter(_filled("ltguaNo")), source="M3.1",
         zh="保函编号必填", en="letter no. required"),
    Rule(id="S101.09", where=Where.C3, field="ltguaValidDate", label="保函有效期",
         broken=_by_letter(_valid_letter), source="M3.1; future inferred",
         zh="保函有效期必填且晚于今天", en="validity required, in the future"),
    Rule(id="S101.10", where=Where.C3, field="pmnEtpsNm", label="缴款企业名称",
         broken=_by_letter(_filled("pmnEtpsNm")), source="M3.1",
         zh="缴款单位名称必填", en="payer name required"),
    Rule(id="S101.11", where=Where.C3, field="paymnModecd", label="支付方式",
         broken=_by_cash(_one_of("paymnModecd", COUNTER, ELECTRONIC)), source="M3.1",
         zh="支付方式必填: 1 柜台 2 电子", en="payment method required"),
    Rule(id="S101.12", where=Where.C3, field="pmnEtpsOpaccBankNm", label="缴款企业开户银行",
         broken=_by_cash(_filled("pmnEtpsOpaccBankNm")), source="M3.1",
         zh="缴款单位开户银行必填", en="payer bank required"),
    Rule(id="S101.13", where=Where.C3, field="pmnEtpsBankAcctnum", label="缴款企业银行账号",
         broken=_by_cash(_account), source="M3.1; form inferred",
         zh="缴款单位银行账号必填", en="payer account required"),
    Rule(id="S101.15", where=Where.C3, field="pmnEtpsNm", label="缴款企业名称",
         broken=_by_cash(_filled("pmnEtpsNm")), source="M1.2-1",
         zh="缴款单位必填", en="payer required"),
    Rule(id="S101.16", where=Where.C3, field="pmnEtpsno", label="缴款企业海关编码",
         broken=_payer, source="M3.1",
         zh="缴款单位 {f} 未备案或名称不符", en="payer unknown or name differs"),
    Rule(id="S101.18", where=Where.C3, field="ltguaNo", label="保函编号",
         broken=_by_letter(_letter_used), source="inferred",
         zh="保函 {f} 已用于 {w}", en="letter already used by {w}"),
    Rule(id="S101.19", where=Where.C3, field="gurModecd", label="担保方式",
         broken=_by_letter(_barred), source="dom 5.4 by analogy",
         zh="该企业只能提供保证金", en="cash only for this enterprise"),
    Rule(id="S101.20", where=Where.C2, field="gasrAmt", label="总担保金额",
         broken=_large, source="inferred",
         zh="金额较大, 转人工", en="above limit, to a person"),
)
"""GRT101 设立 (``rules.md`` 2.4, 2.5)."""

RULES: Mapping[str, tuple[Rule, ...]] = {"GRT101": SET_UP}
"""The rules by message type."""
