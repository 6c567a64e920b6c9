"""A document for reading, with its markup coloured."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from gateway.base.web.pages.text import visible

MOST_SHOWN = 200_000
"""Characters that are shown; the whole can be downloaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coloured:
    """``cut``: only the beginning is shown."""

    html: Markup
    cut: bool


def coloured(xml: str) -> Coloured:
    """Return XML with hidden characters made visible. The highlighter escapes the text."""
    from pygments import highlight  # 50 ms of every start, for a page that few starts show
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import XmlLexer

    formatter: HtmlFormatter[str] = HtmlFormatter(nowrap=True, classprefix="x-")
    return Coloured(
        html=Markup(highlight(visible(xml[:MOST_SHOWN]), XmlLexer(), formatter)),
        cut=len(xml) > MOST_SHOWN,
    )
