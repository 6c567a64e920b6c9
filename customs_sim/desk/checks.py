"""Checks that several acts of the desk begin with."""

from __future__ import annotations

from decimal import Decimal

from customs_sim.desk.refusal import NotAllowed
from customs_sim.flow.register import Register
from customs_sim.wire.parties import Enterprise
from schemas.body import amount_of

FEN = Decimal("0.01")
BEYOND = Decimal(10) ** 15
"""The first amount that is too large for the ledger, 元."""


def positive(rule: str, field: str, text: str) -> Decimal:
    """Return an amount in 元 above 0 with at most 2 decimals; raise NotAllowed for anything
    else."""
    amount = amount_of(text)
    if amount is None or amount <= 0 or amount != amount.quantize(FEN) or amount >= BEYOND:
        raise NotAllowed(
            rule,
            field,
            f"金额 {field} 应大于 0, 至多两位小数, 现为“{text}”",
            f"{field}: wanted an amount above 0 with at most 2 decimals",
            found=text,
            hint_zh="请填写金额, 单位元, 整数至多 15 位, 如 1000.50",
            hint_en="write an amount in yuan, at most 15 digits before the point, like 1000.50",
        )
    return amount


def registered(register: Register, code: str) -> Enterprise:
    """Return the enterprise with that code; raise NotAllowed unless it is registered."""
    try:
        return register.enterprise(code)
    except KeyError:
        raise NotAllowed(
            "P301.01",
            "enterprise",
            f"企业 enterprise {code} 未在海关备案",
            f"enterprise: {code} is not registered with customs",
            found=code,
            hint_zh="已备案企业见企业列表 (enterprises), 可在那里备案",
            hint_en="the list of enterprises has who is registered; register it there",
        ) from None
