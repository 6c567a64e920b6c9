"""What every body of a filing has: fields that stay text, and typed questions about them.

Money is Decimal in 元.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

import msgspec

from schemas.times import within

_AMOUNT = re.compile(r"-?(?=\.?[0-9])0*[0-9]{0,15}(\.[0-9]{0,10})?", re.ASCII)
"""At most 15 digits before the point, as the schemas have it and every column holds; with ten
behind it no sum is ever rounded."""
Parts: TypeAlias = Mapping[str, tuple[Mapping[str, str], ...]]
"""The rows beside a body: element name to rows, each row element name to text, in the order of the
wire."""


def amount_of(text: str | None) -> Decimal | None:
    """Return a Decimal in 元, or None when the text is no plain decimal number, as ``1e3`` and
    ``1,000``, or has more digits than an amount may."""
    return Decimal(text) if text and _AMOUNT.fullmatch(text) else None


def date_of(text: str | None) -> date | None:
    """Return the day of ``yyyy-MM-dd`` or ``yyyy-MM-dd HH:mm:ss``; None when empty or not a real
    date."""
    if not text:
        return None
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError:
        return None
    return day if within(day) else None


class Body(msgspec.Struct, frozen=True):
    """The fields of one Grt* body, element name to text."""

    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return the text of an element; empty when it is missing."""
        return self.fields.get(name) or ""

    def count(self, name: str) -> int:
        """Return a whole number; 0 when empty."""
        value = self.fields.get(name) or ""
        return int(value) if value.isascii() and value.isdigit() else 0

    def amount(self, name: str) -> Decimal | None:
        """Return an amount in 元; None when it is empty or no amount."""
        return amount_of(self.fields.get(name))

    def day(self, name: str) -> date | None:
        """Return a day; None when it is empty or not a real date."""
        return date_of(self.fields.get(name))


class Filed(Body, frozen=True):
    """The body of a filing: what names it and whose it is."""

    @property
    def change_no(self) -> int:
        """Return chgTmsCnt; 0 when it is empty or nil."""
        return self.count("chgTmsCnt")

    @property
    def enterprise_ref(self) -> str:
        """Return etpsPreentNo, the enterprise's own number; empty for a body that has none."""
        return self.text("etpsPreentNo")

    @property
    def enterprise(self) -> str:
        """Return assuredEtpsno, the code of the enterprise that the filing is for."""
        return self.fields.get("assuredEtpsno") or ""

    @property
    def is_change(self) -> bool:
        """Return whether the filing changes what a former one set up."""
        return False
