"""A form of the desk that was being sent when the session ended, as it is shown again: what can be
read and corrected of it, in words."""

from __future__ import annotations

from dataclasses import dataclass

from customs_sim.console.words import FIELDS
from gateway.base.web.pages import kept
from gateway.base.web.pages.text import Words

UNSEEN = frozenset({"csrf", "back", "form", "sure", "offered", "filter"})
"""Fields that nobody fills in."""
FIXED = ("act", "do", "seq_no", "one", "hash")
"""Fields that say what is done and to what: shown first, and not to be changed here."""
LONG = frozenset({"notes", "reason", "text"})
"""Fields of several lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(kept.Kept):
    """The form."""

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Return what goes with it unseen."""
        shown = {name for name, *_ in self.shown}
        return [(name, value) for name, value in self.fields if name not in shown | {"csrf"}]

    @property
    def shown(self) -> list[tuple[str, Words, str, str]]:
        """Return what can be read and corrected: name, words, value, and how: ``fixed``, ``long``
        or ``line``. What stands several times cannot."""
        names = [name for name, _ in self.fields]
        found = [
            (name, FIELDS.get(name, (name, name)), value, _form_of(name))
            for name, value in self.fields
            if name not in UNSEEN and names.count(name) == 1
        ]
        return sorted(found, key=lambda each: each[3] != "fixed")

    @property
    def counted(self) -> int:
        """Return how many things a form names that names several."""
        names = [name for name, _ in self.fields if name not in UNSEEN]
        return max((names.count(name) for name in names), default=0)


def _form_of(name: str) -> str:
    return "fixed" if name in FIXED else "long" if name in LONG else "line"
