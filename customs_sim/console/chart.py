"""The chart of a guarantee: its balances over time, as numbers for the template to draw. Pure;
amounts in 分."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from customs_sim.ledger.postings import DEBIT_NORMAL, kind_of

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


def balances(entries: Sequence[Any], number: str) -> list[tuple[int, dict[str, int]]]:
    """(time, balance of each kind) after every event about ``number``; ``entries`` are rows of
    c_ledger in order of time."""
    now = dict.fromkeys(KINDS, 0)
    found: list[tuple[int, dict[str, int]]] = []
    for row in entries:
        for account, sign in ((row[4], 1), (row[5], -1)):
            kind = kind_of(account)
            if account == f"{kind}:{number}" and kind in now:
                now[kind] += row[6] * (sign if kind in DEBIT_NORMAL else -sign)
        if found and found[-1][0] == row[2]:
            found[-1] = (row[2], dict(now))
        else:
            found.append((row[2], dict(now)))
    return found


def chart(entries: Sequence[Any], number: str, until: int) -> Chart | None:
    """The balances from the first event to ``until``; None when there is none."""
    found = balances(entries, number)
    if not found:
        return None
    start, end = found[0][0], max(until, found[-1][0] + 1)
    start = min(start, end - max(1, (end - start) // 50 + 1)) if end > start else start
    top = max(max(amounts.values()) for _, amounts in found) or 1
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(at: int) -> float:
        return round(LEFT + (at - start) * (right - LEFT) / max(1, end - start), 1)

    def y(amount: int) -> float:
        return round(bottom - amount * (bottom - TOP) / (top * 1.05), 1)

    curves = []
    for kind in KINDS:
        points, before = [], found[0][1][kind]
        for at, amounts in found:
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
