"""The row of a technical code. The rows are in ``findings_door``, ``findings_schema`` and
``findings_content``, the whole catalogue in ``findings``."""

from __future__ import annotations

from dataclasses import dataclass

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One row of the catalogue. ``status``: the HTTP status that this code alone would give;
    ``wanted``: in both languages, where it is the same every time."""

    layer: str
    status: int
    zh: str
    en: str
    hint_zh: str = ""
    hint_en: str = ""
    severity: str = ERROR
    wanted: tuple[str, str] = ("", "")
