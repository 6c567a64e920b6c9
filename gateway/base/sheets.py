"""Tables of text as CSV and XLSX, row after row: no cell can become a formula, and none is a number
that a spreadsheet would round. Knows no list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO, Protocol

CSV, XLSX = "csv", "xlsx"
KINDS = {CSV: "text/csv", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
"""Form to content type."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters that a spreadsheet may take for a formula (OWASP, CSV injection)."""
BOM = "\ufeff".encode()
"""What tells Excel that a CSV is UTF-8."""
MOST_ROWS, MOST_TEXT = 1_048_576, 32_767
"""Rows of a sheet, the heading among them, and characters of a cell that XLSX can hold."""


class TooMany(ValueError):
    """There are more rows than a sheet of XLSX holds."""


class Sheet(Protocol):
    """A table that is being written."""

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """Write rows, the heading first. Raise TooMany when they do not fit."""

    def close(self) -> None:
        """Finish the table."""


class Csv:
    """CSV with a BOM and CRLF. A cell that could be a formula gets a leading apostrophe."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        out.write(BOM)

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(
            [[_safe(cell) for cell in row] for row in rows]
        )
        self._out.write(text.getvalue().encode())

    def close(self) -> None:
        """Nothing stands behind the last row."""


class Xlsx:
    """A workbook of text cells only, with the heading frozen. Rows go to temporary files, so that
    memory does not grow with them."""

    def __init__(self, out: IO[bytes], *, few: bool = False) -> None:
        """``few``: all rows are held in memory, and equal texts are kept once."""
        import xlsxwriter  # 17 ms of every start, for an export that few starts make

        options = {"in_memory": True} if few else {"constant_memory": True}
        options |= {"strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(out, options)
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 1)
        self._rows = 0

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        for row in rows:
            if self._rows >= MOST_ROWS:
                raise TooMany(f"more than {MOST_ROWS - 1} rows")
            for column, cell in enumerate(row):
                self._sheet.write_string(self._rows, column, cell[:MOST_TEXT])
            self._rows += 1

    def close(self) -> None:
        self._book.close()


def sheet(form: str, out: IO[bytes]) -> Sheet:
    """Begin a table of the form ``csv`` or ``xlsx`` in ``out``."""
    return Csv(out) if form == CSV else Xlsx(out)


def whole(form: str, rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table of a few rows."""
    out = io.BytesIO()
    made: Sheet = Csv(out) if form == CSV else Xlsx(out, few=True)
    made.add(rows)
    made.close()
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell
