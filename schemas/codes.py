"""Code lists of the wire (关区, 担保方式, 币制 …) as data.

Owns the reading of codelists/*.csv, shipped and imported, and the answers "is this a code, what is
it called, was it valid on that day". Must not know which field uses which list, and must not refuse
anything: that is validation's work. Holds no state at module level: the composition root builds one
CodeLists and hands it on. What may be imported and what an import changes is the business of
``schemas.code_import``.
"""

import contextlib
import csv
import io
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

COLUMNS = ("code", "zh", "en", "valid_from", "valid_to", "source")
SUCCESSOR = "successor"
"""A column more that a list may have: the code that took the place of one that ended."""
OFTEN = 1.0
"""Seconds between two looks at the folder of imported lists."""


class UnknownCodeList(KeyError):
    """There is no code list of this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        # KeyError prints only the repr of the key; a person needs the names to choose from.
        return f"code list: found {self.name!r}, wanted one of {', '.join(self.known)}"


class BadCodeList(ValueError):
    """A code list file cannot be read: wrong header, missing text, wrong date, or a code written
    twice for one day."""


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


@dataclass(frozen=True, slots=True)
class _Tables:
    """What was read at one moment: rows in file order, and by code with the latest last."""

    lists: Mapping[str, tuple[Code, ...]]
    codes: Mapping[str, Mapping[str, tuple[Code, ...]]]


class CodeLists:
    """All code lists, those of the package overridden by those that an installation imported. A
    version once read never changes; ``refresh`` puts a newer one in its place, so that threads may
    share it."""

    def __init__(self, folder: Traversable | None = None, *, imported: Path | None = None) -> None:
        """Read every *.csv of the folder, by default those shipped in the package, and of the
        folder ``imported``, which need not be there; raise BadCodeList."""
        root = files("schemas") / "codelists" if folder is None else folder
        self._shipped = {
            file.name.removesuffix(".csv"): read(file.name, file.read_bytes())
            for file in sorted(root.iterdir(), key=lambda each: each.name)
            if file.name.endswith(".csv")
        }
        self._imported = imported
        self._stamp = self._stamped()
        self._tables = self._read()
        self._due = time.monotonic() + OFTEN

    def refresh(self) -> None:
        """Look, at most once a second, whether a list was imported, and take it. The shell calls
        this; a list that cannot be read leaves the one before in force (a start refuses it)."""
        if self._imported is None or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + OFTEN
        if (stamp := self._stamped()) == self._stamp:
            return
        self._stamp = stamp
        try:
            self._tables = self._read()
        except (BadCodeList, OSError) as error:
            logging.getLogger(__name__).error("code lists stay as they were: %s", error)

    def names(self) -> tuple[str, ...]:
        """Return the names of the lists, sorted."""
        return tuple(self._tables.lists)

    def list(self, name: str) -> tuple[Code, ...]:
        """Return every row of a list, in the order of its file, whatever its dates; raise
        UnknownCodeList."""
        try:
            return self._tables.lists[name]
        except KeyError:
            raise UnknownCodeList(name, self.names()) from None

    def get(self, name: str, code: str, on: date) -> Code | None:
        """Return the code as it is on that day, None when it is not valid then; raise
        UnknownCodeList."""
        for row in self._rows(name, code):
            if row.valid_on(on):
                return row
        return None

    def find(self, name: str, code: str) -> Code | None:
        """Return the latest row of the code whatever its dates, so that an error can tell expired
        from unknown; raise UnknownCodeList."""
        rows = self._rows(name, code)
        return rows[-1] if rows else None

    def ended(self, name: str, code: str, on: date) -> Code | None:
        """Return the last row of a code that was valid before that day and is no longer, else None;
        raise UnknownCodeList."""
        last = self.find(name, code)
        gone = last is not None and last.valid_to is not None and last.valid_to < on
        return last if gone else None

    def about_ended(self, name: str, code: str, on: date) -> tuple[str, str] | None:
        """Return in Chinese and English when a code ended and what took its place, None when it did
        not end; raise UnknownCodeList."""
        if (gone := self.ended(name, code, on)) is None:
            return None
        zh = f"{code} {gone.zh} 已于 {gone.valid_to} 之后停用"
        en = f"{code} {gone.en} ended after {gone.valid_to}"
        if gone.successor and (new := self.get(name, gone.successor, on)) is not None:
            return f"{zh}, 改用 {new.code} {new.zh}", f"{en}; use {new.code} {new.en}"
        return f"{zh}, 未登记替代代码", f"{en}; no successor is on record"

    def _rows(self, name: str, code: str) -> tuple[Code, ...]:
        try:
            table = self._tables.codes[name]
        except KeyError:
            raise UnknownCodeList(name, self.names()) from None
        return table.get(code, ())

    def _stamped(self) -> tuple[tuple[str, int, int], ...]:
        """Return what changes with every import."""
        if self._imported is None:
            return ()
        found = []
        for name in self._shipped:
            with contextlib.suppress(OSError):
                stat = (self._imported / f"{name}.csv").stat()
                found.append((name, stat.st_mtime_ns, stat.st_ino))
        return tuple(found)

    def _read(self) -> _Tables:
        lists = dict(self._shipped)
        for name, _, _ in self._stamp:
            assert self._imported is not None
            file = self._imported / f"{name}.csv"
            lists[name] = read(str(file), file.read_bytes())
        codes: dict[str, Mapping[str, tuple[Code, ...]]] = {}
        for name, rows in lists.items():
            by: dict[str, list[Code]] = {}
            for row in rows:
                by.setdefault(row.code, []).append(row)
            codes[name] = {code: tuple(sorted(of, key=_start)) for code, of in by.items()}
        return _Tables(lists, codes)


def _start(row: Code) -> date:
    return row.valid_from or date.min


def overlap(one: Code, other: Code) -> bool:
    """Return whether there is a day on which both rows are valid."""
    return _start(one) <= (other.valid_to or date.max) and _start(other) <= (
        one.valid_to or date.max
    )


def read(name: str, content: bytes) -> tuple[Code, ...]:
    """Return the rows of one file, in its order; raise BadCodeList. A code stands in several rows
    when it had other names before: no two of them are valid on one day."""
    reader = csv.reader(io.StringIO(newline=""), strict=True)
    rows: list[Code] = []
    seen: dict[str, list[Code]] = {}
    try:
        # utf-8-sig: a list that was edited in a spreadsheet comes back with a BOM.
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header = tuple(next(reader, []))
        if header not in (COLUMNS, (*COLUMNS, SUCCESSOR)):
            raise ValueError(f"header: found {','.join(header)!r}, wanted {','.join(COLUMNS)!r}")
        for row in reader:
            code = _code(row, len(header))
            before = seen.setdefault(code.code, [])
            if any(overlap(code, other) for other in before):
                raise ValueError(f"code {code.code!r} is written twice; keep one row")
            before.append(code)
            rows.append(code)
    except (ValueError, csv.Error) as error:
        raise BadCodeList(f"{name}, line {reader.line_num}: {error}") from error
    return tuple(rows)


def _code(row: list[str], columns: int) -> Code:
    """Return one row as a Code; raise ValueError with the reason."""
    if len(row) != columns:
        raise ValueError(
            f"found {len(row)} columns, wanted {columns}; quote a text that holds a comma"
        )
    code, zh, en, valid_from, valid_to, source, *more = row
    if not (code and zh and en and source):
        raise ValueError("code, zh, en and source must not be empty")
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
    return date.fromisoformat(text) if text else None
