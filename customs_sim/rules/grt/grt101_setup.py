"""Customs' rules of GRT101 设立 (``docs/rules.md`` 2.4, 2.5) as a table. Pure."""

from __future__ import annotations

from customs_sim.rules.common import (
    ACCOUNT,
    ALL,
    by_cash,
    by_letter,
    filled,
    letter_used,
    one_of,
    payer,
    valid_from_tomorrow,
)
from customs_sim.rules.rule import Breach, Check, Rule, Where
from schemas.guarantee import COUNTER, ELECTRONIC


def _no_number(check: Check) -> Breach | None:
    bad = not check.filing.is_change and check.body.text("gasrNo")
    return Breach(check.body.text("gasrNo"), "空", "nothing") if bad else None


def _no_count(check: Check) -> Breach | None:
    bad = not check.filing.is_change and check.body.change_no != 0
    return Breach(str(check.body.change_no), "0") if bad else None


def _district(check: Check) -> Breach | None:
    code = check.body.text("masterCuscd")
    if check.view.codes.get("customs", code, check.today):
        return None
    why = check.view.codes.not_valid("customs", code, check.today)
    if why is None:
        own = check.assured.customs if check.assured else ""
        use = (
            (f", 企业主管关区为 {own}", f"; the enterprise is registered at {own}")
            if own
            else ("", "")
        )
        why = f"代码表中没有{use[0]}", f"no code of the list{use[1]}"
    return Breach(code, *why)


def _competent(check: Check) -> Breach | None:
    code, digits = check.body.text("masterCuscd"), check.settings.same_customs
    if check.assured is None or code[:digits] == check.assured.customs[:digits]:
        return None
    own = check.assured.customs
    return Breach(code, f"{own} 所属关区", f"the customs of {own}")


def positive(check: Check) -> Breach | None:
    """Check that gasrAmt is above 0."""
    if (check.body.amount("gasrAmt") or 0) > 0:
        return None
    return Breach(check.body.text("gasrAmt"), "大于 0 的整数元", "a whole number of yuan above 0")


def _account(check: Check) -> Breach | None:
    text = check.text("pmnEtpsBankAcctnum")
    return (
        None
        if ACCOUNT.fullmatch(text)
        else Breach(text, "6-32 位数字或连字符", "6 to 32 digits or hyphens")
    )


def _barred(check: Check) -> Breach | None:
    return (
        Breach("2 保函", "1 保证金", "1 cash") if check.assured and check.assured.barred else None
    )


def _large(check: Check) -> Breach | None:
    limit = check.body.amount("gasrAmt") or 0
    return (
        Breach(
            str(limit),
            f"低于 {check.settings.manual_over} 元",
            f"less than {check.settings.manual_over} yuan",
        )
        if limit >= check.settings.manual_over
        else None
    )


