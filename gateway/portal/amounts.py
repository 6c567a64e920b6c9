"""Amounts in words, as a Chinese form asks them back (大写)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
MOST = Decimal(10) ** 15


def in_words(amount: str) -> str:
    """Return an amount of the wire in Chinese words: ``500000`` is 伍拾万元整. Empty for what is no
    amount."""
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return ""
    if not value.is_finite() or not 0 <= value < MOST or value != round(value, 2):
        return ""
    whole, cents = divmod(int(value * 100), 100)
    text = _whole(whole) + "元" if whole or not cents else ""
    if not cents:
        return text + "整"
    jiao, fen = divmod(cents, 10)
    text += DIGITS[jiao] + "角" if jiao else "零" if whole else ""
    return text + (DIGITS[fen] + "分" if fen else "整")


def _whole(number: int) -> str:
    if not number:
        return DIGITS[0]
    groups: list[int] = []
    while number:
        number, rest = divmod(number, 10_000)
        groups.append(rest)
    text, gap = "", False
    for at in range(len(groups) - 1, -1, -1):
        group = groups[at]
        if not group:
            gap = bool(text)
            continue
        if text and (gap or group < 1000):
            text += DIGITS[0]
        text += _group(group) + GROUPS[at]
        gap = False
    return text


def _group(number: int) -> str:
    text, gap = "", False
    for at in range(3, -1, -1):
        digit = number // 10**at % 10
        if not digit:
            gap = bool(text)
            continue
        text += (DIGITS[0] if gap else "") + DIGITS[digit] + PLACES[at]
        gap = False
    return text
