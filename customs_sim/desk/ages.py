"""How long a case has waited, in the four steps that the desk shows and filters by. Reads
nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

HOUR = 3_600_000_000
"""Microseconds."""


class Age(NamedTuple):
    """Cases that came up to ``least`` and less than ``most`` ago, in hours; ``most`` None: without
    bound."""

    least: int
    most: int | None
    zh: str
    en: str

    def since(self, now: int) -> tuple[int | None, int | None]:
        """Return the bounds of ``since`` at ``now``: above the first, up to the second. What is
        dated later than now counts as new."""
        lower = now - self.most * HOUR if self.most is not None else None
        return lower, now - self.least * HOUR if self.least else None


AGES: Mapping[str, Age] = {
    "under_4h": Age(0, 4, "4 小时内", "under 4 h"),
    "4h_to_24h": Age(4, 24, "4–24 小时", "4–24 h"),
    "1d_to_3d": Age(24, 72, "1–3 天", "1–3 d"),
    "over_3d": Age(72, None, "3 天以上", "over 3 d"),
}
"""By the word of a filter, the youngest first."""
