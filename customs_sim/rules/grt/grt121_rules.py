"""Customs' rules of GRT121 退还 / 结转 (``docs/rules.md`` 2.4, 2.8) as a table. Pure.

R121.03, .04 and .14 are the e-port's; they stand here too, because an approval could not be carried
out without them.
"""

from __future__ import annotations

from decimal import Decimal

from customs_sim.rules.common import NAMED, OPERATOR, REGISTERED, STALE, one_of, registered_as
from customs_sim.rules.register import HeldGuarantee, HeldLevy
from customs_sim.rules.rule import Breach, Check, Condition, Rule, Where
from schemas.guarantee import CARRY_OVER, GENERAL, SINGLE, Refund
from schemas.guarantee import REFUND as MONEY_BACK
from schemas.money import money_text

NO_MONEY = Decimal(0)


def _guarantee(check: Check) -> HeldGuarantee | None:
    return (
        check.own_guarantee(check.body.text("gurNo"))
        if check.body.text("gurTypecd") == GENERAL
        else None
    )


def _levy(check: Check) -> HeldLevy | None:
    """Return the levy that gurNo names, once its confirmation was approved."""
    held = (
        check.own_levy(check.body.text("gurNo")) if check.body.text("gurTypecd") == SINGLE else None
    )
    return held if held and not held.taken_back and (held.confirmed or held.secured > 0) else None


def _asked(check: Check) -> Decimal:
    return check.body.amount("rtnbkCrdwAmt") or NO_MONEY


def _known(check: Check) -> Breach | None:
    if _guarantee(check) or _levy(check):
        return None
    return Breach(
        check.body.text("gurNo"),
        "本企业已审批通过的总担保或征收单",
        "an approved guarantee or levy of this enterprise",
    )


def _positive(check: Check) -> Breach | None:
    asked = _asked(check)
    good = asked > 0 and asked == asked.quantize(Decimal("0.01"))
    return (
        None
        if good
        else Breach(
            check.body.text("rtnbkCrdwAmt"), "大于 0, 至多两位小数", "above 0, at most 2 decimals"
        )
    )


def _of_cash_levy(condition: Condition) -> Condition:
    return lambda check: condition(check) if (levy := _levy(check)) and levy.by_cash else None


def _within_cash(check: Check) -> Breach | None:
    levy = _levy(check)
    return (
        Breach(money_text(_asked(check)), money_text(levy.cash))
        if levy and _asked(check) > levy.cash
        else None
    )


def _paid(check: Check) -> Breach | None:
    levy = _levy(check)
    return Breach("1 未缴款", "2 已缴款", "2 paid") if levy and not levy.paid else None


def _not_by_letter(check: Check) -> Breach | None:
    levy = _levy(check)
    return (
        Breach(check.body.text("gurNo"), "保证金征收单", "a levy paid in cash")
        if levy and levy.by_letter
        else None
    )


def _within_guarantee(check: Check) -> Breach | None:
    held = _guarantee(check)
    if held is None or held.by_letter:
        return None
    asked = _asked(check)
    whole = asked == asked.to_integral_value()
    return (
        None
        if whole and asked <= held.available
        else Breach(check.body.text("rtnbkCrdwAmt"), money_text(held.available))
    )


def _not_letter_guarantee(check: Check) -> Breach | None:
    held = _guarantee(check)
    return (
        Breach(check.body.text("gurNo"), "总担保变更登记", "a change of the guarantee")
        if held and held.by_letter
        else None
    )


def _within_quota(check: Check) -> Breach | None:
    levy = _levy(check)
    if levy is None or not levy.by_general or _asked(check) <= levy.quota:
        return None
    return Breach(money_text(_asked(check)), money_text(levy.quota))


def _target(check: Check) -> Breach | None:
    body = check.body
    if (
        body.text("rtnbkCrdwTypecd") != CARRY_OVER
        or not isinstance(body, Refund)
        or len(body.carry_in) != 1
    ):
        return None
    number = body.carry_in[0].levy_no
    why = _unfit_source(check) or _unfit_target(check, number)
    return Breach(number, why) if why else None


def _unfit_source(check: Check) -> str:
    if check.body.text("gurTypecd") != SINGLE:
        return "只能从征收单结转"
    levy = _levy(check)
    return "转出征收单不是单笔保证金" if levy and not levy.by_cash and not levy.by_letter else ""


def _unfit_target(check: Check, number: str) -> str:
    target = check.own_levy(number)
    if target is None:
        return "征收单不存在"
    if number == check.body.text("gurNo"):
        return "与转出征收单相同"
    if target.taken_back or target.closed or not target.confirmed:
        return "未审批通过" if not target.closed else "已结案"
    if not target.by_cash:
        return "不是单笔保证金"
    return (
        f"未缴 {money_text(target.open)} 元, 少于 {money_text(_asked(check))} 元"
        if target.open < _asked(check)
        else ""
    )


