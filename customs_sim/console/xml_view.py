"""A message for reading: its transport and its package, indented and coloured."""

from __future__ import annotations

from gateway.base.web.pages.coloured import Coloured, coloured
from schemas.dxp import DxpMsg
from schemas.xml import indented

SHORT = 120
"""Characters of the base64 Data that stay in the transport."""


def shown(body: bytes) -> Coloured:
    """Return ``body`` indented when it can be read, and coloured."""
    return coloured(indented(body))


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
