"""Lists as tables: one column a field, Chinese label and wire name in the heading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.base.sheets import whole
from gateway.queries.shapes import DeclarationOut

HEAD = (
    ("seq_no", "统一编号"),
    ("enterprise_ref", "企业内部编号"),
    ("business_no", "业务编号"),
    ("status_text", "状态"),
    ("payment", "征收单状态"),
    ("change_no", "变更次数"),
    ("attempt", "申报次数"),
    ("updated_at", "更新时间"),
)


def rows_of(items: Sequence[DeclarationOut], labels: Mapping[str, str]) -> list[list[str]]:
    """Return heading and rows as text. The fields are the union of what the items carry, in the
    order they come."""
    names = list(dict.fromkeys(name for item in items for name in item.fields))
    rows = [
        [f"{zh} {name}" for name, zh in HEAD]
        + [f"{labels.get(name, '')} {name}".strip() for name in names]
    ]
    for item in items:
        own = ["" if (value := getattr(item, name)) is None else str(value) for name, _ in HEAD]
        rows.append(own + [item.fields.get(name, "") for name in names])
    return rows


def table(form: str, items: Sequence[DeclarationOut], labels: Mapping[str, str]) -> bytes:
    """Return the items as ``csv`` or ``xlsx``."""
    return whole(form, rows_of(items, labels))
