"""The rules of a GRT111 that need no register (``docs/rules.md`` 2.4, 2.7). Pure."""

from __future__ import annotations

from handlers.contract import Breach, Context, Filing, Rule, Where
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
from schemas.guarantee import CASH, COUNTER, ELECTRONIC, GENERAL, LETTER, SINGLE

_TYPE = ("gurTypecd",)


_TYPE_AND_MODE = ("gurTypecd", "gurModecd")


def by_general(filing: Filing) -> bool:
    """Return whether it is secured by a 总担保."""
    return filing.body.text("gurTypecd") == GENERAL


def by_single(filing: Filing) -> bool:
    """Return whether it is secured by itself, not by a 总担保."""
    return filing.body.text("gurTypecd") == SINGLE


def by_single_letter(filing: Filing) -> bool:
    """Return whether it is secured by a letter of its own."""
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
