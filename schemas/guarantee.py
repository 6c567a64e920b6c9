"""Typed views of the Grt* bodies of the guarantee business. The wire fields stay text; a view
answers typed questions and owns no rule. The enterprise record is in ``record``; how a body with
its rows is read and written, in ``filing``.

Money is Decimal in 元. A view is only made of fields that passed the XSD, except that drafts may
leave fields empty: then a typed property answers None or zero as documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Self

from schemas.body import Body, Filed, Parts

CASH, LETTER = "1", "2"  # gurModecd
GENERAL, SINGLE = "1", "2"  # gurTypecd
COUNTER, ELECTRONIC = "1", "2"  # paymnModecd
PAID, NOTHING_TO_PAY = "2", "3"  # levyBlStucd
REFUND, CARRY_OVER = "1", "2"  # rtnbkCrdwTypecd


class Secured(Filed, frozen=True):
    """A body that says how it is secured."""

    @property
    def by_letter(self) -> bool:
        return self.text("gurModecd") == LETTER

    @property
    def by_cash(self) -> bool:
        return self.text("gurModecd") == CASH


class Guarantee(Secured, frozen=True):
    """GrtGasrLevyBsc, 总担保 (``docs/wire.md`` 0.1)."""

    @property
    def guarantee_no(self) -> str:
        return self.text("gasrNo")

    @property
    def is_change(self) -> bool:
        return self.fields.get("dclTypecd") == "2"

    @property
    def limit(self) -> Decimal | None:
        """gasrAmt, whole 元."""
        return self.amount("gasrAmt")

    @property
    def used(self) -> Decimal:
        """usedGasrAmt, whole 元, rounded up by customs; 0 when empty."""
        return self.amount("usedGasrAmt") or Decimal(0)

    @property
    def returned(self) -> Decimal:
        """alrdyRtnbkGasrAmt; 0 when empty."""
        return self.amount("alrdyRtnbkGasrAmt") or Decimal(0)

    def refundable(self) -> Decimal:
        """gasrAmt − used − returned, as the wire shows it; customs checks the exact values."""
        return (self.limit or Decimal(0)) - self.used - self.returned


class Levy(Secured, frozen=True):
    """GrtDpstLevyBlBsc, 保证金征收单 (``docs/wire.md`` 0.2). Its key is levy_no and change_no; it
    has no enterprise ref."""

    @property
    def levy_no(self) -> str:
        return self.text("dpstLevyBlNo")

    @property
    def guarantee_no(self) -> str:
        """gasrNo: the 总担保 that secures it; empty for a single guarantee."""
        return self.text("gasrNo")

    @property
    def letter_no(self) -> str:
        return self.text("ltguaNo")

    @property
    def by_general(self) -> bool:
        """Secured by a 总担保."""
        return self.text("gurTypecd") == GENERAL

    @property
    def by_single(self) -> bool:
        return self.text("gurTypecd") == SINGLE

    @property
    def due(self) -> Decimal | None:
        """levyBlAmt, 应征金额."""
        return self.amount("levyBlAmt")

    @property
    def levied(self) -> Decimal:
        """actlvyAmt, 实征金额: all that cash, letter or quota ever covered; 0 when empty."""
        return self.amount("actlvyAmt") or Decimal(0)

    @property
    def refunded(self) -> Decimal:
        """alrdyRtnbkAmt; 0 when empty."""
        return self.amount("alrdyRtnbkAmt") or Decimal(0)

    @property
    def carried(self) -> Decimal:
        """alrdyCrdwAmt, carried over to other levies; 0 when empty."""
        return self.amount("alrdyCrdwAmt") or Decimal(0)

    @property
    def paid(self) -> bool:
        """levyBlStucd 2: cash came, or a single letter was registered."""
        return self.text("levyBlStucd") == PAID

    def refundable(self) -> Decimal:
        """actlvyAmt − alrdyRtnbkAmt − alrdyCrdwAmt (``docs/rules.md`` R121.07)."""
        return self.levied - self.refunded - self.carried


class CarryIn(Body, frozen=True):
    """GrtCrdwInDt: a levy that receives from a carry-over."""

    @property
    def levy_no(self) -> str:
        return self.text("gurNo")

    @property
    def carried(self) -> Decimal | None:
        return self.amount("crdwAmt")


class Refund(Filed, frozen=True):
    """GrtRtnbkCrdwDt, 退还 / 结转, with its receiving levies (``docs/wire.md`` 0.3)."""

    carry_in: tuple[CarryIn, ...] = ()

    @classmethod
    def of(cls, fields: Mapping[str, str], parts: Parts) -> Self:
        return cls(fields, tuple(CarryIn(row) for row in parts.get("GrtCrdwInDt", ())))

    @property
    def register_no(self) -> str:
        """gurNo: a 总担保 or a levy, which one says ``of_guarantee`` (``docs/rules.md`` K7)."""
        return self.text("gurNo")

    @property
    def refund_no(self) -> str:
        return self.text("rtnbkCrdwNo")

    @property
    def of_guarantee(self) -> bool:
        return self.text("gurTypecd") == GENERAL

    @property
    def of_levy(self) -> bool:
        return self.text("gurTypecd") == SINGLE

    @property
    def is_refund(self) -> bool:
        return self.text("rtnbkCrdwTypecd") == REFUND

    @property
    def is_carry_over(self) -> bool:
        return self.text("rtnbkCrdwTypecd") == CARRY_OVER

    @property
    def reason(self) -> str:
        return self.text("rtnbkCrdwRsnDesc")

    @property
    def asked(self) -> Decimal | None:
        """rtnbkCrdwAmt."""
        return self.amount("rtnbkCrdwAmt")
