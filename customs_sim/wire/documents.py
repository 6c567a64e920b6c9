"""The documents of the registers, made from what was filed or asked. Pure.

What customs owns in them is set here and nowhere else (``docs/rules.md`` 2.1). Every function
returns all elements in schema order.
"""

from __future__ import annotations

from collections.abc import Mapping

from customs_sim.wire.calendar import Moment
from customs_sim.wire.elements import CHANGED, CONFIRMED, GUARANTEE, LEVY, REFUND, filled
from customs_sim.wire.filing import Filing
from customs_sim.wire.parties import Enterprise, payee_of
from schemas.guarantee import SINGLE
from schemas.times import from_wire, to_wire

DAY = 24 * 3600 * 1_000_000
"""Microseconds of a day."""


def assured(enterprise: Enterprise) -> dict[str, str]:
    """Return 被担保企业 as registered."""
    return {
        "assuredEtpsno": enterprise.code,
        "assuredEtpsNm": enterprise.name,
        "assuredEtpsSccd": enterprise.credit_code,
    }


def receiver(customs: str) -> dict[str, str]:
    """Return 收款单位 of the district."""
    payee = payee_of(customs)
    return {
        "mkclUnitNm": payee.name,
        "mkclUnitOpaccBankNm": payee.bank,
        "mkclUnitBankAcctnum": payee.account,
    }


def set_up(
    filing: Filing, number: str, now: Moment, amounts: Mapping[str, str], *, deadline: int
) -> dict[str, str]:
    """Return a guarantee as it stands after its 设立 (S101.21). ``deadline`` 0: nothing is left to
    be paid."""
    body = filing.body
    return (
        dict(body.fields)
        | receiver(body.text("masterCuscd"))
        | dict(amounts)
        | {
            "gasrNo": number,
            "apprTime": now.wire,
            "chgApprTime": "",
            "emapvMarkcd": "1",
            "gurStucd": "1",
            "pmnDeadline": to_wire(deadline) if deadline else "",
            "pmnChkinTime": now.wire if body.text("gurModecd") == "1" and not deadline else "",
            "version": "1",
            "lastUpdateTime": now.wire,
        }
    )


def changed(
    filing: Filing,
    document: Mapping[str, str],
    now: Moment,
    amounts: Mapping[str, str],
    version: int,
) -> dict[str, str]:
    """Return a guarantee as it stands after a 变更 (C101.10): a letter that had run out is in force
    again."""
    body = filing.body
    return (
        dict(document)
        | {name: body.text(name) for name in CHANGED}
        | dict(amounts)
        | {
            "chgTmsCnt": str(body.change_no),
            "chgApprTime": now.wire,
            "emapvMarkcd": "1",
            "gurStucd": "1",
            "version": str(version),
            "lastUpdateTime": now.wire,
        }
    )


def confirmed(filing: Filing, document: Mapping[str, str], now: Moment) -> dict[str, str]:
    """Return a levy as confirmed (F111.13), but for what its balances decide."""
    return (
        dict(document)
        | {name: filing.body.text(name) for name in CONFIRMED}
        | {"dataSrccd": "1", "emapvMarkcd": "1", "lastUpdateTime": now.wire}
    )


def unapproved(filing: Filing, mark: str, now: Moment, version: int) -> dict[str, str]:
    """Return the filing as it stands while nothing is approved. ``mark`` is emapvMarkcd;
    ``version`` is that of the register, which the filing did not touch (0: there is none)."""
    fields = filing.body.fields
    own = {"emapvMarkcd": mark, "version": str(version), "lastUpdateTime": now.wire}
    if filing.sets_up:
        own |= {
            "gurStucd": "0",
            "apprTime": "",
            "chgApprTime": "",
            "usedGasrAmt": "0",
            "avalGasrAmt": filing.body.text("gasrAmt"),
            "alrdyRtnbkGasrAmt": "0",
            "pmnDeadline": "",
            "pmnChkinTime": "",
        }
    return dict(fields) | {name: value for name, value in own.items() if name in fields}


