"""GRT121 退还 / 结转申请: what the gateway checks before customs sees it (``docs/rules.md`` 2.4,
2.8). Two tables: RULES needs no register; HELD_RULES looks at the guarantee or levy that the
application is about.

No balance is checked here, only warned about: the manual leaves that to customs (5.1). gurTypecd
says in which register gurNo is, 1 总担保 or 2 征收单, not how a levy is secured (K7).
"""

from __future__ import annotations

from decimal import Decimal

from handlers.contract import (
    AnswerHandler,
    Breach,
    Context,
    Facets,
    Filing,
    Listing,
    Rule,
    SubmissionHandler,
    Where,
)
from handlers.grt.receipts import no_change, read_decision
from handlers.grt.register_rows import customs_own, none_open, own_guarantee, own_levy
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
from handlers.lifecycle import Status
from schemas.body import amount_of
from schemas.guarantee import CARRY_OVER, GENERAL, LETTER, REFUND, SINGLE, Guarantee, Levy
from schemas.identifiers import is_guarantee_no, is_levy_no

TARGET = "GrtCrdwInDt"
"""The receiving levy of a carry-over; ours, because the body has no element for it (K1)."""

_TYPE = ("gurTypecd",)
_KIND = ("rtnbkCrdwTypecd",)


def of_guarantee(filing: Filing) -> bool:
    return filing.body.text("gurTypecd") == GENERAL


def of_levy(filing: Filing) -> bool:
    return filing.body.text("gurTypecd") == SINGLE


def is_carry_over(filing: Filing) -> bool:
    return filing.body.text("rtnbkCrdwTypecd") == CARRY_OVER


def is_refund(filing: Filing) -> bool:
    return filing.body.text("rtnbkCrdwTypecd") == REFUND


def _misfit(filing: Filing, _: Context) -> Breach | None:
    """Told by the form of the number. One of another form is left to R121.02."""
    number = filing.body.text("gurNo")
    if of_guarantee(filing) and is_levy_no(number):
        return Breach(found=number, wanted=SINGLE)
    if of_levy(filing) and is_guarantee_no(number):
        return Breach(found=number, wanted=GENERAL)
    return None


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
        if amount_of(carried) == amount_of(asked)
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
        hint_en="write an amount in 元 above 0, such as 50000.00",
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


# --- against the register ---


def _guarantee(filing: Filing, context: Context) -> Guarantee | None:
    held = (
        own_guarantee(filing, context, filing.body.text("gurNo")) if of_guarantee(filing) else None
    )
    return None if held is None else Guarantee(held.fields)


def _levy(filing: Filing, context: Context) -> Levy | None:
    """The levy, if it is approved."""
    held = own_levy(filing, context, filing.body.text("gurNo")) if of_levy(filing) else None
    return Levy(held.fields) if held is not None and held.filing_status is Status.APPROVED else None


def _unknown(filing: Filing, context: Context) -> Breach | None:
    """A guarantee is in the register only once it is approved."""
    known = _guarantee(filing, context) is not None or _levy(filing, context) is not None
    return None if known else Breach(found=filing.body.text("gurNo"))


def _single_letter(filing: Filing, context: Context) -> Breach | None:
    levy = _levy(filing, context)
    return (
        Breach(found=filing.body.text("gurNo"))
        if levy is not None and levy.by_single and levy.by_letter
        else None
    )


def _guarantee_letter(filing: Filing, context: Context) -> Breach | None:
    held = _guarantee(filing, context)
    return (
        Breach(found=filing.body.text("gurNo"))
        if held is not None and held.text("gurModecd") == LETTER
        else None
    )


def _more_than_shown(filing: Filing, context: Context) -> Breach | None:
    levy, held, asked = (
        _levy(filing, context),
        _guarantee(filing, context),
        filing.body.amount("rtnbkCrdwAmt"),
    )
    if (
        asked is None
        or (levy is not None and levy.by_single and levy.by_letter)
        or (held is not None and held.by_letter)
    ):
        return None
    shown: Decimal | None = (
        levy.refundable() if levy is not None else held.refundable() if held is not None else None
    )
    return (
        Breach(found=filing.body.text("rtnbkCrdwAmt"), wanted=str(shown))
        if shown is not None and asked > shown
        else None
    )


