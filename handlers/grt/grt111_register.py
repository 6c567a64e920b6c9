"""The rules of a confirmation that compare it with the levy (``docs/rules.md`` 2.7). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.contract import Breach, Context, Filing, HeldLevy, Rule, Where
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
from handlers.lifecycle import EDITABLE, LABELS, status_text


def _register(filing: Filing, context: Context) -> HeldLevy | None:
    return own_levy(filing, context, filing.body.text("dpstLevyBlNo"))


def _current(filing: Filing, context: Context) -> HeldLevy | None:
    """Return the levy when the filing is about its present generation and it can be confirmed at
    all."""
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
        hint_en="nothing to do; confirm it again after its return, or when customs ask for it",
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
