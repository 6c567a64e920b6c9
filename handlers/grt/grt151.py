"""GRT151 信息维护: the enterprise's whole record, its contacts and the bank accounts of its payer
units, replaced at once (``docs/rules.md`` 2.4, 2.9). Message and rules are ours. No rule needs the
store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from handlers.contract import (
    AnswerHandler,
    Breach,
    Context,
    Facets,
    Filing,
    RecordChange,
    Rule,
    SubmissionHandler,
    Where,
)
from handlers.grt.receipts import count_in, read_decision
from handlers.grt.rows import (
    as_registered,
    in_rows,
    is_account,
    is_filled,
    may_act,
    operator_authorised,
    row_value_is,
    system_named,
)

CONTACTS, ACCOUNTS = "GrtEtpsConcDt", "GrtEtpsAcctDt"
DEFAULT = "1"  # dfltMarkcd
_PHONE = re.compile(r"[0-9+-]{1,15}")


def _number(row: Mapping[str, str]) -> tuple[str, str]:
    """Return what makes two accounts the same one: bank and number, hyphens aside."""
    return row.get("pmnEtpsOpaccBankNm", "").strip(), row.get("pmnEtpsBankAcctnum", "").replace(
        "-", ""
    )


def _payer(row: Mapping[str, str]) -> str:
    """Return the payer unit of an account: its code, or its name when it has none (a bank)."""
    return row.get("pmnEtpsno") or row.get("pmnEtpsNm") or ""


def _doubled(filing: Filing, _: Context) -> Iterator[tuple[int, Breach]]:
    seen: set[tuple[str, str]] = set()
    for at, row in enumerate(filing.parts.get(ACCOUNTS, ())):
        number = _number(row)
        if number[1] and number in seen:
            yield at, Breach(found=row.get("pmnEtpsBankAcctnum", ""))
        seen.add(number)


def _defaults(filing: Filing, _: Context) -> Iterator[tuple[int, Breach]]:
    """Yield, for a payer without a default, its first account, and for one with several each
    surplus one."""
    if any("pmnEtpsno" not in row for row in filing.parts.get(ACCOUNTS, ())):
        return  # whose account it is, is not known: the schema says so
    payers: dict[str, list[tuple[int, bool]]] = {}
    names: dict[str, str] = {}
    for at, row in enumerate(filing.parts.get(ACCOUNTS, ())):
        payers.setdefault(_payer(row), []).append((at, row.get("dfltMarkcd") == DEFAULT))
        names.setdefault(_payer(row), row.get("pmnEtpsNm") or "")
    for payer, rows in payers.items():
        marked = [at for at, default in rows if default]
        if not marked:
            yield (
                rows[0][0],
                Breach(
                    field="dfltMarkcd",
                    found=names[payer],
                    wanted="1",
                    hint_zh="请把该单位的一个账号的默认标记填为 1",
                    hint_en="set dfltMarkcd of one of its accounts to 1",
                ),
            )
        for at in marked[1:]:
            yield (
                at,
                Breach(
                    field="dfltMarkcd",
                    found=names[payer],
                    wanted="1",
                    hint_zh="请把其余账号的默认标记填为 0",
                    hint_en="set dfltMarkcd of the others to 0",
                ),
            )


def _other_name(filing: Filing, context: Context) -> Iterator[tuple[int, Breach]]:
    for at, row in enumerate(filing.parts.get(ACCOUNTS, ())):
        known, name = (
            context.enterprises.get(row.get("pmnEtpsno") or ""),
            row.get("pmnEtpsNm") or "",
        )
        if known is not None and is_filled(name) and name != known.name:
            yield at, Breach(found=name, wanted=known.name)


def _unregistered(filing: Filing, context: Context) -> Iterator[tuple[int, Breach]]:
    for at, row in enumerate(filing.parts.get(ACCOUNTS, ())):
        code = row.get("pmnEtpsno")
        if code and code not in context.enterprises:
            yield at, Breach(found=code)


RULES: tuple[Rule, ...] = (
    may_act(id="M151.01"),
    operator_authorised(),
    system_named(),
    *as_registered(id="M151.02"),
    row_value_is(
        "M151.06",
        CONTACTS,
        "etpsConcErTelnum",
        lambda value: _PHONE.fullmatch(value) is not None,
        source="inf",
        zh="电话格式错误: 填报“{f}”, 应为至多 15 位数字、+ 或 -",
        en='wrong form of a telephone number: found "{f}"; wanted at most 15 digits, + or -',
        hint_zh="请写成如 010-88886666 的形式",
        hint_en="write it like 010-88886666",
    ),
    Rule(
        id="M151.05",
        where=Where.REFUSE,
        field="pmnEtpsno",
        check=in_rows(ACCOUNTS, _unregistered),
        source="inf",
        zh="缴款单位 {f} 未备案",
        en="payer unit {f} is not registered",
        hint_zh="请改正海关编码; 缴款方没有编码时 (如银行) 留空, 只填名称",
        hint_en=(
            "correct the code; leave it empty, and write the name alone, for a payer without one"
        ),
    ),
    Rule(
        id="M151.05",
        where=Where.REFUSE,
        field="pmnEtpsNm",
        check=in_rows(ACCOUNTS, _other_name),
        needs=("pmnEtpsno",),
        source="inf",
        zh="缴款单位名称与备案不符: 填报“{f}”, 备案为“{w}”",
        en='the payer\'s name differs from the registry: found "{f}", registered "{w}"',
        hint_zh="请填写“{w}”, 或改正 pmnEtpsno",
        hint_en='write "{w}", or correct pmnEtpsno',
    ),
    row_value_is(
        "M151.03",
        ACCOUNTS,
        "pmnEtpsOpaccBankNm",
        is_filled,
        source="inf",
        zh="开户银行必填, 现为空",
        en="the bank is required; found nothing",
        hint_zh="请填写开户银行全称",
        hint_en="write the full name of the bank",
    ),
    row_value_is(
        "M151.03",
        ACCOUNTS,
        "pmnEtpsBankAcctnum",
        is_account,
        source="inf",
        zh="银行账号格式错误: 填报“{f}”, 应为 6 至 32 位数字或连字符",
        en='wrong form of an account: found "{f}"; wanted 6 to 32 digits or hyphens',
        hint_zh="请填写账号, 不带空格",
        hint_en="write the account number without spaces",
    ),
    Rule(
        id="M151.03",
        where=Where.REFUSE,
        field="pmnEtpsBankAcctnum",
        check=in_rows(ACCOUNTS, _doubled),
        source="inf",
        zh="银行账号 {f} 重复",
        en="account {f} is listed twice",
        hint_zh="请删除重复的账号",
        hint_en="remove one of the two",
    ),
    Rule(
        id="M151.04",
        where=Where.REFUSE,
        field=ACCOUNTS,
        check=in_rows(ACCOUNTS, _defaults),
        needs=("pmnEtpsno", "dfltMarkcd"),
        source="inf",
        zh="缴款单位“{f}”须有且只有 {w} 个默认账号",
        en='payer unit "{f}" must have exactly {w} default account',
        hint_zh="请填写默认标记",
        hint_en="set dfltMarkcd",
    ),
)
"""What the gateway owns of ``docs/rules.md`` 2.4 and 2.9. X.01 and X.04 are M151.01 and M151.02
here; the body has no amounts."""


def key(filing: Filing) -> str:
    """Return the filing key: reference and change count."""
    return f"{filing.body.text('etpsPreentNo')}|{filing.body.count('chgTmsCnt')}"


HANDLER = SubmissionHandler(
    code="GRT151",
    zh="信息维护",
    en="enterprise record",
    body="GrtEtpsInfoBsc",
    answers=("GRT200", "GRT251"),
    rules=RULES,
    parts=(CONTACTS, ACCOUNTS),
    key=key,
    facets=lambda filing: Facets(kind="record", customs=filing.body.text("masterCuscd")),
    reference=lambda filing: filing.body.text("etpsPreentNo"),
    change_no=lambda filing: filing.body.count("chgTmsCnt"),
)

DECISION = AnswerHandler(
    code="GRT251",
    zh="信息维护审批回执",
    en="enterprise record decision",
    read=read_decision,
    on_answer=lambda answer: RecordChange(count_in(answer.fields, "version")),
)
"""GRT251: customs took the enterprise record, or did not; the whole record as they now hold it."""
