"""GRT111 保证金征收单确认: what the gateway checks before customs sees it (``docs/rules.md`` 2.4,
2.7). Two tables: RULES needs no register; HELD_RULES compares the confirmation with the levy that
customs issued.

Whether a guarantee can bear the levy (F111.09 to F111.12) only customs know.
"""

from __future__ import annotations

from collections.abc import Mapping

from handlers.contract import (
    AnswerHandler,
    Breach,
    Context,
    Facets,
    Filing,
    HeldLevy,
    Listing,
    Rule,
    SubmissionHandler,
    Where,
)
from handlers.grt.receipts import read_decision, register_change
from handlers.grt.register_rows import (
    Same,
    customs_own,
    locked,
    none_open,
    not_known,
    own_levy,
    same_amount,
    same_text,
)
from handlers.grt.rows import (
    amount,
    as_registered,
    is_empty,
    may_act,
    one_of,
    operator_authorised,
    required,
    system_named,
    value_is,
)
from handlers.lifecycle import EDITABLE, LABELS, status_text
from schemas.guarantee import CASH, COUNTER, ELECTRONIC, GENERAL, LETTER, SINGLE

_TYPE = ("gurTypecd",)
_TYPE_AND_MODE = ("gurTypecd", "gurModecd")


def by_general(filing: Filing) -> bool:
    """Secured by a 总担保."""
    return filing.body.text("gurTypecd") == GENERAL


def by_single(filing: Filing) -> bool:
    return filing.body.text("gurTypecd") == SINGLE


def by_single_letter(filing: Filing) -> bool:
    return by_single(filing) and filing.body.text("gurModecd") == LETTER


def _valid_until(filing: Filing, context: Context) -> Breach | None:
    day = filing.body.day("ltguaValidDate")
    if not by_single_letter(filing) or (day is not None and day > context.today):
        return None
    return Breach(found=filing.body.text("ltguaValidDate"), wanted=context.today.isoformat())


def _two_validities(filing: Filing, _: Context) -> Breach | None:
    day, letter = filing.body.day("gurValidDate"), filing.body.day("ltguaValidDate")
    if day is None or letter is None or day == letter or not by_single_letter(filing):
        return None
    return Breach(found=filing.body.text("gurValidDate"), wanted=filing.body.text("ltguaValidDate"))


