"""Addresses: the one place where text becomes part of a link, and a path template part of a
route."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote

_PLAIN = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*")
"""A segment in which nothing has to be encoded."""
_NAMED = re.compile(r"\{([A-Za-z_]+)\}")


def segment(text: object) -> str:
    """Return ``text`` as one segment of a path or one value of a query: every reserved character,
    also ``/`` and ``%``, is percent-encoded, and a segment of dots alone is no way up."""
    if _PLAIN.fullmatch(shown := str(text)):
        return shown
    quoted = quote(shown, safe="")
    return quoted.replace(".", "%2E") if quoted in (".", "..") else quoted


def link(*parts: object) -> str:
    """Return the path of ``parts``. The first is a prefix of ours and stays as it is."""
    head, *rest = parts
    return "/".join([str(head), *map(segment, rest)])


def pattern(path: str) -> str:
    """Return a path template as the router takes it: a parameter takes any characters but a slash
    that is not encoded."""
    return _NAMED.sub(r"{\1:[^/]+}", path)


def safe(to: str) -> str:
    """Return a path on this server, whatever was asked for."""
    return to if re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", to) else "/"


def asked(query: Mapping[str, str], *, without: Collection[str] = (), **changes: object) -> str:
    """Return ``query`` as the end of an address, with its question mark, ``changes`` made and the
    names in ``without`` left out; a change to None or an empty text takes a name out. Empty when
    nothing is left."""
    wanted = {name: value for name, value in query.items() if name not in without} | changes
    pairs = [f"{segment(name)}={segment(value)}" for name, value in wanted.items() if value]
    return "?" + "&".join(pairs) if pairs else ""
