"""The refusal of an act that a rule forbids. Raised inside a unit, it rolls the unit back, so that
nothing was done."""

from __future__ import annotations

from schemas.findings import ERROR, Place, Refused, compose
from schemas.identifiers import as_meant


class NotAllowed(Refused):
    """A rule forbids the act.

    Attributes:
        rule: The id of the rule, the code of the finding.
        field: The member of the request that the finding points at.
        status: 409, or 404 for a number that is unknown.
        hint_zh: The next step; so is ``hint_en``. Every refusal has one.
    """

    def __init__(
        self,
        rule: str,
        field: str,
        zh: str,
        en: str,
        *,
        found: str = "",
        status: int = 409,
        hint_zh: str,
        hint_en: str,
    ) -> None:
        self.rule, self.field, self.zh, self.en = rule, field, zh, en
        self.hint_zh, self.hint_en = hint_zh, hint_en
        super().__init__(
            [
                compose(
                    code=rule,
                    layer="rule",
                    severity=ERROR,
                    zh=zh,
                    en=en,
                    hint_zh=hint_zh,
                    hint_en=hint_en,
                    place=Place(field=field),
                    value=found or None,
                )
            ],
            status=status,
        )


def unknown(field: str, number: str, zh: str, en: str) -> NotAllowed:
    """Return the refusal, 404, of a number that nothing has. ``zh`` and ``en`` name the kind of
    thing."""
    hint = f"请核对{zh}", f"check which {en} is meant"
    if field.endswith("_no"):
        hint = f"{hint[0]}, 或按编号查找 (search)", f"{hint[1]}, or search for a number of it"
    if (meant := as_meant(number)) != number:
        hint = f"是否想写 {meant}?", f"did you mean {meant}?"
    return NotAllowed(
        "ID.02",
        field,
        f"{zh} {number} 不存在",
        f"no such {en}: {number}",
        found=number,
        status=404,
        hint_zh=hint[0],
        hint_en=hint[1],
    )
