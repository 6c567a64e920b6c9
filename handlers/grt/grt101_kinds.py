"""What a GRT101 is: a set-up or a change, secured in cash or by a letter. Pure. Nearly every rule
asks, so the fields are looked up here."""

from __future__ import annotations

from handlers.contract import Filing
from schemas.guarantee import CASH, LETTER

SETUP, CHANGE = "1", "2"  # dclTypecd


CLOSED = "3"  # gurStucd


CHANGEABLE = ("1", "2")
"""gurStucd of a guarantee that can be changed: 有效, and 已过期, whose letter can be extended."""


def is_change(filing: Filing) -> bool:
    """Return whether it changes a guarantee."""
    return filing.body.fields.get("dclTypecd") == CHANGE


def not_change(filing: Filing) -> bool:
    """Return whether it is a set-up, or has a wrong dclTypecd: that (S101.01) does not hide what
    else is wrong."""
    return not is_change(filing)


def is_setup(filing: Filing) -> bool:
    """Return whether it sets one up."""
    return filing.body.fields.get("dclTypecd") == SETUP


def by_letter(filing: Filing) -> bool:
    """Return whether it is a set-up by letter."""
    return not_change(filing) and filing.body.fields.get("gurModecd") == LETTER


def by_cash(filing: Filing) -> bool:
    """Return whether it is a set-up in cash."""
    return not_change(filing) and filing.body.fields.get("gurModecd") == CASH


def names_letter(filing: Filing) -> bool:
    """Return whether it is by letter, at set-up or as a change."""
    return filing.body.fields.get("gurModecd") == LETTER


def changes_letter(filing: Filing) -> bool:
    """Return whether it changes a letter."""
    return is_change(filing) and names_letter(filing)
