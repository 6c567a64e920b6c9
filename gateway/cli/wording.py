"""How commands name a status."""

from __future__ import annotations

from rich.text import Text

from gateway.base.terminal.screen import COLOURS
from handlers.lifecycle import Status, status_text


def status_words(word: str) -> Text:
    """Return a status in Chinese and English, coloured; a word that this version does not know
    stays as it is."""
    known = next((status_text(status) for status in Status if status.value == word), "")
    return Text(f"{known} {word}".strip(), style=COLOURS.get(word, "cyan"))
