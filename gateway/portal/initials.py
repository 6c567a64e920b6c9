"""The initials of Chinese names in pinyin (北京关区: bjgq), by which lists are searched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

MOST = 20_000
"""Names that are remembered: more than all shipped code lists have."""


class Initials:
    """One per process. What was asked once is remembered."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    async def of(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the initials of each name, lower case; of what is not Chinese nothing."""
        wanted = list(dict.fromkeys(names))
        new = [name for name in wanted if name not in self._known]
        if new:
            found = await asyncio.to_thread(_made, new)
            if len(self._known) + len(found) > MOST:
                self._known.clear()
                found = await asyncio.to_thread(_made, wanted)
            self._known |= found
        return {name: self._known[name] for name in wanted}


def _made(names: list[str]) -> dict[str, str]:
    from pypinyin import Style, lazy_pinyin  # 0.2 s, for the first form that is shown

    return {
        name: "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors="ignore")).lower()
        for name in names
    }
