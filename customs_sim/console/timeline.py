"""A line of days with what falls on them, for the template to draw at any width: across in per
cent. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from customs_sim.desk.due import Due
from schemas.times import day_text

DAY = 86_400_000_000
NEAR = 7.0
"""Per cent: what is nearer to each other is one spot, so that each can be read and hit."""


class Stop(NamedTuple):
    """What falls on one spot. ``first`` and ``last``: days (yyyy-MM-dd) in Shanghai."""

    x: float
    number: int
    first: str
    last: str


class Timeline(NamedTuple):
    """What the template draws. ``ticks``: where a day stands, and its month and day."""

    stops: tuple[Stop, ...]
    ticks: tuple[tuple[float, str], ...]


def by_day(items: Sequence[Due]) -> list[tuple[str, list[Due]]]:
    """Return what falls due (in order) by its day in Shanghai; an instant at midnight ends the day
    before it."""
    return [(day, list(each)) for day, each in groupby(items, lambda item: day_text(item.at - 1))]


def timeline(times: Sequence[int], now: int, days: int) -> Timeline:
    """Return the line of ``days`` from ``now`` on, with ``times`` (in order); what is due already
    stands at its beginning."""
    stops: list[Stop] = []
    for at in times:
        x = round(min(100.0, max(0.0, (at - now) * 100 / (days * DAY))), 2)
        day = day_text(at - 1)
        if stops and x - stops[-1].x < NEAR:
            stops[-1] = stops[-1]._replace(number=stops[-1].number + 1, last=day)
        else:
            stops.append(Stop(x, 1, day, day))
    parts = 5
    ticks = tuple(
        (round(part * 100 / parts, 1), day_text(now + part * days * DAY // parts)[5:])
        for part in range(parts + 1)
    )
    return Timeline(tuple(stops), ticks)
