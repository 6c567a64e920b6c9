"""An act of customs that a rule forbids: nothing was done. Raised inside a unit, it rolls the unit
back."""

from __future__ import annotations


class NotAllowed(Exception):
    """``rule`` is the rule's id, ``field`` the member of the request; ``status`` 409, or 404 for a
    number that is unknown."""

    def __init__(
        self, rule: str, field: str, zh: str, en: str, *, found: str = "", status: int = 409
    ) -> None:
        super().__init__(f"{rule} {en}")
        self.rule, self.field, self.zh, self.en, self.found, self.status = (
            rule,
            field,
            zh,
            en,
            found,
            status,
        )


def unknown(field: str, number: str, zh: str, en: str) -> NotAllowed:
    """404: ``zh`` and ``en`` name the kind of thing."""
    return NotAllowed(
        "ID.02", field, f"{zh} {number} 不存在", f"no such {en}: {number}", found=number, status=404
    )
