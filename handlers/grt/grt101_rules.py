"""The rules of a GRT101 that need no register (``docs/rules.md`` 2.4 to 2.6). Pure."""

from __future__ import annotations

from handlers.contract import Breach, Context, Filing, Rule, Where
from handlers.grt.grt101_kinds import (
    CHANGE,
    SETUP,
    by_cash,
    by_letter,
    changes_letter,
    is_change,
    is_setup,
    names_letter,
    not_change,
)
from handlers.grt.rows import (
    amount,
    as_registered,
    is_account,
    is_empty,
    is_filled,
    is_zero,
    may_act,
    one_of,
    operator_authorised,
    required,
    system_named,
    value_is,
)
from schemas.guarantee import CASH, COUNTER, ELECTRONIC, LETTER

_MODE = ("gurModecd",)


def _customs(filing: Filing, context: Context) -> Breach | None:
    code = filing.body.text("masterCuscd")
    if (
        is_change(filing)
        or not code
        or context.codes.get("customs", code, context.today) is not None
    ):
        return None
    known = context.enterprises.get(filing.body.text("assuredEtpsno"))
    return Breach(
        found=code,
        wanted=known.customs if known else "4 位关区代码",
        wanted_en=known.customs if known else "a customs code of 4 digits",
    )


def _valid_until(filing: Filing, context: Context) -> Breach | None:
    return _too_short(filing, context) if by_letter(filing) else None


def _valid_after_change(filing: Filing, context: Context) -> Breach | None:
    return _too_short(filing, context) if changes_letter(filing) else None


def _too_short(filing: Filing, context: Context) -> Breach | None:
    day = filing.body.day("ltguaValidDate")
    if day is not None and day > context.today:
        return None
    return Breach(found=filing.body.text("ltguaValidDate"), wanted=context.today.isoformat())


def _payer(filing: Filing, context: Context) -> Breach | None:
    code = filing.body.text("pmnEtpsno")
    return (
        Breach(found=code)
        if not_change(filing) and code and code not in context.enterprises
        else None
    )


def _payer_name(filing: Filing, context: Context) -> Breach | None:
    known, name = (
        context.enterprises.get(filing.body.text("pmnEtpsno")),
        filing.body.text("pmnEtpsNm"),
    )
    if is_change(filing) or known is None or not is_filled(name) or name == known.name:
        return None
    return Breach(found=name, wanted=known.name)


def _available(filing: Filing, _: Context) -> Breach | None:
    body = filing.body
    if (
        is_change(filing)
        or is_zero(body.text("avalGasrAmt"))
        or body.amount("avalGasrAmt") == body.amount("gasrAmt")
    ):
        return None
    return Breach(found=body.text("avalGasrAmt"), wanted="0")


