"""What a YAML text of a stranger may hold: few levels, no aliases, and values that every store and
every answer can carry."""

from __future__ import annotations

import re

import yaml

from gateway.base.web.asked import storable

MOST_DEPTH = 12
_PAIR = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)


def joined(text: str) -> str:
    """Return ``text`` with each character that JSON writes as two escapes as itself: YAML would
    read two halves."""
    return _PAIR.sub(
        lambda found: (
            found[1] + (bytes.fromhex(found[2]) + bytes.fromhex(found[3])).decode("utf-16-be")
        ),
        text,
    )


def unfit(event: yaml.Event, depth: int) -> tuple[str, str, str] | None:
    """Return what was found and what is wanted, in two languages, where an event of the text cannot
    be taken; None where it can."""
    if isinstance(event, yaml.AliasEvent) or depth > MOST_DEPTH:
        return (
            "别名 alias" if isinstance(event, yaml.AliasEvent) else f">{MOST_DEPTH}",
            f"不用别名, 至多 {MOST_DEPTH} 层",
            f"no aliases, at most {MOST_DEPTH} levels",
        )
    if isinstance(event, yaml.ScalarEvent) and not storable(event.value):
        return (
            ascii(event.value[:40]),
            "不含 NUL 和半个代理对的文字",
            "text without NUL and without half of a surrogate pair",
        )
    return None
