"""Typed views of the Grt* bodies. The wire fields stay text; a view answers typed questions and owns no rule.

Money is Decimal in 元. A view is only made of fields that passed the XSD, except that drafts may leave fields empty:
then a typed property answers None or zero as documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

import msgspec

CASH, LETTER = "1", "2"  # gurModecd
GENERAL, SINGLE = "1", "2"  # gurTypecd
COUNTER, ELECTRONIC = "1", "2"  # paymnModecd


def amount_of(text: str | None) -> Decimal | None:
    """Decimal in 元, or None when the text is no plain decimal number (``1e3`` and ``1,000`` are none)."""
    if not text or not text.isascii() or not text.replace(".", "", 1).removeprefix("-").isdigit():
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def date_of(text: str | None) -> date | None:
    """The day of ``yyyy-MM-dd`` or ``yyyy-MM-dd HH:mm:ss``; None when empty or not a real date."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


class Body(msgspec.Struct, frozen=True):
    """The fields of one Grt* body, element name to text."""

    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        return self.fields.get(name) or ""

    def count(self, name: str) -> int:
        """A whole number; 0 when empty."""
        value = self.fields.get(name) or ""
        return int(value) if value.isascii() and value.isdigit() else 0

    def amount(self, name: str) -> Decimal | None:
        return amount_of(self.fields.get(name))

    def day(self, name: str) -> date | None:
        return date_of(self.fields.get(name))


class Guarantee(Body, frozen=True):
    """GrtGasrLevyBsc, 总担保 (``domain.md`` 0.1)."""

    @property
    def guarantee_no(self) -> str:
        return self.text("gasrNo")

    @property
    def change_no(self) -> int:
        return self.count("chgTmsCnt")

    @property
    def enterprise_ref(self) -> str:
        return self.text("etpsPreentNo")

    @property
    def enterprise(self) -> str:
        return self.text("assuredEtpsno")

    @property
    def is_change(self) -> bool:
        return self.text("dclTypecd") == "2"

    @property
    def by_letter(self) -> bool:
        return self.text("gurModecd") == LETTER

    @property
    def by_cash(self) -> bool:
        return self.text("gurModecd") == CASH

    @property
    def limit(self) -> Decimal | None:
        """gasrAmt, whole 元."""
        return self.amount("gasrAmt")
