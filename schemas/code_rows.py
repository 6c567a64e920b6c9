"""A code list as a file holds it: one row a code and name, with the days on which it is valid.

Owns the form of such a file and what is wrong with a bad one. Pure.
"""

from __future__ import annotations

import csv
import io
import re
import shlex
from dataclasses import dataclass
from datetime import date
from pathlib import Path

COLUMNS = ("code", "zh", "en", "valid_from", "valid_to", "source")
SUCCESSOR = "successor"
"""A column more that a list may have: the code that took the place of one that ended."""
BOUND = "not later than"
"""Stands in the source of a row whose last day is the latest possible one, not a published one."""
FORMS = {"customs": r"[0-9A-Z][0-9]{3}", "currency": r"[0-9]{3}"}
"""The lists that change without this product, and the form of their codes. All others belong to the
wire as it is built, and come with a release."""
MOST_BYTES = 4 * 1024 * 1024


class BadCodeList(ValueError):
    """A code list file cannot be read: which file, where, and what is wrong. ``imported``: the file
    where an installation brought it; None for a shipped one."""

    def __init__(self, text: str, imported: Path | None = None) -> None:
        super().__init__(text)
        self.imported = imported

    @property
    def todo(self) -> str:
        """Return what to do about it."""
        if self.imported is None:
            return "install eport again"
        home = shlex.quote(str(self.imported.parent.parent))
        return (
            "correct the file, or go back to the shipped list: eport codelists reset"
            f" {self.imported.stem} --home {home}"
        )

    @property
    def told(self) -> str:
        """Return the whole in one line."""
        return f"{self}; {self.todo}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One row of a code list. The two dates are inclusive; None leaves that side open."""

    code: str
    zh: str
    en: str
    valid_from: date | None
    valid_to: date | None
    source: str
    successor: str = ""

    def valid_on(self, day: date) -> bool:
        """Return whether the code may be used on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    def told(self, on: date) -> tuple[str, str]:
        """Return in Chinese and English since when the row is no longer, or not yet, valid."""
        named_zh, named_en = f"{self.code} {self.zh}", f"{self.code} {self.en}"
        if self.valid_from is not None and on < self.valid_from:
            return (
                f"{named_zh} 自 {self.valid_from} 起才有效",
                f"{named_en} is valid from {self.valid_from} only",
            )
        if BOUND in self.source:
            return (
                f"{named_zh} 至迟于 {self.valid_to} 停用, 确切日期未公布",
                f"{named_en} ended not later than {self.valid_to}; the day was not published",
            )
        return (
            f"{named_zh} 已于 {self.valid_to} 之后停用",
            f"{named_en} ended after {self.valid_to}",
        )


def start_of(row: Code) -> date:
    """Return the first day of a row, the first of all where it has none."""
    return row.valid_from or date.min


def overlap(one: Code, other: Code) -> bool:
    """Return whether there is a day on which both rows are valid."""
    return start_of(one) <= (other.valid_to or date.max) and start_of(other) <= (
        one.valid_to or date.max
    )


def read(name: str, content: bytes, form: str = "") -> tuple[Code, ...]:
    """Return the rows of one file, in its order; raise BadCodeList. A code stands in several rows
    when it had other names before: no two of them are valid on one day. ``form``: what each code
    must match; anything without one."""
    try:
        # utf-8-sig: a list that was edited in a spreadsheet comes back with a BOM.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadCodeList(
            f"{name}, line {line}: not UTF-8 (`eport codelists import` takes GB18030 too)"
        ) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Code] = []
    seen: dict[str, list[Code]] = {}
    try:
        header = tuple(next(reader, []))
        if header not in (COLUMNS, (*COLUMNS, SUCCESSOR)):
            found = f"{','.join(header)[:100]!r}" if text.strip() else "an empty file"
            raise ValueError(f"header: found {found}, wanted {','.join(COLUMNS)!r}")
        for row in reader:
            code = _code(row, len(header), form)
            before = seen.setdefault(code.code, [])
            if any(overlap(code, other) for other in before):
                raise ValueError(f"code {code.code!r} is written twice; keep one row")
            before.append(code)
            rows.append(code)
        if not rows:
            raise ValueError("no row below the header")
    except (ValueError, csv.Error) as error:
        raise BadCodeList(f"{name}, line {max(reader.line_num, 1)}: {error}") from error
    return tuple(rows)


def _code(row: list[str], columns: int, form: str) -> Code:
    """Return one row as a Code; raise ValueError with the reason."""
    if len(row) != columns:
        raise ValueError(
            f"found {len(row)} columns, wanted {columns}; quote a text that holds a comma"
        )
    code, zh, en, valid_from, valid_to, source, *more = row
    if not (code and zh and en and source):
        raise ValueError("code, zh, en and source must not be empty")
    if form and not re.fullmatch(form, code):
        raise ValueError(f"code {code[:20]!r}: wanted {form} (a spreadsheet drops leading zeros)")
    start, end = _day(valid_from), _day(valid_to)
    if start is not None and end is not None and start > end:
        raise ValueError(f"valid_from {start} is after valid_to {end}")
    return Code(
        code=code,
        zh=zh,
        en=en,
        valid_from=start,
        valid_to=end,
        source=source,
        successor=more[0] if more else "",
    )


def _day(text: str) -> date | None:
    """Return the day of yyyy-MM-dd, or None for an empty text."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"date {text[:20]!r}: wanted yyyy-MM-dd") from None
