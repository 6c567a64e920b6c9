"""The chart of a guarantee: its balances over time, for the template to draw at any width: across
in per cent, up in pixels. Pure; amounts in 分."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from customs_sim.ledger.history import LedgerLine, standing

HEIGHT, TOP, FLOOR = 270, 24, 236
"""Pixels: how high it is, where its highest amount and where zero stand."""
PRESENT = 88.0
"""Per cent of the width where now is; behind it stands what is to come, not to scale."""
KINDS = ("limit", "avail", "used")
NEAR = 5.0
"""Per cent: events that are nearer to each other are one spot, so that each can be hit."""


class Curve(NamedTuple):
    """One balance: a step line in thousandths of the width. ``last``: what it is now."""

    kind: str
    points: str
    last: int


class Level(NamedTuple):
    """What a guarantee held at a time (microseconds UTC): kind of account to amount."""

    at: int
    amounts: dict[str, int]


class Spot(NamedTuple):
    """Events that can be followed to their postings. ``lines``: one of each event, in order."""

    x: float
    y: float
    lines: tuple[LedgerLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What the template draws.

    Attributes:
        levels: Height and amount of the grid; ``times``: place and microseconds of the axis.
        end: Where the end of the letter stands; None without one. ``scaled``: it lies in the past,
            at its true place.
        asked: Height of the limit that a waiting change asks for; None without one.
    """

    height: int
    floor: int
    curves: tuple[Curve, ...]
    levels: tuple[tuple[float, int], ...]
    times: tuple[tuple[float, int], ...]
    spots: tuple[Spot, ...]
    present: float
    end: float | None
    scaled: bool
    asked: float | None


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


def chart(
    lines: Sequence[LedgerLine], number: str, now: int, *, ends: int = 0, asked: int = 0
) -> Chart | None:
    """Return the balances from the first event to ``now``; None when there is none. ``ends``: when
    the letter ends, 0 without one; ``asked``: the limit that a waiting change asks for."""
    steps = levels_of(lines, number)
    if not steps:
        return None
    end = max(now, steps[-1].at + 1)
    start = steps[0].at - max(1, (end - steps[0].at) // 50)
    top = max(asked, *(max(step.amounts.values()) for step in steps)) or 1

    def x(at: int) -> float:
        return round((at - start) * PRESENT / (end - start), 2)

    def y(amount: int) -> float:
        return round(FLOOR - amount * (FLOOR - TOP) / top, 1)

    curves = []
    for kind in KINDS:
        points, before = [], steps[0].amounts[kind]
        for at, amounts in steps:
            points += [(x(at), y(before)), (x(at), y(amounts[kind]))]
            before = amounts[kind]
        points.append((PRESENT, y(before)))
        drawn = " ".join(f"{a * 10:g},{b}" for a, b in points)
        curves.append(Curve(kind, drawn, before))
    return Chart(
        height=HEIGHT,
        floor=FLOOR,
        curves=tuple(curves),
        levels=tuple((y(top * part // 4), top * part // 4) for part in range(5)),
        times=tuple((PRESENT * part / 2, start + (end - start) * part // 2) for part in range(3)),
        spots=_spots(
            lines, {level.at: (x(level.at), y(level.amounts["avail"])) for level in steps}
        ),
        present=PRESENT,
        end=None if not ends else x(ends) if start < ends <= now else (100 + PRESENT) / 2,
        scaled=start < ends <= now,
        asked=y(asked) if asked else None,
    )


def _spots(
    lines: Sequence[LedgerLine], places: Mapping[int, tuple[float, float]]
) -> tuple[Spot, ...]:
    """Return the events of ``lines`` as spots, each at its place by time."""
    spots: list[Spot] = []
    groups: set[int] = set()
    for line in lines:
        if line.group in groups:
            continue
        groups.add(line.group)
        x, y = places[line.at]
        if spots and x - spots[-1].x < NEAR:
            spots[-1] = spots[-1]._replace(lines=(*spots[-1].lines, line))
        else:
            spots.append(Spot(x, y, (line,)))
    return tuple(spots)
