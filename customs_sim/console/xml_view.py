"""A message for reading: its transport and its package, indented and coloured. What cannot be read
as XML is shown as it is."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree
from markupsafe import Markup

from gateway.base.web.pages.text import visible
from schemas.dxp import DxpMsg
from schemas.findings import Refused
from schemas.xml import Limits, XmlReader

MOST_SHOWN = 200_000
"""Characters that are shown; the whole can be downloaded."""
SHORT = 120
"""Characters of the base64 Data that stay in the transport."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """``cut``: only the beginning is shown."""

    html: Markup
    cut: bool


def shown(body: bytes) -> Shown:
    """Return ``body`` indented when it can be read, with hidden characters made visible. The
    highlighter escapes the text."""
    from pygments import highlight  # 50 ms of every start, for a page that few starts show
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import XmlLexer

    text = _indented(body)
    cut = len(text) > MOST_SHOWN
    formatter: HtmlFormatter[str] = HtmlFormatter(nowrap=True, classprefix="x-")
    return Shown(html=Markup(highlight(visible(text[:MOST_SHOWN]), XmlLexer(), formatter)), cut=cut)


def transport_of(body: bytes, message: DxpMsg | None) -> bytes:
    """Return the transport without its payload, which is shown by itself."""
    if message is None or b"<Data>" not in body:
        return body
    head, _, rest = body.partition(b"<Data>")
    data, _, tail = rest.partition(b"</Data>")
    return (
        head
        + b"<Data>"
        + (data if len(data) <= SHORT else data[:SHORT] + b"...")
        + b"</Data>"
        + tail
    )


def _indented(body: bytes) -> str:
    try:
        root = XmlReader(Limits(size=8 * 1024 * 1024)).read(body).root
        etree.indent(root)
        return etree.tostring(root, encoding="unicode")
    except Refused:
        return body.decode("utf-8", errors="replace")