RULES: tuple[Rule, ...] = (
    may_act(),
    operator_authorised(),
    system_named(),
    *as_registered(),
    amount("gasrAmt", whole=True, positive=False),
    value_is(
        "X.09",
        "gasrAmt",
        lambda value: not value or not is_zero(value),
        when=is_change,
        on_draft=True,
        source="dom 0.4",
        zh="变更后的总担保金额应大于 0, 填报“{f}”",
        en='the amount after the change must be greater than 0; found "{f}"',
        hint_zh="请填写大于 0 的整数, 单位元",
        hint_en="write a whole number of 元 above 0",
    ),
    amount("usedGasrAmt", whole=True, positive=False),
    amount("avalGasrAmt", whole=True, positive=False),
    amount("alrdyRtnbkGasrAmt", whole=True, positive=False),
    *one_of(
        "S101.01",
        "dclTypecd",
        (SETUP, CHANGE),
        source="M1.2–3",
        zh="申报类型应为 1 设立或 2 变更, 填报“{f}”",
        en='the declaration type must be 1 set-up or 2 change; found "{f}"',
        hint_zh="设立请填写 1; 不受理作废 (3)",
        hint_en="write 1 for a set-up; cancelling (3) is not offered",
    ),
    *one_of(
        "S101.02",
        "gurModecd",
        (CASH, LETTER),
        when=not_change,
        source="M3.1",
        zh="担保方式应为保金或保函, 填报“{f}”",
        en='the guarantee mode must be cash or letter; found "{f}"',
        hint_zh="保金请填写 1, 保函请填写 2",
        hint_en="write 1 for cash, 2 for a letter of guarantee",
    ),
    value_is(
        "S101.03",
        "gasrNo",
        is_empty,
        when=is_setup,
        source="dom 0.1",
        zh="设立时总担保编号应为空, 填报“{f}”",
        en='the guarantee number must be empty at set-up; found "{f}"',
        hint_zh="请写 <gasrNo/>, 编号由海关审批时给出",
        hint_en="write <gasrNo/>; customs gives the number on approval",
    ),
    value_is(
        "S101.03",
        "chgTmsCnt",
        is_zero,
        when=is_setup,
        source="dom 0.1",
        zh="设立时变更次数应为 0, 填报“{f}”",
        en='the change count must be 0 at set-up; found "{f}"',
        hint_zh="请填写 0",
        hint_en="write 0",
    ),
    required(
        "S101.04",
        "masterCuscd",
        when=not_change,
        source="M3.1",
        zh="主管关区必填, 现为空",
        en="the competent customs is required; found nothing",
        hint_zh="请填写 4 位关区代码",
        hint_en="write its code of 4 digits",
    ),
    Rule(
        id="S101.04",
        where=Where.REFUSE,
        field="masterCuscd",
        check=_customs,
        source="M3.1",
        on_draft=True,
        zh="主管关区 {f} 不存在或已失效",
        en="customs {f} does not exist or is no longer in use",
        hint_zh="请填写企业的主管海关 {w}",
        hint_en="write the customs that is competent for the enterprise: {w}",
    ),
    value_is(
        "S101.07",
        "gasrAmt",
        lambda value: not is_zero(value),
        when=not_change,
        source="M3.1",
        zh="总担保金额应大于 0, 填报“{f}”",
        en='the amount must be greater than 0; found "{f}"',
        hint_zh="请填写大于 0 的整数, 单位元, 如 500000",
        hint_en="write a whole number of 元 above 0, such as 500000",
    ),
    required(
        "S101.08",
        "ltguaNo",
        when=names_letter,
        needs=_MODE,
        source="M3.1",
        zh="保函编号必填, 现为空",
        en="the letter number is required; found nothing",
        hint_zh="请填写银行保函上的编号",
        hint_en="write the number on the bank's letter of guarantee",
    ),
    Rule(
        id="S101.09",
        where=Where.REFUSE,
        field="ltguaValidDate",
        check=_valid_until,
        needs=_MODE,
        source="M3.1; future inf",
        zh="保函有效期必填且晚于今天 ({w}), 填报“{f}”",
        en='the letter must be valid beyond today ({w}); found "{f}"',
        hint_zh="请填写保函到期日, 格式 yyyy-MM-dd HH:mm:ss",
        hint_en="write the day on which the letter ends, as yyyy-MM-dd HH:mm:ss",
    ),
    required(
        "S101.10",
        "pmnEtpsNm",
        when=by_letter,
        needs=_MODE,
        source="M3.1",
        zh="缴款单位名称必填, 现为空",
        en="the payer's name is required; found nothing",
        hint_zh="请填写保函的缴款单位名称",
        hint_en="write the name of the payer under the letter",
    ),
    *one_of(
        "S101.11",
        "paymnModecd",
        (COUNTER, ELECTRONIC),
        when=not_change,
        required_when=by_cash,
        needs=_MODE,
        source="M3.1",
        zh="支付方式必填: 1 柜台支付或 2 电子支付, 填报“{f}”",
        en='the payment method is required, 1 counter or 2 electronic; found "{f}"',
        hint_zh="柜台支付请填写 1, 电子支付请填写 2",
        hint_en="write 1 for payment at the counter, 2 for electronic payment",
    ),
    required(
        "S101.12",
        "pmnEtpsOpaccBankNm",
        when=by_cash,
        needs=_MODE,
        source="M3.1",
        zh="缴款单位开户银行必填, 现为空",
        en="the payer's bank is required; found nothing",
        hint_zh="请填写缴款账号的开户银行全称",
        hint_en="write the full name of the bank that holds the payer's account",
    ),
    value_is(
        "S101.13",
        "pmnEtpsBankAcctnum",
        is_account,
        when=by_cash,
        needs=_MODE,
        source="M3.1; form inf",
        zh="缴款单位银行账号必填, 应为 6 至 32 位数字或连字符, 填报“{f}”",
        en='the payer\'s account is required, 6 to 32 digits or hyphens; found "{f}"',
        hint_zh="请填写账号, 不带空格",
        hint_en="write the account number without spaces",
    ),
    *(
        value_is(
            "S101.14",
            name,
            is_empty,
            when=by_cash,
            where=Where.WARN,
            needs=_MODE,
            source="inf",
            zh="保金方式不填保函信息, 将忽略“{f}”",
            en='letter data under cash is ignored: "{f}"',
            hint_zh="请留空, 或把担保方式改为 2 保函",
            hint_en="leave it empty, or set gurModecd to 2 (letter)",
        )
        for name in ("ltguaNo", "ltguaValidDate")
    ),
    required(
        "S101.15",
        "pmnEtpsNm",
        when=by_cash,
        needs=_MODE,
        source="M1.2-1",
        zh="缴款单位必填, 现为空",
        en="the payer is required; found nothing",
        hint_zh="请填写缴款单位名称",
        hint_en="write the payer's name",
    ),
    Rule(
        id="S101.16",
        where=Where.REFUSE,
        field="pmnEtpsno",
        check=_payer,
        source="M3.1",
        zh="缴款单位 {f} 未备案",
        en="payer {f} is not registered",
        hint_zh="请改正海关编码; 缴款方没有编码时 (如银行) 留空",
        hint_en="correct the code; leave it empty for a payer without one, such as a bank",
    ),
    Rule(
        id="S101.16",
        where=Where.REFUSE,
        field="pmnEtpsNm",
        check=_payer_name,
        source="M3.1",
        needs=("pmnEtpsno",),
        zh="缴款单位名称与备案不符: 填报“{f}”, 备案为“{w}”",
        en='the payer\'s name differs from the registry: found "{f}", registered "{w}"',
        hint_zh="请填写“{w}”, 或改正 pmnEtpsno",
        hint_en='write "{w}", or correct pmnEtpsno',
    ),
    *(
        value_is(
            "S101.17",
            name,
            is_zero,
            when=not_change,
            where=Where.WARN,
            source="inf",
            zh="额度由海关计算, 填报值“{f}”将被覆盖",
            en='customs compute this amount; "{f}" will be overwritten',
            hint_zh="请填写 0",
            hint_en="write 0",
        )
        for name in ("usedGasrAmt", "alrdyRtnbkGasrAmt")
    ),
    Rule(
        id="S101.17",
        where=Where.WARN,
        field="avalGasrAmt",
        check=_available,
        source="inf",
        needs=("gasrAmt",),
        zh="额度由海关计算, 填报值“{f}”将被覆盖",
        en='customs compute this amount; "{f}" will be overwritten',
        hint_zh="请填写 {w} 或总担保金额",
        hint_en="write {w} or the guarantee amount",
    ),
    required(
        "C101.01",
        "gasrNo",
        when=is_change,
        source="M4, inf",
        zh="变更时总担保编号必填, 现为空",
        en="a change must name the guarantee; found nothing",
        hint_zh="请填写海关审批的总担保编号, 可在总担保查询中查到",
        hint_en="write the number that customs gave it; see the list of guarantees",
    ),
    Rule(
        id="C101.08",
        where=Where.REFUSE,
        field="ltguaValidDate",
        check=_valid_after_change,
        needs=_MODE,
        source="inf",
        zh="保函有效期不足: 填报“{f}”, 应晚于今天 ({w})",
        en='the letter must be valid beyond today ({w}); found "{f}"',
        hint_zh="请填写变更后的保函到期日, 格式 yyyy-MM-dd HH:mm:ss",
        hint_en="write the day on which the changed letter ends, as yyyy-MM-dd HH:mm:ss",
    ),
)
"""What the gateway owns of ``docs/rules.md`` 2.4 to 2.6 without a register. S101.05 and S101.06 are
X.04 and X.09. An id may have several rows: one for each field it is about, and two where a draft
may leave empty what it may not fill wrongly (X.10)."""
