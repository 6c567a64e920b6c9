"""Amounts: what the balances of a guarantee or a levy say, exact in 分 and as the wire shows it,
and 分 as 元 and back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from customs_sim.ledger.postings import Balances


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeAmounts:
    """A guarantee in exact 分, and as the wire shows it in whole 元 (``docs/rules.md`` K 4): used
    is rounded up, and what is available is what then remains, so that the wire never promises more
    than there is. Checks use the exact amounts.
    """

    limit: int
    used: int
    returned: int
    pending: int

    @property
    def available(self) -> int:
        """Exact, 分."""
        return self.limit - self.used - self.returned - self.pending

    def wire(self) -> dict[str, str]:
        """The four gasr elements, in whole 元."""
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
    """A levy in 分. ``open`` is still to be secured; ``cash``, ``paper``, ``quota`` are held now;
    ``occupied``, ``refunded``, ``carried`` are totals over its life."""

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
    def held(self) -> int:
        """Security held now, of whatever kind."""
        return self.cash + self.paper + self.quota

    @property
    def due(self) -> int:
        """Security wanted: what is open and what is held."""
        return self.open + self.held

    @property
    def secured(self) -> int:
        """actlvyAmt: all security ever given, less reversed payments."""
        return self.held + self.refunded + self.carried

    @property
    def refundable(self) -> int:
        """Money that can be given back or carried over (R121.07)."""
        return self.cash

    @property
    def status(self) -> str:
        """levyBlStucd: 1 while anything is open; else 2 where cash or a letter did it, 3 where a
        总担保 did or customs took it back. A refund never moves it (``docs/rules.md`` M5.1)."""
        if self.open:
            return "1"
        return "2" if self.secured > self.occupied else "3"

    def wire(self) -> dict[str, str]:
        """The four amounts and levyBlStucd."""
        return {
            "levyBlAmt": yuan(self.levied),
            "actlvyAmt": yuan(self.secured),
            "alrdyRtnbkAmt": yuan(self.refunded),
            "alrdyCrdwAmt": yuan(self.carried),
            "levyBlStucd": self.status,
        }


def guarantee_amounts(found: Balances, number: str) -> GuaranteeAmounts:
    """The guarantee ``number`` out of ``balances``."""
    return GuaranteeAmounts(
        **{
            kind: found.get(f"{kind}:{number}", 0)
            for kind in ("limit", "used", "returned", "pending")
        }
    )


def levy_amounts(found: Balances, number: str) -> LevyAmounts:
    """The levy ``number`` out of ``balances``."""
    return LevyAmounts(
        **{
            kind: found.get(f"{kind}:{number}", 0)
            for kind in (
                "open",
                "cash",
                "paper",
                "quota",
                "levied",
                "taken",
                "occupied",
                "refunded",
                "carried",
            )
        }
    )


def yuan(fen: int) -> str:
    """分 as 元 with two decimals, as levy amounts stand on the wire: 3000075 is 30000.75."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def yuan_up(fen: int) -> int:
    """分 as whole 元, rounded up: 3000075 is 30001."""
    return -(-fen // 100)


def decimal(fen: int) -> Decimal:
    """分 as 元, exact."""
    return Decimal(fen).scaleb(-2)


def fen(amount: Decimal) -> int:
    """元 as 分; ValueError for parts of a 分."""
    found = amount.scaleb(2)
    if found != int(found):
        raise ValueError(f"{amount}: at most 2 decimals")
    return int(found)


def money(amount: Decimal) -> str:
    """元 with both decimals."""
    return f"{amount:.2f}"
