"""Code lists of the wire (关区, 担保方式, 币制 …) as data.

Owns the reading of codelists/*.csv, shipped and imported, and the answers "is this a code, what is
it called, was it valid on that day". Must not know which field uses which list, and must not refuse
anything: that is validation's work. Holds no state at module level: the composition root builds one
CodeLists and hands it on. What may be imported and what an import changes is the business of
``schemas.code_import``.
"""

import csv
import io
import logging
import re
import shlex
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
BOUND = "not later than"
"""Stands in the source of a row whose last day is the latest possible one, not a published one."""
FORMS = {"customs": r"[0-9A-Z][0-9]{3}", "currency": r"[0-9]{3}"}
"""The lists that change without this product, and the form of their codes. All others belong to the
wire as it is built, and come with a release."""
MOST_BYTES = 4 * 1024 * 1024
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
    """A code list file cannot be read: which file, where, and what is wrong. ``imported``: the file
    where an installation brought it; None for a shipped one."""

    imported: Path | None = None

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
        except BadCodeList as error:
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

    def not_valid(self, name: str, code: str, on: date) -> tuple[str, str] | None:
        """Return in Chinese and English why a code of the list is not valid on that day: since when
        and what to use, as far as the list knows. None when it is valid, or no code of the list at
        all; raise UnknownCodeList."""
        rows = self._rows(name, code)
        if not rows or any(row.valid_on(on) for row in rows):
            return None
        gone = [row for row in rows if row.valid_to is not None and row.valid_to < on]
        if not gone:
            zh, en = rows[0].told(on)
            before = next(
                (r for r in self.list(name) if r.successor == code and r.valid_on(on)), None
            )
            if before is None:
                return zh, en
            return (
                f"{zh}, 此前用 {before.code} {before.zh}",
                f"{en}; until then use {before.code} {before.en}",
            )
        zh, en = gone[-1].told(on)
        if (new := self._successor(name, gone[-1], on)) is not None:
            return f"{zh}, 改用 {new.code} {new.zh}", f"{en}; use {new.code} {new.en}"
        if (again := next((r for r in rows if r not in gone), None)) is not None:
            return f"{zh}; {again.told(on)[0]}", f"{en}; {again.told(on)[1]}"
        return f"{zh}, 未登记替代代码", f"{en}; no successor is on record"

    def _successor(self, name: str, gone: Code, on: date) -> Code | None:
        """Return what took the place of a code and is valid on that day, whatever came between."""
        seen = {gone.code}
        while gone.successor and gone.successor not in seen:
            seen.add(gone.successor)
            if (new := self.get(name, gone.successor, on)) is not None:
                return new
            if (last := self.find(name, gone.successor)) is None:
                return None
            gone = last
        return None

    def _rows(self, name: str, code: str) -> tuple[Code, ...]:
        try:
            table = self._tables.codes[name]
        except KeyError:
            raise UnknownCodeList(name, self.names()) from None
        return table.get(code, ())

    def _stamped(self) -> tuple[tuple[str, int, int], ...]:
        """Return what changes with every import: the files that are there, one that cannot be
        looked at among them."""
        if self._imported is None:
            return ()
        found = []
        for name in self._shipped:
            file = self._imported / f"{name}.csv"
            try:
                stat = file.stat()
                found.append((name, stat.st_mtime_ns, stat.st_ino))
            except FileNotFoundError:
                if file.is_symlink():  # it leads to nothing: somebody wanted a list here
                    found.append((name, 0, 0))
            except OSError as error:
                found.append((name, -1, error.errno or 0))
        return tuple(found)

    def _read(self) -> _Tables:
        lists = dict(self._shipped)
        for name, _, _ in self._stamp:
            assert self._imported is not None
            lists[name] = _of_installation(name, self._imported / f"{name}.csv")
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


def _of_installation(name: str, file: Path) -> tuple[Code, ...]:
    """Return the rows of an imported list; raise BadCodeList."""
    try:
        if not file.is_file():
            raise OSError(None, "no regular file is there")
        if (size := file.stat().st_size) > MOST_BYTES:
            raise OSError(None, f"{size} bytes; at most {MOST_BYTES} are taken")
        content = file.read_bytes()
    except OSError as error:
        bad = BadCodeList(f"{file}: {error.strerror}")
        bad.imported = file
        raise bad from error
    try:
        return read(str(file), content, FORMS.get(name, ""))
    except BadCodeList as bad:
        bad.imported = file
        raise


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
