"""A code list as a table of others brings it, and what taking it changes in the list in force.

Owns the reading of such a file (CSV in UTF-8 or GB18030), the complaint about each bad row, and the
rule by which old names and codes stay with their last day. Pure; where lists are kept is the
caller's affair.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from schemas.code_rows import COLUMNS, FORMS, MOST_BYTES, SUCCESSOR, Code, overlap

MOST_ROWS = 20_000
MOST_TOLD = 20
"""Complaints shown of one file."""
LONGEST = {"zh": 100, "en": 200, "source": 400}
_NAMES = {"name": "zh", "名称": "zh", "代码": "code", "sources": "source"}
"""Other headings of our columns."""
What = Literal["added", "renamed", "ended", "opened", "changed"]


class BadImport(ValueError):
    """A file cannot be taken. ``told``: one complaint a row, each with its line."""

    def __init__(self, told: Sequence[str]) -> None:
        more = len(told) - MOST_TOLD
        self.told = (*told[:MOST_TOLD], *((f"… {more} more",) if more > 0 else ()))
        super().__init__("; ".join(self.told))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an import does to one code."""

    what: What
    code: str
    before: str
    after: str


def rows_of(name: str, content: bytes, source: str) -> tuple[Code, ...]:
    """Return the rows of an import file for the list ``name``; raise BadImport with every
    complaint. ``source`` stands for a row that names none."""
    if name not in FORMS:
        raise BadImport([f"list {name!r}: wanted one of {', '.join(FORMS)}"])
    if len(content) > MOST_BYTES:
        raise BadImport([f"{len(content)} bytes; at most {MOST_BYTES} are taken"])
    reader = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    rows: list[Code] = []
    told: list[str] = []
    seen: dict[str, list[tuple[int, Code]]] = {}
    try:
        places = _places(next(reader, []))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) + len(told) >= MOST_ROWS:
                raise BadImport([f"more than {MOST_ROWS} rows"])
            line = reader.line_num
            if len(cells) < max(places.values()) + 1:
                told.append(f"line {line}: {len(cells)} columns, wanted {max(places.values()) + 1}")
                continue
            given = {column: cells[place].strip() for column, place in places.items()}
            wrong = list(_wrong(name, given))
            told += [f"line {line}: {each}" for each in wrong]
            if wrong:
                continue
            row = _row(given, source)
            before = seen.setdefault(row.code, [])
            twice = next((n for n, other in before if overlap(row, other)), None)
            if twice is not None:
                told.append(
                    f"line {line}: code {row.code} stands in line {twice} for the same days"
                )
                continue
            before.append((line, row))
            rows.append(row)
    except csv.Error as error:
        told.append(f"line {reader.line_num}: {error}")
    if not rows and not told:
        told.append("no row below the header")
    if told:
        raise BadImport(told)
    return tuple(rows)


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise BadImport(["neither UTF-8 nor GB18030; save it as CSV UTF-8"])


def _places(header: Sequence[str]) -> dict[str, int]:
    """Return where our columns stand; others are left alone."""
    known = (*COLUMNS, SUCCESSOR)
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        word = cell.strip().lower()
        column = _NAMES.get(word, word)
        if column in known and found.setdefault(column, place) != place:
            raise BadImport([f"line 1: column {column} stands twice"])
    if missing := [column for column in ("code", "zh") if column not in found]:
        raise BadImport(
            [
                f"line 1: no column {' and '.join(missing)}; found {','.join(header)[:100]!r},"
                " wanted code,zh and, if known, en,valid_from,valid_to,source,successor"
            ]
        )
    return found


def _wrong(name: str, given: dict[str, str]) -> Iterator[str]:
    form = FORMS[name]
    code, successor = given["code"], given.get(SUCCESSOR, "")
    if not re.fullmatch(form, code):
        yield f"code {code[:20]!r}: wanted {form} (a spreadsheet drops leading zeros)"
    if successor and not re.fullmatch(form, successor):
        yield f"successor {successor[:20]!r}: wanted {form}"
    if not given["zh"]:
        yield f"code {code[:20]}: no name"
    for column, most in LONGEST.items():
        text = given.get(column, "")
        if len(text) > most:
            yield f"{column}: {len(text)} characters, at most {most}"
        if not text.isprintable():
            yield f"{column}: a line break or another control character"
    days: list[date] = []
    for column in ("valid_from", "valid_to"):
        text = given.get(column, "")
        try:
            if text:
                days.append(_day(text))
        except ValueError:
            yield f"{column} {text[:20]!r}: wanted a date yyyy-MM-dd"
    if len(days) == 2 and days[0] > days[1]:
        yield f"valid_from {days[0]} is after valid_to {days[1]}"


def _day(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _row(given: dict[str, str], source: str) -> Code:
    start, end = given.get("valid_from", ""), given.get("valid_to", "")
    return Code(
        code=given["code"],
        zh=given["zh"],
        en=given.get("en", ""),
        valid_from=_day(start) if start else None,
        valid_to=_day(end) if end else None,
        source=given.get("source") or source,
        successor=given.get(SUCCESSOR, ""),
    )


def merged(
    now: Sequence[Code], new: Sequence[Code], day: date, *, partial: bool = False
) -> tuple[tuple[Code, ...], tuple[Change, ...]]:
    """Return the list after an import that holds from ``day``, and what changed. A code that the
    file does not have ends the day before; with ``partial`` it stays. Only a row that was never in
    force before ``day`` can go."""
    by: dict[str, list[Code]] = {}
    for row in now:
        by.setdefault(row.code, []).append(row)
    given: dict[str, list[Code]] = {}
    for row in new:
        given.setdefault(row.code, []).append(row)
    changes: list[Change] = []
    for code, rows in given.items():
        rows.sort(key=lambda row: row.valid_from or date.min)
        old = by.get(code, [])
        by[code], change = _taken(old, rows, day)
        if change is not None:
            changes.append(change)
    for code, rows in by.items():
        if code in given or partial:
            continue
        by[code] = kept = _ended(rows, day, "; last day not later than this")
        if kept != rows:
            changes.append(Change(what="ended", code=code, before=rows[-1].zh, after=""))
    order = sorted(by)
    return tuple(row for code in order for row in by[code]), tuple(
        sorted(changes, key=lambda change: change.code)
    )


def _taken(old: list[Code], new: list[Code], day: date) -> tuple[list[Code], Change | None]:
    """Return the rows of one code after an import, and the change."""
    last = new[-1]
    if not old:
        rows = [replace(row, en=row.en or row.zh) for row in new]
        return rows, Change(what="added", code=last.code, before="", after=last.zh)
    before = old[-1]
    names = {row.zh: row.en for row in old}
    new = [replace(row, en=row.en or names.get(row.zh) or row.zh) for row in new]
    last = new[-1]
    if len(new) == 1 and last.zh == before.zh and last.valid_from is last.valid_to is None:
        # the file says nothing of days: ours stay, unless the code had ended
        if before.valid_to is None or before.valid_to >= day:
            row = replace(before, en=last.en, successor=last.successor or before.successor)
            what: What = "changed"
            rows = [*old[:-1], row]
        else:
            what, rows = "opened", [*old, replace(last, valid_from=day)]
    elif len(new) > 1 or last.zh == before.zh:
        if len(new) == 1 and last.valid_from is None:
            new = [last := replace(last, valid_from=_kept_start(before, last))]
        # the file knows the days: rows of ours that it contradicts go by it
        kept = [row for row in old if not any(overlap(row, other) for other in new)]
        rows = sorted([*kept, *new], key=lambda row: row.valid_from or date.min)
        gone = last.valid_to is not None and last.valid_to < day
        what = "renamed" if last.zh != before.zh else "ended" if gone else "changed"
        if [(r.zh, r.valid_from, r.valid_to, r.successor, r.en) for r in rows] == [
            (r.zh, r.valid_from, r.valid_to, r.successor, r.en) for r in old
        ]:
            rows = old
    elif last.valid_to is not None and last.valid_to < (last.valid_from or day):
        what, rows = "ended", _ended(old, last.valid_to + timedelta(days=1))
    else:
        start = last.valid_from or day
        what = "renamed"
        rows = [*_ended(old, start), replace(last, valid_from=start)]
    if rows == old:
        return old, None
    return rows, Change(what=what, code=last.code, before=before.zh, after=last.zh)


def _kept_start(before: Code, after: Code) -> date | None:
    """Return the first day of ours, unless it is after the last day of the file."""
    start = before.valid_from
    late = start is not None and after.valid_to is not None and start > after.valid_to
    return None if late else start


def _ended(rows: list[Code], day: date, bound: str = "") -> list[Code]:
    """Return the rows as they stand when the code, or its name, is no longer used from ``day``.
    ``bound`` is added to the source where nobody said that the day before was the last one."""
    before = day - timedelta(days=1)
    return [
        row
        if row.valid_to is not None and row.valid_to < day
        else replace(row, valid_to=before, source=row.source + bound)
        for row in rows
        if (row.valid_from or date.min) <= before
    ]


def written(rows: Sequence[Code]) -> bytes:
    """Return rows as the file that ``schemas.codes`` reads."""
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\n")
    table.writerow((*COLUMNS, SUCCESSOR))
    for row in rows:
        days = (d.isoformat() if d else "" for d in (row.valid_from, row.valid_to))
        table.writerow((row.code, row.zh, row.en, *days, row.source, row.successor))
    return out.getvalue().encode("utf-8")
