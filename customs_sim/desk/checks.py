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
        ) from None
