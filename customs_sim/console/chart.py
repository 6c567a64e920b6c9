"""The chart of a guarantee: its balances over time, as numbers for the template to draw. Pure;
amounts in 分."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from customs_sim.ledger.history import LedgerLine, standing

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 820, 260, 96, 20, 16, 34
KINDS = ("limit", "avail", "used")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One balance: a step line. ``last``: what it is now."""

    kind: str
    points: str
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What the template draws. ``levels``: (y, amount) of the grid; ``times``: (x, microseconds) of
    the axis."""

    width: int
    height: int
    curves: tuple[Curve, ...]
    levels: tuple[tuple[float, int], ...]
    times: tuple[tuple[float, int], ...]
    left: int
    right: int
    bottom: int


class Level(NamedTuple):
    """What a guarantee held at a time (microseconds UTC): kind of account to amount."""

    at: int
    amounts: dict[str, int]


def levels_of(lines: Sequence[LedgerLine], number: str) -> list[Level]:
    """Return the balances after every event about ``number``, in order of time."""
    levels: list[Level] = []
    for line, accounts in standing(lines, number):
        level = Level(line.at, {kind: accounts.get(f"{kind}:{number}", 0) for kind in KINDS})
        if levels and levels[-1].at == line.at:
            levels[-1] = level
        else:
            levels.append(level)
    return levels


def chart(lines: Sequence[LedgerLine], number: str, until: int) -> Chart | None:
    """Return the balances from the first event to ``until``; None when there is none."""
    steps = levels_of(lines, number)
    if not steps:
        return None
    start, end = steps[0].at, max(until, steps[-1].at + 1)
    start = min(start, end - max(1, (end - start) // 50 + 1)) if end > start else start
    top = max(max(step.amounts.values()) for step in steps) or 1
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(at: int) -> float:
        return round(LEFT + (at - start) * (right - LEFT) / max(1, end - start), 1)

    def y(amount: int) -> float:
        return round(bottom - amount * (bottom - TOP) / (top * 1.05), 1)

    curves = []
    for kind in KINDS:
        points, before = [], steps[0].amounts[kind]
        for at, amounts in steps:
            points += [(x(at), y(before)), (x(at), y(amounts[kind]))]
            before = amounts[kind]
        points.append((x(end), y(before)))
        curves.append(Curve(kind=kind, last=before, points=" ".join(f"{a},{b}" for a, b in points)))
    levels = tuple((y(top * part // 4), top * part // 4) for part in range(5))
    times = tuple(
        (round(LEFT + (right - LEFT) * part / 3, 1), start + (end - start) * part // 3)
        for part in range(4)
    )
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        curves=tuple(curves),
        levels=levels,
        times=times,
        left=LEFT,
        right=right,
        bottom=bottom,
    )