RULES: tuple[Rule, ...] = (
    may_act(),
    operator_authorised(),
    system_named(),
    *as_registered(),
    *(
        amount(name, positive=False)
        for name in ("levyBlAmt", "actlvyAmt", "alrdyCrdwAmt", "alrdyRtnbkAmt")
    ),
    *one_of(
        "F111.05a",
        "gurTypecd",
        (GENERAL, SINGLE),
        source="M4",
        zh="担保类型必填: 1 总担保或 2 单笔担保, 填报“{f}”",
        en='the guarantee type is required, 1 general or 2 single; found "{f}"',
        hint_zh="用总担保额度请填写 1, 就本单缴保证金或出保函请填写 2",
        hint_en="write 1 to use a general guarantee, 2 for cash or a letter for this levy alone",
    ),
    *one_of(
        "F111.05b",
        "gurModecd",
        (CASH, LETTER),
        source="M4",
        zh="担保方式必填: 1 保证金或 2 保函, 填报“{f}”",
        en='the guarantee mode is required, 1 cash or 2 letter; found "{f}"',
        hint_zh="保证金请填写 1, 保函请填写 2; 用总担保时填写该总担保的方式",
        hint_en="write 1 for cash, 2 for a letter; under a general guarantee, its mode",
    ),
    *one_of(
        "F111.05c",
        "paymnModecd",
        (COUNTER, ELECTRONIC),
        source="M4",
        zh="支付方式必填: 1 柜台支付或 2 电子支付, 填报“{f}”",
        en='the payment method is required, 1 counter or 2 electronic; found "{f}"',
        hint_zh="柜台支付请填写 1, 电子支付请填写 2; 用总担保或保函时也要填写",
        hint_en=(
            "write 1 for payment at the counter, 2 for electronic payment; wanted whatever the type"
        ),
    ),
    required(
        "F111.05d",
        "etpsConcErName",
        source="M4",
        zh="企业联系人姓名必填, 现为空",
        en="the contact's name is required; found nothing",
        hint_zh="请填写企业联系人姓名",
        hint_en="write the name of the enterprise's contact",
    ),
    required(
        "F111.05e",
        "etpsConcErTelnum",
        source="M4",
        zh="企业联系人电话必填, 现为空",
        en="the contact's telephone is required; found nothing",
        hint_zh="请填写联系电话, 如 010-88886666",
        hint_en="write a telephone number, such as 010-88886666",
    ),
    required(
        "F111.05f",
        "pmnEtpsNm",
        source="M4",
        zh="缴款单位名称必填, 现为空",
        en="the payer's name is required; found nothing",
        hint_zh="请填写缴款单位名称, 用总担保时也要填写",
        hint_en="write the payer's name; wanted whatever the type",
    ),
    required(
        "F111.05g",
        "pmnEtpsOpaccBankNm",
        source="M4",
        zh="缴款单位开户银行必填, 现为空",
        en="the payer's bank is required; found nothing",
        hint_zh="请填写缴款账号的开户银行全称",
        hint_en="write the full name of the bank that holds the payer's account",
    ),
    required(
        "F111.05h",
        "pmnEtpsBankAcctnum",
        source="M4",
        zh="缴款单位银行账号必填, 现为空",
        en="the payer's account is required; found nothing",
        hint_zh="请填写账号, 退还时款项退回该账号",
        hint_en="write the account number; refunds are paid back to it",
    ),
    required(
        "F111.06",
        "gasrNo",
        when=by_general,
        needs=_TYPE,
        source="dom 0.2",
        zh="担保类型为总担保时总担保编号必填, 现为空",
        en="under a general guarantee its number is required; found nothing",
        hint_zh="请填写所用总担保的编号, 可在总担保查询中查到",
        hint_en="write the number of the guarantee to use; see the list of guarantees",
    ),
    value_is(
        "F111.06",
        "ltguaNo",
        is_empty,
        when=by_general,
        needs=_TYPE,
        source="dom 0.2",
        zh="担保类型为总担保时不填保函编号, 填报“{f}”",
        en='under a general guarantee the letter number stays empty; found "{f}"',
        hint_zh="请留空, 或把担保类型改为 2 单笔担保",
        hint_en="leave it empty, or set gurTypecd to 2 (single)",
    ),
    value_is(
        "F111.07",
        "gasrNo",
        is_empty,
        when=by_single,
        needs=_TYPE,
        source="inf",
        zh="单笔担保不填总担保编号, 填报“{f}”",
        en='a single guarantee names no general guarantee; found "{f}"',
        hint_zh="请留空, 或把担保类型改为 1 总担保",
        hint_en="leave it empty, or set gurTypecd to 1 (general)",
    ),
    required(
        "F111.08",
        "ltguaNo",
        when=by_single_letter,
        needs=_TYPE_AND_MODE,
        source="plan",
        zh="单笔保函的保函编号必填, 现为空",
        en="a single letter needs its number; found nothing",
        hint_zh="请填写银行保函上的编号",
        hint_en="write the number on the bank's letter of guarantee",
    ),
    Rule(
        id="F111.08",
        where=Where.REFUSE,
        field="ltguaValidDate",
        check=_valid_until,
        needs=_TYPE_AND_MODE,
        source="plan; cover inf",
        zh="单笔保函的有效期必填且晚于今天 ({w}), 填报“{f}”",
        en='a single letter must be valid beyond today ({w}); found "{f}"',
        hint_zh="请填写保函到期日, 格式 yyyy-MM-dd HH:mm:ss; 海关另要求不早于底账有效期",
        hint_en=(
            "write the day on which the letter ends, as yyyy-MM-dd HH:mm:ss; customs also want it"
            " to cover the account book's validity"
        ),
    ),
    Rule(
        id="F111.08",
        where=Where.REFUSE,
        field="gurValidDate",
        check=_two_validities,
        needs=(*_TYPE_AND_MODE, "ltguaValidDate"),
        source="plan",
        zh="担保有效期与保函有效期不同: 填报“{f}”, 保函有效期为“{w}”",
        en=(
            "the guarantee's validity differs from the letter's: found \"{f}\", the letter's is"
            ' "{w}"'
        ),
        hint_zh="请留空, 或填写 {w}",
        hint_en="leave it empty, or write {w}",
    ),
)
"""What the gateway owns of ``docs/rules.md`` 2.4 and 2.7 without a register."""


# --- against the register ---


def _register(filing: Filing, context: Context) -> HeldLevy | None:
    return own_levy(filing, context, filing.body.text("dpstLevyBlNo"))


def _current(filing: Filing, context: Context) -> HeldLevy | None:
    """The levy, when the filing is about its present generation and it can be confirmed at all."""
    held = _register(filing, context)
    current = (
        held is not None
        and held.filing_status in EDITABLE
        and held.change_no == filing.body.count("chgTmsCnt")
    )
    return held if current else None


def _fields(filing: Filing, context: Context) -> Mapping[str, str] | None:
    held = _current(filing, context)
    return None if held is None else held.fields


def _outdated(filing: Filing, context: Context) -> Breach | None:
    held = _register(filing, context)
    if held is None or held.change_no == filing.body.count("chgTmsCnt"):
        return None
    return Breach(found=filing.body.text("chgTmsCnt"), wanted=str(held.change_no))


def _confirmed(filing: Filing, context: Context) -> Breach | None:
    held = _register(filing, context)
    if (
        held is None
        or held.filing_status in EDITABLE
        or held.change_no != filing.body.count("chgTmsCnt")
    ):
        return None
    return Breach(
        found=held.levy_no,
        wanted=status_text(held.filing_status),
        wanted_en=LABELS[held.filing_status][1],
    )


