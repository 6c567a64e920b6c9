"""A document as a person reads it: each element with its label, what a code means, what it was
before, and how an amount or a day is shown. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from schemas.body import amount_of

CUSTOMS_OWN = frozenset(
    {
        "chgTmsCnt",
        "mkclUnitNm",
        "mkclUnitOpaccBankNm",
        "mkclUnitBankAcctnum",
        "usedGasrAmt",
        "avalGasrAmt",
        "alrdyRtnbkGasrAmt",
        "apprTime",
        "chgApprTime",
        "emapvMarkcd",
        "gurStucd",
        "pmnDeadline",
        "pmnChkinTime",
        "version",
        "lastUpdateTime",
        "actlvyAmt",
        "alrdyCrdwAmt",
        "alrdyRtnbkAmt",
        "levyBlStucd",
        "levyBlGenrtDate",
        "dpstPmnDeadline",
        "dpstPmnChkinTime",
        "dataSrccd",
    }
)
"""Elements that customs writes (``docs/rules.md`` 2.1): a filing that says something else there
changes nothing."""
OF_EVERY_FILING = frozenset({"dclTypecd", "etpsPreentNo", "dclTime"})
"""Elements that differ in every filing and say nothing of what changes."""
MIDNIGHT = " 00:00:00"
MONEY, DAY = frozenset({"Amount", "SignedAmount", "WholeYuan"}), "DateTimeText"
"""Types of the wire without ``Optional``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One element of a document.

    Attributes:
        said: The name of its code, Chinese and English; empty where it has none.
        former: What the former generation had there; None without one to compare with.
        former_said: The name of that code.
        type_name: Its type on the wire.
    """

    name: str
    label_zh: str
    label_en: str
    value: str
    said: tuple[str, str] = ("", "")
    former: str | None = None
    former_said: tuple[str, str] = ("", "")
    type_name: str = ""

    @property
    def own(self) -> bool:
        """Return whether customs writes it."""
        return self.name in CUSTOMS_OWN

    @property
    def money(self) -> bool:
        """Return whether it is an amount."""
        return self._type in MONEY

    @property
    def changed(self) -> bool:
        """Return whether the enterprise changed what it says."""
        if self.former is None or self.own or self.name in OF_EVERY_FILING:
            return False
        if self.money and (amounts := self._amounts()) is not None:
            return amounts[0] != amounts[1]
        return self._shown(self.former) != self._shown(self.value)

    @property
    def shown(self) -> str:
        """Return the value as a person reads it: an amount with separators, a day without its
        hour."""
        return self._shown(self.value)

    @property
    def former_shown(self) -> str:
        """Return what was there before, in the same way."""
        return self._shown(self.former or "")

    @property
    def difference(self) -> str:
        """Return by how much an amount changed, with its sign; empty for anything else."""
        amounts = self._amounts() if self.money and self.changed else None
        return f"{amounts[1] - amounts[0]:+,f}" if amounts else ""

    @property
    def _type(self) -> str:
        return self.type_name.removeprefix("Optional")

    def _amounts(self) -> tuple[Decimal, Decimal] | None:
        before, now = amount_of(self.former or "0"), amount_of(self.value or "0")
        return None if before is None or now is None else (before, now)

    def _shown(self, text: str) -> str:
        if self.money and text and (amount := amount_of(text)) is not None:
            return f"{amount:,f}"
        return text.removesuffix(MIDNIGHT) if self._type == DAY else text
