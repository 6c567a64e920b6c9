"""Lists as CSV and XLSX: one column a field, Chinese label and wire name in the heading; no cell
can become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence

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
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters that a spreadsheet may take for a formula (OWASP, CSV injection)."""


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


def as_csv(items: Sequence[DeclarationOut], labels: Mapping[str, str]) -> bytes:
    """Return CSV in UTF-8 with BOM (Excel reads it so). A cell that could be a formula gets a
    leading apostrophe."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [[_safe(cell) for cell in row] for row in rows_of(items, labels)]
    )
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(items: Sequence[DeclarationOut], labels: Mapping[str, str]) -> bytes:
    """Return a workbook of text cells only."""
    import xlsxwriter  # 17 ms of every start, for an export that few starts make

    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows_of(items, labels)):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
        sheet.freeze_panes(1, 1)
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


TABLES: dict[str, tuple[Callable[[Sequence[DeclarationOut], Mapping[str, str]], bytes], str]] = {
    "csv": (as_csv, "text/csv"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