def refunded(
    filing: Filing, number: str, serial: int, customs: str, name: str, now: Moment
) -> dict[str, str]:
    """Return a 退转单 as it stands after its approval (R121.16)."""
    fields = filing.body.fields
    return dict(fields) | {
        "seqno": str(serial),
        "chgTmsCnt": str(filing.body.change_no),
        "assuredEtpsNm": fields.get("assuredEtpsNm") or name,
        "dataSrccd": "1",
        "emapvMarkcd": "1",
        "version": "1",
        "lastUpdateTime": now.wire,
        "masterCuscd": fields.get("masterCuscd") or customs,
        "rtnbkCrdwNo": number,
    }


def new_levy(
    number: str,
    enterprise: Enterprise,
    customs: str,
    now: Moment,
    *,
    biz_type: str,
    biz_no: str,
    oriact_no: str,
    oriact_valid: str,
) -> dict[str, str]:
    """Return a levy as customs issues it, without what the enterprise fills in and without amounts
    and version."""
    return filled(
        LEVY,
        assured(enterprise),
        receiver(customs),
        {
            "dpstLevyBlNo": number,
            "chgTmsCnt": "0",
            "masterCuscd": customs,
            "oriactNo": oriact_no,
            "oriactValidDate": oriact_valid,
            "bizTypecd": biz_type,
            "bizBlsNo": biz_no,
            "emapvMarkcd": "0",
            "levyBlGenrtDate": now.wire,
            "dataSrccd": "0",
        },
    )


def asked_guarantee(
    enterprise: Enterprise, now: Moment, *, amount: str, valid_until: str
) -> dict[str, str]:
    """Return a 总担保 that customs asks an enterprise to set up (P301.08)."""
    return filled(
        GUARANTEE,
        assured(enterprise),
        receiver(enterprise.customs),
        {
            "chgTmsCnt": "0",
            "dclTypecd": "1",
            "masterCuscd": enterprise.customs,
            "gasrAmt": amount,
            "usedGasrAmt": "0",
            "avalGasrAmt": "0",
            "alrdyRtnbkGasrAmt": "0",
            "ltguaValidDate": valid_until,
            "emapvMarkcd": "0",
            "gurStucd": "0",
            "version": "1",
            "lastUpdateTime": now.wire,
        },
    )


def asked_change(
    document: Mapping[str, str],
    now: Moment,
    *,
    change_no: int,
    version: int,
    amount: str,
    valid_until: str,
) -> dict[str, str]:
    """Return a 变更 that customs asks for: the guarantee with what is wanted in it, under the count
    that the change will carry."""
    wanted = {
        "gasrAmt": amount or document.get("gasrAmt", ""),
        "ltguaValidDate": valid_until or document.get("ltguaValidDate", ""),
    }
    return (
        dict(document)
        | wanted
        | {
            "chgTmsCnt": str(change_no),
            "etpsPreentNo": "",
            "dclTypecd": "2",
            "emapvMarkcd": "0",
            "version": str(version),
            "lastUpdateTime": now.wire,
        }
    )


def ex_officio(
    register_no: str,
    number: str,
    serial: int,
    enterprise: Enterprise,
    customs: str,
    now: Moment,
    *,
    gur_type: str,
    kind: str,
    reason: str,
    amount: str,
) -> dict[str, str]:
    """Return a refund or carry-over that customs starts (K10)."""
    return filled(
        REFUND,
        assured(enterprise),
        {
            "gurNo": register_no,
            "seqno": str(serial),
            "chgTmsCnt": "0",
            "gurTypecd": gur_type or SINGLE,
            "rtnbkCrdwTypecd": kind,
            "rtnbkCrdwRsnDesc": reason,
            "rtnbkCrdwAmt": amount,
            "applyDate": now.wire,
            "dataSrccd": "0",
            "emapvMarkcd": "1",
            "version": "1",
            "lastUpdateTime": now.wire,
            "masterCuscd": customs,
            "rtnbkCrdwNo": number,
        },
    )


def last_day_over(text: str) -> int:
    """Return when the last valid day ``yyyy-MM-dd…`` is over, in microseconds UTC; 0 when there is
    none."""
    start = from_wire(text[:10])
    return start + DAY if start else 0
