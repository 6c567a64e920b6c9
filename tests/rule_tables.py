"""The former place of ``tests.support.rule_tables``, for who still imports from here."""

from tests.support.rule_tables import (
    AGENT,
    NOTHING_FOUND,
    WITH_AGENT,
    Broken,
    Case,
    Sound,
    broken,
    covered,
    found,
    ids,
    rows,
    rules_of,
    said,
    unreadable,
)

__all__ = [
    "AGENT",
    "NOTHING_FOUND",
    "WITH_AGENT",
    "Broken",
    "Case",
    "Sound",
    "broken",
    "covered",
    "found",
    "ids",
    "rows",
    "rules_of",
    "said",
    "unreadable",
]
