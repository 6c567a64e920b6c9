"""The rules of a change that compare it with the register (``docs/rules.md`` 2.6). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.contract import Breach, Context, Filing, HeldGuarantee, Rule, Where
from handlers.grt.grt101_kinds import CHANGEABLE, CLOSED, is_change
from handlers.grt.register_rows import (
    customs_own,
    locked,
    none_open,
    not_known,
    own_guarantee,
    same_amount,
)
from schemas.guarantee import LETTER


def _register(filing: Filing, context: Context) -> HeldGuarantee | None:
    return own_guarantee(filing, context, filing.body.text("gasrNo"))


def _changeable(filing: Filing, context: Context) -> HeldGuarantee | None:
    """Return the guarantee, unless another row says already that it cannot be changed at all."""
    held = _register(filing, context)
    return (
        held
        if held is not None and held.fields.get("gurModecd") == LETTER and held.status in CHANGEABLE
        else None
    )


def _fields(filing: Filing, context: Context) -> Mapping[str, str] | None:
    held = _changeable(filing, context)
    return None if held is None else held.fields


def _cash(filing: Filing, context: Context) -> Breach | None:
    held = _register(filing, context)
    return (
        Breach(found=held.gasr_no)
        if held is not None and held.fields.get("gurModecd") != LETTER
        else None
    )


def _not_in_force(filing: Filing, context: Context) -> Breach | None:
    held = _register(filing, context)
    if held is None or held.fields.get("gurModecd") != LETTER or held.status in CHANGEABLE:
        return None
    closed = held.status == CLOSED
    return Breach(
        found=held.gasr_no,
        wanted="已结案" if closed else "未生效",
        wanted_en="closed" if closed else "not yet in force",
    )


def _count(filing: Filing, context: Context) -> Breach | None:
    held = _changeable(filing, context)
    if held is None or filing.body.count("chgTmsCnt") == held.change_no + 1:
        return None
    return Breach(found=filing.body.text("chgTmsCnt"), wanted=str(held.change_no + 1))


def _nothing_changed(filing: Filing, context: Context) -> Breach | None:
    held, body = _fields(filing, context), filing.body
    if held is None or not same_amount(body.text("gasrAmt"), held.get("gasrAmt") or ""):
        return None
    same = all(body.text(name) == (held.get(name) or "") for name in ("ltguaNo", "ltguaValidDate"))
    return Breach(found=body.text("gasrNo")) if same else None


COMPARED = (
    "masterCuscd",
    "pmnEtpsSccd",
    "pmnEtpsno",
    "pmnEtpsNm",
    "pmnEtpsOpaccBankNm",
    "pmnEtpsBankAcctnum",
    "gurModecd",
    "paymnModecd",
    "etpsConcErName",
    "etpsConcErTelnum",
)
"""What the enterprise wrote at set-up and a change may not touch (C101.05). The assured enterprise
is not among them: its code is what makes the guarantee its own (C101.01), and name and credit code
follow the registry (X.04), also after customs renamed it."""


CUSTOMS_OWN = (
    "mkclUnitNm",
    "mkclUnitOpaccBankNm",
    "mkclUnitBankAcctnum",
    "usedGasrAmt",
    "avalGasrAmt",
    "alrdyRtnbkGasrAmt",
    "apprTime",
    "chgApprTime",
    "emapvMarkcd",
    "gurStucd",
    "pmnDeadline",
    "pmnChkinTime",
    "version",
    "lastUpdateTime",
)
"""Never compared, only told (K21): a draft of a change holds the amounts of the day on which it was
begun."""


HELD_RULES: tuple[Rule, ...] = (
    not_known(
        "C101.01",
        "gasrNo",
        _register,
        when=is_change,
        source="M4, inf",
        zh="总担保 {f} 不存在",
        en="there is no guarantee {f}",
        hint_zh="请核对总担保编号, 可在总担保查询中查到",
        hint_en="check the number; see the list of guarantees",
    ),
    Rule(
        id="C101.02",
        where=Where.REFUSE,
        field="gasrNo",
        check=_cash,
        source="M3.2",
        zh="总担保 {f} 为保证金, 不能变更",
        en="guarantee {f} is a cash deposit and cannot be changed",
        hint_zh="保证金请办理退还申请, 或另行设立总担保",
        hint_en="apply for a refund, or set up another guarantee",
    ),
    Rule(
        id="C101.03",
        where=Where.REFUSE,
        field="gasrNo",
        check=_not_in_force,
        source="inf",
        zh="总担保 {f} {w}, 不能变更",
        en="guarantee {f} is {w} and cannot be changed",
        hint_zh="请另行设立总担保",
        hint_en="set up another guarantee",
    ),
    Rule(
        id="C101.04",
        where=Where.REFUSE,
        field="chgTmsCnt",
        check=_count,
        source="dom 2.6",
        zh="变更次数应为 {w}, 填报“{f}”",
        en='the change count must be {w}; found "{f}"',
        hint_zh="请填写台账变更次数加 1, 即 {w}",
        hint_en="write the register's count plus 1: {w}",
    ),
    *(
        locked(
            "C101.05",
            name,
            _fields,
            source="M3.2",
            zh="{label}不能变更: 原值“{w}”, 填报“{f}”",
            en='{label} is not changeable: registered "{w}", found "{f}"',
            hint_zh="请改回“{w}”; 只能变更金额、保函有效期和保函编号",
            hint_en='write "{w}" again; only amount, validity and letter number can be changed',
        )
        for name in COMPARED
    ),
    Rule(
        id="C101.06",
        where=Where.REFUSE,
        field="gasrAmt",
        check=_nothing_changed,
        source="inf",
        zh="没有变更内容: 金额、保函有效期、保函编号都与总担保 {f} 现值相同",
        en=(
            "nothing is changed: amount, validity and letter number are those that guarantee"
            " {f} has"
        ),
        hint_zh="请至少变更其中一项",
        hint_en="change at least one of them",
    ),
    none_open(
        "gasrNo",
        lambda filing, context: (
            held.open_filing if (held := _register(filing, context)) is not None else None
        ),
    ),
    *(customs_own(name, _fields) for name in CUSTOMS_OWN),
)
"""C101.01 to C101.06, X.07 and X.12; asked of changes only. C101.07 and C101.09 need the ledger and
are customs'."""
