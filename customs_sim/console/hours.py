"""The picture of a day: two lines over its hours, for the template to draw at any width: across in
thousandths of the width, up in pixels. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

HEIGHT, TOP, FLOOR = 190, 18, 160
"""Pixels of the picture: how high it is, where its highest value and where zero stand."""


class HourSpot(NamedTuple):
    """One hour: its column from ``x`` on, ``width`` wide, in per cent; its middle, and where its
    two points stand, in pixels from the top."""

    hour: int
    x: float
    width: float
    middle: float
    filed: int
    decided: int
    y_filed: float
    y_decided: float


class Hours(NamedTuple):
    """What the template draws. ``filed`` and ``decided``: points of a line; ``levels``: height and
    value of the grid."""

    height: int
    floor: int
    spots: tuple[HourSpot, ...]
    filed: str
    decided: str
    levels: tuple[tuple[float, int], ...]


def hours(filed: Sequence[int], decided: Sequence[int]) -> Hours:
    """Return the picture of what came and what was decided in each hour."""
    top = _round_up(max(*filed, *decided, 1))
    wide = 100 / len(filed)

    def y(value: int) -> float:
        return round(FLOOR - value * (FLOOR - TOP) / top, 1)

    spots = tuple(
        HourSpot(
            at,
            round(at * wide, 3),
            round(wide, 3),
            round((at + 0.5) * wide, 3),
            filed[at],
            decided[at],
            y(filed[at]),
            y(decided[at]),
        )
        for at in range(len(filed))
    )
    return Hours(
        height=HEIGHT,
        floor=FLOOR,
        spots=spots,
        filed=" ".join(f"{spot.middle * 10:g},{spot.y_filed}" for spot in spots),
        decided=" ".join(f"{spot.middle * 10:g},{spot.y_decided}" for spot in spots),
        levels=tuple((y(value), value) for value in sorted({0, top // 2, top})),
    )


def _round_up(value: int) -> int:
    """Return the next of 2, 4, 10, 20, 40, 100 … from ``value`` on."""
    size = 1
    while True:
        for step in (2, 4, 10):
            if value <= step * size:
                return step * size
        size *= 10