def _one_target(check: Check) -> Breach | None:
    body = check.body
    assert isinstance(body, Refund)
    wanted = 1 if body.is_carry_over else 0
    if len(body.carry_in) != wanted:
        return Breach(
            f"{len(body.carry_in)} 条", f"{wanted} 条 GrtCrdwInDt", f"{wanted} GrtCrdwInDt"
        )
    if wanted and body.carry_in[0].carried != body.asked:
        return Breach(body.carry_in[0].text("crdwAmt"), body.text("rtnbkCrdwAmt"))
    return None


def _step_closed(check: Check) -> Breach | None:
    levy = _levy(check)
    open_step = check.settings.refund_after_close and levy and not levy.closed
    return Breach(levy.biz_no or levy.no, "已结案", "closed") if levy and open_step else None


REFUND: tuple[Rule, ...] = (
    OPERATOR,
    REGISTERED,
    Rule(
        id=NAMED.id,
        where=NAMED.where,
        field=NAMED.field,
        label=NAMED.label,
        source=NAMED.source,
        zh=NAMED.zh,
        en=NAMED.en,
        broken=registered_as("assuredEtpsNm", "name", if_given=True),
    ),
    STALE,
    Rule(
        id="R121.02",
        where=Where.NOT_STORED,
        field="gurNo",
        label="担保编号",
        broken=_known,
        source="M1.4",
        zh="{f} 不存在或未审批通过",
        en="unknown or not approved",
    ),
    Rule(
        id="R121.03",
        where=Where.RETURN,
        field="rtnbkCrdwTypecd",
        label="退还结转类型",
        source="M6.3",
        broken=one_of("rtnbkCrdwTypecd", MONEY_BACK, CARRY_OVER),
        zh="退还结转类型错误",
        en="1 or 2 wanted",
    ),
    Rule(
        id="R121.04",
        where=Where.RETURN,
        field="rtnbkCrdwAmt",
        label="退还结转金额",
        broken=_positive,
        source="M5.1",
        zh="金额格式错误: {f}",
        en="wrong amount form",
    ),
    Rule(
        id="R121.14",
        where=Where.RETURN,
        field="rtnbkCrdwTypecd",
        label="退还结转类型",
        broken=_one_target,
        source="inferred",
        zh="结转必须填写一个转入征收单, 退还不填",
        en="a carry-over names one target levy, a refund none",
    ),
    Rule(
        id="R121.08",
        where=Where.RETURN,
        field="gurNo",
        label="担保编号",
        broken=_not_by_letter,
        source="M5.1",
        auto=True,
        zh="单票保函不办理退还",
        en="single letter is not refundable",
    ),
    Rule(
        id="R121.11",
        where=Where.RETURN,
        field="gurNo",
        label="担保编号",
        broken=_not_letter_guarantee,
        source="M5.2, inferred",
        auto=True,
        zh="总担保保函请办理变更",
        en="change it instead",
    ),
    Rule(
        id="R121.09",
        where=Where.RETURN,
        field="levyBlStucd",
        label="征收单状态",
        broken=_of_cash_levy(_paid),
        source="inferred",
        zh="征收单未缴款",
        en="not paid yet",
    ),
    Rule(
        id="R121.07",
        where=Where.RETURN,
        field="rtnbkCrdwAmt",
        label="退还结转金额",
        broken=_of_cash_levy(_within_cash),
        source="plan",
        zh="申请 {f} 元, 可退 {w} 元",
        en="asked {f}, refundable {w}",
    ),
    Rule(
        id="R121.10",
        where=Where.RETURN,
        field="rtnbkCrdwAmt",
        label="退还结转金额",
        broken=_within_guarantee,
        source="plan",
        zh="总担保可退 {w} 元",
        en="refundable {w}",
    ),
    Rule(
        id="R121.12",
        where=Where.RETURN,
        field="rtnbkCrdwAmt",
        label="退还结转金额",
        broken=_within_quota,
        source="inferred, SAS_GRT",
        zh="申请 {f} 元, 可释放 {w} 元",
        en="asked {f}, occupied {w}",
    ),
    Rule(
        id="R121.13",
        where=Where.RETURN,
        field="gurNo",
        label="转入征收单编号",
        broken=_target,
        source="inferred",
        zh="转入征收单 {f} 不符合条件: {w}",
        en="target {f} not fit: {w}",
    ),
    Rule(
        id="R121.15",
        where=Where.RETURN,
        field="gurNo",
        label="担保编号",
        broken=_step_closed,
        source="inferred",
        zh="业务 {f} 未结案",
        en="step not closed",
    ),
)
"""GRT121 (``docs/rules.md`` 2.4, 2.8)."""
