"""What the rules of a GRT101 ask that need no register. Pure."""

from __future__ import annotations

from handlers.contract import Breach, Context, Filing
from handlers.grt.grt101_kinds import by_letter, changes_letter, is_change, not_change
from handlers.grt.rows import is_filled, is_zero


def known_customs(filing: Filing, context: Context) -> Breach | None:
    code = filing.body.text("masterCuscd")
    if (
        is_change(filing)
        or not code
        or context.codes.get("customs", code, context.today) is not None
    ):
        return None
    if why := context.codes.not_valid("customs", code, context.today):
        zh, en = why
        return Breach(found=code, wanted=zh, wanted_en=en, hint_zh=zh, hint_en=en)
    known = context.enterprises.get(filing.body.text("assuredEtpsno"))
    return Breach(
        found=code,
        wanted=known.customs if known else "4 位关区代码",
        wanted_en=known.customs if known else "a customs code of 4 digits",
    )


def valid_until(filing: Filing, context: Context) -> Breach | None:
    return _too_short(filing, context) if by_letter(filing) else None


def valid_after_change(filing: Filing, context: Context) -> Breach | None:
    return _too_short(filing, context) if changes_letter(filing) else None


def _too_short(filing: Filing, context: Context) -> Breach | None:
    day = filing.body.day("ltguaValidDate")
    if day is not None and day > context.today:
        return None
    return Breach(found=filing.body.text("ltguaValidDate"), wanted=context.today.isoformat())


def known_payer(filing: Filing, context: Context) -> Breach | None:
    code = filing.body.text("pmnEtpsno")
    return (
        Breach(found=code)
        if not_change(filing) and code and code not in context.enterprises
        else None
    )


def payer_as_registered(filing: Filing, context: Context) -> Breach | None:
    known, name = (
        context.enterprises.get(filing.body.text("pmnEtpsno")),
        filing.body.text("pmnEtpsNm"),
    )
    if is_change(filing) or known is None or not is_filled(name) or name == known.name:
        return None
    return Breach(found=name, wanted=known.name)


def available(filing: Filing, _: Context) -> Breach | None:
    body = filing.body
    if (
        is_change(filing)
        or is_zero(body.text("avalGasrAmt"))
        or body.amount("avalGasrAmt") == body.amount("gasrAmt")
    ):
        return None
    return Breach(found=body.text("avalGasrAmt"), wanted="0")
