"""The sequence diagram of a case, as numbers for the template to draw: who sent what to whom, when
on both clocks. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from customs_sim.desk.dossier import Post

WIDTH = 900
LANES = (
    (190, "企业", "Enterprise"),
    (380, "网关", "Gateway"),
    (570, "消息队列", "Broker"),
    (760, "海关", "Customs"),
)
TOP, STEP = 64, 46


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One message, across all lanes it takes. ``hops``: (from x, to x) of each. A message of
    customs' own starts at customs."""

    y: int
    post: Post
    hops: tuple[tuple[int, int], ...]
    incoming: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What the template draws."""

    width: int
    height: int
    lanes: tuple[tuple[int, str, str], ...]
    arrows: tuple[Arrow, ...]
    bottom: int


def sequence(posts: Sequence[Post]) -> Drawing:
    """Return the diagram of ``posts`` in their order, each on a line of its own."""
    lanes = [x for x, _, _ in LANES]
    there = tuple(itertools.pairwise(lanes))
    back = tuple((end, start) for start, end in reversed(there))
    arrows = tuple(
        Arrow(
            y=TOP + 24 + at * STEP,
            post=post,
            hops=there if post.incoming else back,
            incoming=post.incoming,
        )
        for at, post in enumerate(posts)
    )
    bottom = TOP + 24 + len(posts) * STEP
    return Drawing(width=WIDTH, height=bottom + 12, lanes=LANES, arrows=arrows, bottom=bottom)
