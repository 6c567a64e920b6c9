"""Bars of a picture: where their parts lie, in per cent of the width, for the template to draw at
any width. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from customs_sim.ledger.rows import Guarantee

LEAST = 7.0
"""Per cent that a part has at least, so that its number can be read and hit."""


class Part(NamedTuple):
    """A part of a bar. ``place``: which of the amounts it is; ``x`` and ``width`` in per cent."""

    place: int
    amount: int
    x: float
    width: float


Bar = tuple[Part, ...]


def stacked(rows: Sequence[Sequence[int]]) -> tuple[Bar, ...]:
    """Return a bar for each row of amounts, all on one scale: the longest is as wide as the
    picture."""
    longest = max((sum(row) for row in rows), default=0)
    bars = [_bar(row, longest) for row in rows]
    over = max((bar[-1].x + bar[-1].width for bar in bars if bar), default=0.0)
    if over <= 100:
        return tuple(bars)
    return tuple(
        tuple(
            part._replace(x=round(part.x * 100 / over, 2), width=round(part.width * 100 / over, 2))
            for part in bar
        )
        for bar in bars
    )


def _bar(row: Sequence[int], longest: int) -> Bar:
    parts, x = [], 0.0
    for place, amount in enumerate(row):
        if amount:
            width = round(max(LEAST, amount * 100 / longest), 2)
            parts.append(Part(place, amount, round(x, 2), width))
            x += width
    return tuple(parts)


class Share(NamedTuple):
    """A part of what a guarantee secures: its kind of account and where it lies, in per cent."""

    kind: str
    x: float
    width: float


WARNS = 90
"""Per cent of use from which on a guarantee is marked."""


class Use(NamedTuple):
    """The bar of one guarantee. ``percent``: how much of what it can secure is used."""

    shares: tuple[Share, ...]
    percent: int

    @property
    def warns(self) -> bool:
        """Return whether little is left."""
        return self.percent >= WARNS


def use_of(row: Guarantee) -> Use:
    """Return the bar of a guarantee."""
    shares, x = [], 0.0
    for kind, amount in (
        ("used", row.used),
        ("avail", max(0, row.available)),
        ("pending", row.pending),
        ("returned", row.returned),
    ):
        if amount > 0 and row.limit > 0:
            width = round(min(100 - x, amount * 100 / row.limit), 2)
            shares.append(Share(kind, round(x, 2), width))
            x += width
    secures = row.used + max(0, row.available)
    return Use(tuple(shares), row.used * 100 // secures if secures else 0)
