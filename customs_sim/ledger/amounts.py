"""Amounts: what the balances of a guarantee or a levy say, exact in 分 and as the wire shows it.
Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields

from customs_sim.ledger.groups import Balances
from schemas.money import decimal, fen, yuan, yuan_up
from schemas.money import money_text as money

__all__ = [
    "GuaranteeAmounts",
    "LevyAmounts",
    "decimal",
    "fen",
    "guarantee_amounts",
    "levy_amounts",
    "money",
    "yuan",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeAmounts:
    """A guarantee in exact 分, which checks use, and as the wire shows it in whole 元
    (``docs/rules.md`` K 4).

    On the wire what is used is rounded up, and what is available is what then remains: the wire
    never promises more than there is.
    """

    limit: int
    used: int
    returned: int
    pending: int

    @property
    def available(self) -> int:
        """Return what may still be used, exact, in 分."""
        return self.limit - self.used - self.returned - self.pending

    def wire(self) -> dict[str, str]:
        """Return the four gasr elements, in whole 元."""
        limit, used, returned, pending = (
            yuan_up(amount) for amount in (self.limit, self.used, self.returned, self.pending)
        )
        return {
            "gasrAmt": str(limit),
            "usedGasrAmt": str(used),
            "avalGasrAmt": str(limit - used - returned - pending),
            "alrdyRtnbkGasrAmt": str(returned),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LevyAmounts:
    """A levy in 分.

    Attributes:
        open: Still to be secured.
        cash: Deposited now in money; so are ``paper`` by letter and ``quota`` by a guarantee.
        levied: Issued, with what was raised and lowered since.
        taken: Taken back by customs.
        occupied: Quota ever occupied; ``refunded`` and ``carried`` are totals over its life too.
    """

    open: int
    cash: int
    paper: int
    quota: int
    levied: int
    taken: int
    occupied: int
    refunded: int
    carried: int

    @property
    def deposited(self) -> int:
        """Return the security on deposit now, of whatever kind."""
        return self.cash + self.paper + self.quota

    @property
    def due(self) -> int:
        """Return the security wanted: what is open and what is deposited."""
        return self.open + self.deposited

    @property
    def secured(self) -> int:
        """Return actlvyAmt: all security ever given, less reversed payments."""
        return self.deposited + self.refunded + self.carried

    @property
    def refundable(self) -> int:
        """Return the money that can be given back or carried over (R121.07)."""
        return self.cash

    @property
    def status(self) -> str:
        """Return levyBlStucd: 1 while anything is open; else 2 where cash or a letter secured it, 3
        where a 总担保 did or customs took it back. A refund never moves it (``docs/rules.md``
        M5.1)."""
        if self.open:
            return "1"
        return "2" if self.secured > self.occupied else "3"

    def wire(self) -> dict[str, str]:
        """Return the four amounts in 元 with two decimals, and levyBlStucd."""
        return {
            "levyBlAmt": yuan(self.levied),
            "actlvyAmt": yuan(self.secured),
            "alrdyRtnbkAmt": yuan(self.refunded),
            "alrdyCrdwAmt": yuan(self.carried),
            "levyBlStucd": self.status,
        }


LEVY_KINDS = tuple(each.name for each in fields(LevyAmounts))
"""Accounts that a levy has."""


def guarantee_amounts(balances: Balances, number: str) -> GuaranteeAmounts:
    """Return the amounts of the guarantee ``number`` out of balances."""
    return GuaranteeAmounts(
        **{
            kind: balances.get(f"{kind}:{number}", 0)
            for kind in ("limit", "used", "returned", "pending")
        }
    )


def levy_amounts(balances: Balances, number: str) -> LevyAmounts:
    """Return the amounts of the levy ``number`` out of balances."""
    return LevyAmounts(**{kind: balances.get(f"{kind}:{number}", 0) for kind in LEVY_KINDS})
