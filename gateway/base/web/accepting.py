"""What a client accepts, read by werkzeug (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

ANYTHING = frozenset({"", "*/*"})
"""What has no preference."""


def preferred(header: str, offered: Sequence[str]) -> str:
    """Return which of the ``offered`` media types the header ``Accept`` prefers; the first where
    it has no preference or takes none of them."""
    if header in ANYTHING:
        return offered[0]
    if header in offered:  # what most clients send: no reader is needed
        return header
    from werkzeug.datastructures import MIMEAccept  # 0.2 s of a start that few clients need
    from werkzeug.http import parse_accept_header

    accepted = parse_accept_header(header, MIMEAccept)

    def quality(kind: str) -> float:
        if not (found := accepted.quality(kind)) and "charset" in header.lower():
            found = accepted.quality(f"{kind};charset=utf-8")
        return float(found)

    return max(offered, key=quality)