POSITIVE = Rule(
    id="S101.07",
    where=Where.RETURN,
    field="gasrAmt",
    label="总担保金额",
    broken=positive,
    source="M3.1",
    zh="总担保金额应大于 0",
    en="amount must be > 0",
)
"""Of a set-up and of a change."""
SET_UP: tuple[Rule, ...] = (
    *ALL,
    Rule(
        id="S101.03",
        where=Where.NOT_STORED,
        field="gasrNo",
        label="总担保编号",
        broken=_no_number,
        source="dom 0.1",
        zh="设立时总担保编号应为空, 变更次数应为 0",
        en="number empty, count 0",
    ),
    Rule(
        id="S101.03",
        where=Where.NOT_STORED,
        field="chgTmsCnt",
        label="变更次数",
        broken=_no_count,
        source="dom 0.1",
        zh="设立时总担保编号应为空, 变更次数应为 0",
        en="number empty, count 0",
    ),
    Rule(
        id="S101.01",
        where=Where.RETURN,
        field="dclTypecd",
        label="申报类型",
        broken=one_of("dclTypecd", "1", "2"),
        source="M1.2–3",
        zh="申报类型应为 1 设立或 2 变更",
        en="1 or 2 wanted",
    ),
    Rule(
        id="S101.02",
        where=Where.RETURN,
        field="gurModecd",
        label="担保方式",
        broken=one_of("gurModecd", "1", "2"),
        source="M3.1",
        zh="担保方式应为保金或保函",
        en="mode must be cash or letter",
    ),
    Rule(
        id="S101.04",
        where=Where.RETURN,
        field="masterCuscd",
        label="主管关区",
        broken=_district,
        source="M3.1",
        zh="主管关区 {f} 当日无效: {w}",
        en="customs {f} is not in use on the day: {w}",
    ),
    Rule(
        id="S101.04",
        where=Where.RETURN,
        field="masterCuscd",
        label="主管关区",
        broken=_competent,
        source="inferred",
        zh="主管关区 {f} 不存在或不是企业主管海关",
        en="unknown or not competent customs",
    ),
    POSITIVE,
    Rule(
        id="S101.08",
        where=Where.RETURN,
        field="ltguaNo",
        label="保函编号",
        broken=by_letter(filled("ltguaNo")),
        source="M3.1",
        zh="保函编号必填",
        en="letter no. required",
    ),
    Rule(
        id="S101.09",
        where=Where.RETURN,
        field="ltguaValidDate",
        label="保函有效期",
        broken=by_letter(valid_from_tomorrow),
        source="M3.1; future inferred",
        zh="保函有效期必填且晚于今天",
        en="validity required, in the future",
    ),
    Rule(
        id="S101.10",
        where=Where.RETURN,
        field="pmnEtpsNm",
        label="缴款企业名称",
        broken=by_letter(filled("pmnEtpsNm")),
        source="M3.1",
        zh="缴款单位名称必填",
        en="payer name required",
    ),
    Rule(
        id="S101.11",
        where=Where.RETURN,
        field="paymnModecd",
        label="支付方式",
        broken=by_cash(one_of("paymnModecd", COUNTER, ELECTRONIC)),
        source="M3.1",
        zh="支付方式必填: 1 柜台 2 电子",
        en="payment method required",
    ),
    Rule(
        id="S101.12",
        where=Where.RETURN,
        field="pmnEtpsOpaccBankNm",
        label="缴款企业开户银行",
        broken=by_cash(filled("pmnEtpsOpaccBankNm")),
        source="M3.1",
        zh="缴款单位开户银行必填",
        en="payer bank required",
    ),
    Rule(
        id="S101.13",
        where=Where.RETURN,
        field="pmnEtpsBankAcctnum",
        label="缴款企业银行账号",
        broken=by_cash(_account),
        source="M3.1; form inferred",
        zh="缴款单位银行账号必填",
        en="payer account required",
    ),
    Rule(
        id="S101.15",
        where=Where.RETURN,
        field="pmnEtpsNm",
        label="缴款企业名称",
        broken=by_cash(filled("pmnEtpsNm")),
        source="M1.2-1",
        zh="缴款单位必填",
        en="payer required",
    ),
    Rule(
        id="S101.16",
        where=Where.RETURN,
        field="pmnEtpsno",
        label="缴款企业海关编码",
        broken=payer,
        source="M3.1",
        zh="缴款单位 {f} 未备案或名称不符",
        en="payer unknown or name differs",
    ),
    Rule(
        id="S101.18",
        where=Where.RETURN,
        field="ltguaNo",
        label="保函编号",
        broken=by_letter(letter_used),
        source="inferred",
        zh="保函 {f} 已用于 {w}",
        en="letter already used by {w}",
    ),
    Rule(
        id="S101.19",
        where=Where.RETURN,
        field="gurModecd",
        label="担保方式",
        broken=by_letter(_barred),
        source="dom 5.4 by analogy",
        zh="该企业只能提供保证金",
        en="cash only for this enterprise",
    ),
    Rule(
        id="S101.20",
        where=Where.REVIEW,
        field="gasrAmt",
        label="总担保金额",
        broken=_large,
        source="inferred",
        zh="金额较大, 转人工",
        en="above limit, to a person",
    ),
)
"""GRT101 设立 (``docs/rules.md`` 2.4, 2.5)."""
