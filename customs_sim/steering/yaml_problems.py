"""Mistakes in what a tester wrote in YAML: line, key, found and wanted, and the word that a
misspelt one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake.

    Attributes:
        line: From 1; so is ``column``.
        key: The path from the top, as ``rules[0].steps[2].wait``.
        found: What stands there.
        wanted: In Chinese; ``wanted_en`` in English.
        meant: The word that a misspelt one was meant to be; empty without one.
    """

    line: int
    column: int
    key: str
    found: str
    wanted: str
    wanted_en: str
    meant: str = ""

    @property
    def zh(self) -> str:
        """Return the mistake as a Chinese sentence."""
        near = f"; 是否应为 {self.meant}" if self.meant else ""
        return f"{self.key}: 填写“{self.found}”, 应为 {self.wanted}{near}"

    @property
    def en(self) -> str:
        """Return the mistake as an English sentence."""
        near = f"; did you mean {self.meant}" if self.meant else ""
        return f'{self.key}: found "{self.found}", wanted {self.wanted_en}{near}'


class BadText(ValueError):
    """The text cannot be used. ``problems`` has every mistake."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"line {problem.line}, {problem.en}" for problem in problems))
        self.problems = tuple(problems)


def word_meant(word: str, options: Iterable[str]) -> str:
    """Return which of ``options`` a misspelt word was meant to be; empty without one."""
    folded = {option.casefold(): option for option in options}
    near = get_close_matches(word[:64].casefold(), list(folded), 1, 0.6)
    return folded[near[0]] if near else ""