def _open(filing: Filing, context: Context) -> str | None:
    number = filing.body.text("gurNo")
    held = (
        own_guarantee(filing, context, number)
        if of_guarantee(filing)
        else own_levy(filing, context, number)
    )
    return None if held is None else held.open_filing


HELD_RULES: tuple[Rule, ...] = (
    Rule(
        id="R121.02",
        where=Where.REFUSE,
        field="gurNo",
        check=_unknown,
        source="M1.4",
        zh="担保 {f} 不存在或未审批通过",
        en="{f} is unknown or not approved",
        hint_zh="请核对编号和担保类型; 审批通过的总担保和征收单才能申请退还结转",
        hint_en=(
            "check number and type; only approved guarantees and levies can be refunded or carried"
            " over"
        ),
    ),
    Rule(
        id="R121.06",
        where=Where.WARN,
        field="gurNo",
        check=_single_letter,
        source="inf",
        zh="征收单 {f} 为单票保函, 不办理退还结转, 海关可能退单",
        en=(
            "levy bill {f} is secured by a single letter, which is not refundable; customs will"
            " probably return the application"
        ),
        hint_zh="保函在业务结案后由海关退还",
        hint_en="customs hand the letter back when the business step is closed",
    ),
    Rule(
        id="R121.06",
        where=Where.WARN,
        field="gurNo",
        check=_guarantee_letter,
        source="inf",
        zh="总担保 {f} 为保函, 海关可能退单",
        en="guarantee {f} is a letter; customs will probably return the application",
        hint_zh="请办理总担保变更",
        hint_en="change the guarantee instead",
    ),
    Rule(
        id="R121.06",
        where=Where.WARN,
        field="rtnbkCrdwAmt",
        check=_more_than_shown,
        source="inf",
        zh="申请 {f} 元, 台账可退 {w} 元, 海关可能退单",
        en="asked {f} 元, the register shows {w} 元; customs will probably return the application",
        hint_zh="请核对金额, 余额以海关审核为准",
        hint_en="check the amount; what customs find counts",
    ),
    none_open("gurNo", _open),
    *(
        customs_own(name)
        for name in ("seqno", "dataSrccd", "emapvMarkcd", "version", "rtnbkCrdwNo")
    ),
)
"""R121.02, R121.06, X.07 and X.12."""


# --- the row of the catalogue ---


def key(filing: Filing) -> str:
    return f"{filing.body.text('etpsPreentNo')}|{filing.body.count('chgTmsCnt')}"


def names(filing: Filing) -> tuple[tuple[str, str], ...]:
    return (("guarantee" if of_guarantee(filing) else "levy", filing.body.text("gurNo")),)


def facets(filing: Filing) -> Facets:
    body = filing.body
    return Facets(
        kind="carryover" if is_carry_over(filing) else "refund",
        customs=body.text("masterCuscd"),
        gur_type=body.text("gurTypecd"),
        refund_kind=body.text("rtnbkCrdwTypecd"),
    )


HANDLER = SubmissionHandler(
    listing=Listing(
        name="refunds",
        kinds=("refund", "carryover"),
        zh="退还结转查询",
        en="Refunds and carry-overs",
        filters=("type", "kind"),
    ),
    code="GRT121",
    zh="退还 / 结转申请",
    en="application for a refund or a carry-over",
    body="GrtRtnbkCrdwDt",
    answers=("GRT200", "GRT221"),
    rules=RULES,
    held_rules=HELD_RULES,
    names=names,
    key=key,
    facets=facets,
    parts=(TARGET,),
    reference=lambda filing: filing.body.text("etpsPreentNo"),
    change_no=lambda filing: filing.body.count("chgTmsCnt"),
)

DECISION = AnswerHandler(
    code="GRT221",
    zh="退还 / 结转审批回执",
    en="refund or carry-over decision",
    read=read_decision,
    on_answer=no_change,
)
"""GRT221: customs' decision on an application; businessId is the rtnbkCrdwNo once it is
approved."""
