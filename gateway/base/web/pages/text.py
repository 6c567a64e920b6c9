"""Text as a page shows it."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

Words = tuple[str, str]
"""Chinese and English."""
BETWEEN = " / "
"""What stands between the two languages where one text has both."""
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Characters that change how a text looks without being seen: they are shown by their number."""


def visible(value: Any) -> Any:
    """Return text with its hidden characters shown, and everything else as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return HIDDEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", value)
    return "" if value is None else value


def halves(text: str) -> Words:
    """Return a text that says it in Chinese and in English, one behind the other; the same twice
    where it has one language. Values that are quoted in both may hold the mark between them."""
    parts = text.split(BETWEEN)
    if len(parts) % 2:
        return text, text
    middle = len(parts) // 2
    return BETWEEN.join(parts[:middle]), BETWEEN.join(parts[middle:])
