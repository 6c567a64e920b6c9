"""Amounts between 分 (int, as both sides store them) and 元 (Decimal or text, as the wire has
them). Exact: no float. Every form that an amount is written in has its name here."""

from __future__ import annotations

from decimal import Decimal

from schemas.body import amount_of


def yuan(fen: int) -> str:
    """Return 分 as 元 with both decimals: 3000075 is ``30000.75``."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def yuan_short(fen: int) -> str:
    """Return 分 as 元 as a guarantee has them on the wire: whole 元 without decimals, others with
    two."""
    return str(fen // 100) if fen % 100 == 0 else yuan(fen)


def grouped(fen: int) -> str:
    """Return 分 as 元 with separators, as a page shows it: 3000075 is ``30,000.75``."""
    whole, _, cents = yuan(fen).partition(".")
    return f"{int(whole):,}.{cents}" if whole != "-0" else f"-0.{cents}"


def yuan_up(fen: int) -> int:
    """Return 分 as whole 元, rounded up: 3000075 is 30001."""
    return -(-fen // 100)


def decimal(fen: int) -> Decimal:
    """Return 分 as 元, exact."""
    return Decimal(fen).scaleb(-2)


def fen(amount: Decimal) -> int:
    """Return 元 as 分; raise ValueError when that is not whole."""
    scaled = amount.scaleb(2)
    if scaled != int(scaled):
        raise ValueError(f"{amount}: at most 2 decimals")
    return int(scaled)


def fen_of(text: str | None) -> int:
    """Return an amount on the wire as 分; 0 for what is no amount."""
    return int((amount_of(text) or 0) * 100)


def money_text(amount: Decimal) -> str:
    """Return 元 that are exact to 0.01 as text with both decimals."""
    return f"{amount:.2f}"
