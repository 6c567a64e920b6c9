"""A list in another order than the newest first, and the sums of its amounts. Both need every row
of the list as it is shown, so both are bounded."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from gateway.queries.shapes import DeclarationOut
from schemas.money import fen_of, yuan

MOST = 5_000
"""Rows of a list that is sorted or added up."""
OWN = (
    "seq_no",
    "enterprise_ref",
    "business_no",
    "status",
    "payment",
    "change_no",
    "attempt",
    "overdue",
    "refund_status",
    "updated_at",
)
"""What a row can be sorted by beside the elements of its document."""
AMOUNT = "Amt"
"""How the name of an amount ends."""


class TooLong(Exception):
    """The list has ``total`` rows: too many to be sorted."""

    def __init__(self, total: int) -> None:
        super().__init__(f"{total} rows are too many to be sorted; at most {MOST} are")
        self.total = total


def sorted_by(items: Iterable[DeclarationOut], name: str, *, down: bool) -> list[DeclarationOut]:
    """Return the rows by an element or by what a row has beside it; rows without a value last,
    rows of equal value newest first."""
    rows = sorted(items, key=lambda row: row.seq_no, reverse=True)
    valued = [(key, row) for row in rows if (key := _key(row, name)) is not None]
    valued.sort(key=lambda pair: pair[0], reverse=down)  # stable, both ways
    return [row for _, row in valued] + [row for row in rows if _key(row, name) is None]


def sums_of(items: Iterable[DeclarationOut]) -> dict[str, str]:
    """Return the sums of all amounts, element name to 元."""
    sums: dict[str, int] = {}
    for row in items:
        for name, value in row.fields.items():
            if name.endswith(AMOUNT) and value:
                sums[name] = sums.get(name, 0) + fen_of(value)
    return {name: yuan(total) for name, total in sums.items()}


def _key(row: DeclarationOut, name: str) -> tuple[int, Decimal, str] | None:
    """Return what a row is sorted by: numbers by their size, then text; None for nothing."""
    value = getattr(row, name) if name in OWN else row.fields.get(name)
    if value is None or value == "":
        return None
    text = str(int(value)) if isinstance(value, bool) else str(value)
    if name.endswith(AMOUNT) or isinstance(value, int):
        try:
            return 0, Decimal(text), ""
        except InvalidOperation:
            pass
    return 1, Decimal(0), text
