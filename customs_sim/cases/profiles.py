"""Profiles: how fast customs answers, as a table. What it answers is the review's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """The answers to one filing, in order."""

    STORED = "stored"
    """GRT200 = 1."""
    TAKEN = "taken"
    """GRT2x1 = Y, or Z when the filing cannot be stored after all."""
    FINAL = "final"
    """GRT2x1 = 1, 3, Z or 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """When each answer is given. A profile applies to what arrives while it is active.

    Attributes:
        at_once: Steps taken in the unit that receives the filing.
        later: Timed steps, each with the seconds after the step before.
        person: Whether a person decides after the last step.
    """

    at_once: tuple[Step, ...] = ()
    later: tuple[tuple[float, Step], ...] = ()
    person: bool = False

    def after(self, step: Step | None) -> tuple[float, Step] | None:
        """Return delay in seconds and name of the timed step that follows ``step`` (None: the
        arrival); None when none does."""
        names = [None, *(name for _, name in self.later)]
        position = names.index(step) if step in names else len(self.later)
        return self.later[position] if position < len(self.later) else None


INSTANT = "instant"
PROFILES: Mapping[str, Profile] = {
    INSTANT: Profile(at_once=(Step.STORED, Step.FINAL)),
    "realistic": Profile(later=((5.0, Step.STORED), (15.0, Step.TAKEN), (8.0, Step.FINAL))),
    "manual": Profile(at_once=(Step.STORED, Step.TAKEN), person=True),
}
"""instant: all at once. realistic: the delays seen in the field (docs/wire.md 4). manual: a person
decides everything."""
