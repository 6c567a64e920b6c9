"""Customs' rules of GRT101 变更 (``docs/rules.md`` 2.4, 2.6) as a table. Pure."""

from __future__ import annotations

from datetime import timedelta

from customs_sim.rules.common import ALL, filled, later, letter_used
from customs_sim.rules.grt.grt101_setup import POSITIVE
from customs_sim.rules.register import CLOSED, HeldGuarantee
from customs_sim.rules.rule import Breach, Check, Condition, Rule, Where
from schemas.money import money_text

FIXED = {
    "masterCuscd": "主管关区",
    "assuredEtpsNm": "被担保企业名称",
    "assuredEtpsSccd": "被担保企业统一社会信用代码",
    "pmnEtpsSccd": "缴款企业信用代码",
    "pmnEtpsno": "缴款企业海关编码",
    "pmnEtpsNm": "缴款单位名称",
    "pmnEtpsOpaccBankNm": "缴款单位开户银行",
    "pmnEtpsBankAcctnum": "缴款单位银行账号",
    "gurModecd": "担保方式",
    "paymnModecd": "支付方式",
    "etpsConcErName": "企业联系人姓名",
    "etpsConcErTelnum": "企业联系人电话",
}
"""The enterprise's elements outside the three that a change may touch (``docs/rules.md`` 2.1); what
customs owns is not compared."""


def _held(check: Check) -> HeldGuarantee | None:
    return check.own_guarantee(check.body.text("gasrNo"))


def _known(check: Check) -> Breach | None:
    return (
        None
        if _held(check)
        else Breach(
            check.body.text("gasrNo"), "本企业的总担保编号", "a guarantee of this enterprise"
        )
    )


def _not_closed(check: Check) -> Breach | None:
    held = _held(check)
    return (
        Breach("3 已结案", "1 有效 或 2 已过期", "1 in force or 2 expired")
        if held and held.status == CLOSED
        else None
    )


def _next_generation(check: Check) -> Breach | None:
    held = _held(check)
    return (
        Breach(str(check.body.change_no), str(held.change_no + 1))
        if held and check.body.change_no != held.change_no + 1
        else None
    )


def _is_letter(check: Check) -> Breach | None:
    held = _held(check)
    return Breach("1 保证金", "2 保函", "2 letter") if held and not held.by_letter else None


def _unchanged(field: str) -> Condition:
    def broken(check: Check) -> Breach | None:
        held, found = _held(check), check.text(field)
        if held is None or (wanted := held.fields.get(field, "").strip()) == found:
            return None
        return Breach(found or "空", wanted or "空")

    return broken


def _covers_use(check: Check) -> Breach | None:
    held, limit = _held(check), check.body.amount("gasrAmt")
    if held is None or limit is None or limit >= held.used + held.returned:
        return None
    return Breach(check.body.text("gasrAmt"), money_text(held.used + held.returned))


def _long_enough(check: Check) -> Breach | None:
    held = _held(check)
    if held is None:
        return None
    cover = (
        held.cover_until + timedelta(days=check.settings.letter_cover_days)
        if held.cover_until
        else None
    )
    wanted, until = later(check.today + timedelta(days=1), cover), check.body.day("ltguaValidDate")
    return (
        None
        if until is not None and until >= wanted
        else Breach(check.body.text("ltguaValidDate"), str(wanted))
    )


CHANGE: tuple[Rule, ...] = (
    *ALL,
    Rule(
        id="C101.01",
        where=Where.NOT_STORED,
        field="gasrNo",
        label="总担保编号",
        broken=_known,
        source="M4, inferred",
        zh="总担保 {f} 不存在",
        en="no such guarantee",
    ),
    Rule(
        id="C101.03",
        where=Where.NOT_STORED,
        field="gurStucd",
        label="担保状态",
        broken=_not_closed,
        source="inferred",
        zh="总担保已结案",
        en="guarantee is closed",
    ),
    Rule(
        id="C101.04",
        where=Where.NOT_STORED,
        field="chgTmsCnt",
        label="变更次数",
        broken=_next_generation,
        source="dom 2.6",
        zh="变更次数应为 {w}",
        en="change count must be {w}",
    ),
    Rule(
        id="C101.02",
        where=Where.RETURN,
        field="gurModecd",
        label="担保方式",
        broken=_is_letter,
        source="M3.2",
        zh="总担保为保证金的不能变更",
        en="cash guarantee cannot be changed",
    ),
    *(
        Rule(
            id="C101.05",
            where=Where.RETURN,
            field=field,
            label=label,
            broken=_unchanged(field),
            source="M3.2",
            zh=label + " 不能变更: 原值 {w}, 现值 {f}",
            en=f"{field} is not changeable",
        )
        for field, label in FIXED.items()
    ),
    POSITIVE,
    Rule(
        id="C101.07",
        where=Where.RETURN,
        field="gasrAmt",
        label="总担保金额",
        broken=_covers_use,
        source="plan, inferred",
        zh="金额 {f} 低于已用额度 {w}",
        en="below what is used",
    ),
    Rule(
        id="C101.08",
        where=Where.RETURN,
        field="ltguaValidDate",
        label="保函有效期",
        broken=_long_enough,
        source="inferred",
        zh="保函有效期不足, 至少到 {w}",
        en="validity must reach {w}",
    ),
    Rule(
        id="S101.08",
        where=Where.RETURN,
        field="ltguaNo",
        label="保函编号",
        broken=filled("ltguaNo"),
        source="M3.1",
        zh="保函编号必填",
        en="letter no. required",
    ),
    Rule(
        id="C101.09",
        where=Where.RETURN,
        field="ltguaNo",
        label="保函编号",
        broken=letter_used,
        source="inferred",
        zh="保函 {f} 已用于 {w}",
        en="letter already used by {w}",
    ),
)
"""GRT101 变更 (``docs/rules.md`` 2.4, 2.6). C101.06 is the e-port's."""
