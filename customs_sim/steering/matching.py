"""Which messages a rule is about, and at which of them it strikes: shared by scenario rules and
fault rules. Pure: what was seen and struck before is handed in, and the only chance is that of a
seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from lxml import etree

from gateway.base.chance import Chance
from schemas.body import amount_of


class FieldTest(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on the document. Without ``value`` and bounds the path must lead to something.

    Attributes:
        path: An XPath from BussinessData in local names.
        value: The text wanted.
        over: The lower bound of an amount, not included; so is ``under``, the upper one.
    """

    path: str
    value: str | None = None
    over: float | None = None
    under: float | None = None

    def holds(self, business: etree._Element | None) -> bool:
        """Return whether the condition is true of a document."""
        if business is None:
            return False
        result: Any = etree.XPath(self.path, smart_strings=False)(business)
        texts = [_text(item) for item in (result if isinstance(result, list) else [result])]
        return any(self._fits(text) for text in texts if text is not None)

    def _fits(self, text: str) -> bool:
        if self.value is not None and text != self.value:
            return False
        if self.over is None and self.under is None:
            return True
        number = amount_of(text)
        return (
            number is not None
            and (self.over is None or number > self.over)
            and (self.under is None or number < self.under)
        )


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule is about (all that is given must fit), and at which of those messages it strikes.

    Attributes:
        ref: What a number of the message begins with.
        results: manageResult of an answer.
        again: Whether the enterprise filed about the same number before.
        nth: It strikes at this message alone, from 1; 0: at each.
        every: It strikes at every so many; 0: at each.
        chance: It strikes at this share of them.
        limit: It strikes so many times at most; 0: without end.
    """

    types: tuple[str, ...] = ()
    enterprises: tuple[str, ...] = ()
    ref: str = ""
    results: tuple[str, ...] = ()
    field: FieldTest | None = None
    again: bool | None = None
    nth: int = 0
    every: int = 0
    chance: float = 1.0
    limit: int = 0

    def fits(self, subject: Subject) -> bool:
        """Return whether ``subject`` is one of the messages that the rule counts."""
        return all(holds(self, subject) for holds in CONDITIONS.values())

    def missed(self, subject: Subject) -> list[str]:
        """Return the names of all conditions that ``subject`` does not fit."""
        return [name for name, holds in CONDITIONS.items() if not holds(self, subject)]

    def strikes(self, name: str, seen: int, hits: int, chance: Chance) -> bool:
        """Return whether the rule ``name`` strikes at the ``seen``-th message that fits (from 1),
        after ``hits`` strikes."""
        if self.limit and hits >= self.limit:
            return False
        if self.nth and seen != self.nth:
            return False
        if self.every and seen % self.every:
            return False
        return self.chance >= 1 or chance.happens(name, seen, self.chance)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A message as a rule sees it.

    Attributes:
        refs: Every number that it may be named by.
        result: manageResult; empty without one.
        document: Looks BussinessData up, when a rule asks.
        again: Looks up whether the enterprise filed before, when a rule asks.
    """

    message_type: str
    enterprise: str
    refs: tuple[str, ...]
    result: str = ""
    document: Callable[[], etree._Element | None] = lambda: None
    again: Callable[[], bool] = lambda: False


CONDITIONS: Mapping[str, Callable[[Match, Subject], bool]] = {
    "type": lambda m, s: not m.types or s.message_type in m.types,
    "enterprise": lambda m, s: not m.enterprises or s.enterprise in m.enterprises,
    "ref": lambda m, s: not m.ref or any(ref.startswith(m.ref) for ref in s.refs),
    "result": lambda m, s: not m.results or s.result in m.results,
    "again": lambda m, s: m.again is None or m.again is s.again(),
    "field": lambda m, s: m.field is None or m.field.holds(s.document()),
}
"""What a message must fit, by the name that a rule gives it; those that read the store last."""


def _text(item: object) -> str | None:
    """Return the text of one result of an XPath; None for false."""
    if isinstance(item, etree._Element):
        return (item.text or "").strip()
    if isinstance(item, bool):
        return "true" if item else None
    if isinstance(item, float):
        return f"{item:g}"
    return str(item)
