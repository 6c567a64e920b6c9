"""Which message a rule is about, and at which of them it strikes: shared by scenario rules and
fault rules.

Pure: what was seen and struck before is handed in, and the only chance is that of a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from lxml import etree

from gateway.base.chance import Chance
from schemas.body import amount_of


class FieldTest(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on the document. ``path``: an XPath from BussinessData in local names. ``value``:
    the text wanted; ``over``, ``under``: bounds of an amount, not included; without any of them the
    path must find something.
    """

    path: str
    value: str | None = None
    over: float | None = None
    under: float | None = None

    def holds(self, business: etree._Element | None) -> bool:
        if business is None:
            return False
        found: Any = etree.XPath(self.path, smart_strings=False)(business)
        texts = [_text(item) for item in found] if isinstance(found, list) else [_text(found)]
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

    ``nth``: at this one only; ``every``: at every so many; ``chance``: at this share of them;
    ``limit``: so many times at most. ``again``: whether the enterprise filed about the same number
    before."""

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
        """Whether ``subject`` is one of the messages that the rule counts."""
        return (
            (not self.types or subject.message_type in self.types)
            and (not self.enterprises or subject.enterprise in self.enterprises)
            and (not self.ref or any(ref.startswith(self.ref) for ref in subject.refs))
            and (not self.results or subject.result in self.results)
            and (self.again is None or self.again is subject.again())
            and (self.field is None or self.field.holds(subject.document()))
        )

    def strikes(self, name: str, seen: int, hits: int, chance: Chance) -> bool:
        """Whether the rule ``name`` strikes at the ``seen``-th message that fits (from 1), after
        ``hits`` strikes."""
        if self.limit and hits >= self.limit:
            return False
        if self.nth and seen != self.nth:
            return False
        if self.every and seen % self.every:
            return False
        return self.chance >= 1 or chance.happens(name, seen, self.chance)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A message as a rule sees it. ``refs``: every number that it may be named by; ``document`` and
    ``again`` are only looked up when a rule asks."""

    message_type: str
    enterprise: str
    refs: tuple[str, ...]
    result: str = ""
    document: Callable[[], etree._Element | None] = lambda: None
    again: Callable[[], bool] = lambda: False


def _text(item: object) -> str | None:
    """The text of what an XPath found; None for false and for nothing."""
    if isinstance(item, etree._Element):
        return (item.text or "").strip()
    if isinstance(item, bool):
        return "true" if item else None
    if isinstance(item, float):
        return f"{item:g}"
    return str(item)