AMOUNTS = ("levyBlAmt", "actlvyAmt", "alrdyCrdwAmt", "alrdyRtnbkAmt")
LOCKED = (
    "masterCuscd",
    "oriactNo",
    "oriactValidDate",
    "mkclUnitNm",
    "mkclUnitOpaccBankNm",
    "mkclUnitBankAcctnum",
    "bizTypecd",
    "bizBlsNo",
    "levyBlStucd",
    "levyBlGenrtDate",
    "dpstPmnDeadline",
    "dpstPmnChkinTime",
    "dataSrccd",
)
"""What customs wrote and a confirmation echoes (F111.04). Number and generation have rows of their
own; the assured enterprise is the registry's business (X.01, X.04)."""

BOOKKEEPING = ("emapvMarkcd", "version", "lastUpdateTime")
"""Customs' too, but new with every message of theirs (a payment, a synchronisation): never an
error, only told."""


def _lock(name: str, same: Same = same_text) -> Rule:
    return locked(
        "F111.04",
        name,
        _fields,
        same=same,
        source="M2 grey, inf",
        zh="{label}不能修改: 应为“{w}”, 填报“{f}”",
        en='{label} is locked: wanted "{w}", found "{f}"',
        hint_zh="请照征收单填写“{w}”",
        hint_en='write "{w}", as the levy bill has it',
    )


HELD_RULES: tuple[Rule, ...] = (
    not_known(
        "F111.01",
        "dpstLevyBlNo",
        _register,
        source="M4",
        zh="征收单 {f} 不存在",
        en="there is no levy bill {f}",
        hint_zh="请核对征收单编号, 可在征收单查询中查到待确认的征收单",
        hint_en="check the number; the list of levies shows those that await confirmation",
    ),
    Rule(
        id="F111.02",
        where=Where.REFUSE,
        field="chgTmsCnt",
        check=_outdated,
        source="inf",
        zh="征收单已变更, 请按最新数据确认: 填报变更次数“{f}”, 现为 {w}",
        en=(
            'the levy was changed since, confirm the new one: found change count "{f}", it is'
            " now {w}"
        ),
        hint_zh="请取最新征收单数据, 变更次数填写 {w}",
        hint_en="take the levy as it is now; its change count is {w}",
    ),
    Rule(
        id="F111.03",
        where=Where.REFUSE,
        field="dpstLevyBlNo",
        check=_confirmed,
        source="M1.1",
        on_draft=True,
        status=409,
        zh="征收单 {f} 已确认, 状态“{w}”",
        en="levy bill {f} is confirmed already; its status is {w}",
        hint_zh="无需再次确认; 退单后或海关转企业确认时可重新确认",
        hint_en="nothing to do; it can be confirmed again after a 退单, or when customs ask for it",
    ),
    *(_lock(name) for name in LOCKED),
    *(_lock(name, same_amount) for name in AMOUNTS),
    none_open(
        "dpstLevyBlNo",
        lambda filing, context: (
            held.open_filing if (held := _register(filing, context)) is not None else None
        ),
    ),
    *(customs_own(name, _fields) for name in BOOKKEEPING),
)
"""F111.01 to F111.04, X.07 and X.12."""


# --- the row of the catalogue ---


def key(filing: Filing) -> str:
    """K15: the body has no etpsPreentNo."""
    return f"{filing.body.text('dpstLevyBlNo')}|{filing.body.count('chgTmsCnt')}"


def names(filing: Filing) -> tuple[tuple[str, str], ...]:
    """The levy alone: whether a guarantee can bear it, customs check."""
    return (("levy", filing.body.text("dpstLevyBlNo")),)


def facets(filing: Filing) -> Facets:
    body = filing.body
    return Facets(
        kind="confirmation",
        customs=body.text("masterCuscd"),
        mode=body.text("gurModecd"),
        gur_type=body.text("gurTypecd"),
    )


HANDLER = SubmissionHandler(
    listing=Listing(
        name="levies",
        kinds=("confirmation",),
        zh="保证金征收单查询",
        en="Levy bills",
        filters=("type",),
    ),
    code="GRT111",
    zh="保证金征收单确认",
    en="confirmation of a levy bill",
    body="GrtDpstLevyBlBsc",
    answers=("GRT200", "GRT211"),
    rules=RULES,
    held_rules=HELD_RULES,
    names=names,
    key=key,
    facets=facets,
    reference=lambda filing: "",
    change_no=lambda filing: filing.body.count("chgTmsCnt"),
)

DECISION = AnswerHandler(
    code="GRT211",
    zh="征收单审批回执",
    en="levy bill decision",
    read=read_decision,
    on_answer=lambda answer: register_change(answer, "levy", "dpstLevyBlNo", "levyBlStucd"),
)
"""GRT211: customs' decision on a confirmation, with the levy as customs now hold it."""
