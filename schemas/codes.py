"""Code lists of the wire (关区, 担保方式, 币制 …) as data.

Owns the reading of codelists/*.csv, shipped and imported, and the answers "is this a code, what is
it called, was it valid on that day". Must not know which field uses which list, and must not refuse
anything: that is validation's work. Holds no state at module level: the composition root builds one
CodeLists and hands it on. What may be imported and what an import changes is the business of
``schemas.code_import``.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from schemas.code_rows import COLUMNS as COLUMNS
from schemas.code_rows import FORMS as FORMS
from schemas.code_rows import MOST_BYTES, start_of
from schemas.code_rows import BadCodeList as BadCodeList
from schemas.code_rows import Code as Code
from schemas.code_rows import read as read

UNREAD = "cannot be read; the list before holds until a restart, see eport doctor"
"""What readiness says behind the name of a file."""
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
        self.unread = ""
        """The list whose file was broken at the last look; empty while what is imported holds."""

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
            self._tables, self.unread = self._read(), ""
        except BadCodeList as error:
            self.unread = error.imported.name if error.imported else ""
            logging.getLogger(__name__).error("code lists stay as they were: %s", error.told)

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
            codes[name] = {code: tuple(sorted(of, key=start_of)) for code, of in by.items()}
        return _Tables(lists, codes)


def _of_installation(name: str, file: Path) -> tuple[Code, ...]:
    """Return the rows of an imported list; raise BadCodeList."""
    try:
        if not file.is_file():
            raise OSError(None, "no regular file is there")
        if (size := file.stat().st_size) > MOST_BYTES:
            raise OSError(None, f"{size} bytes; at most {MOST_BYTES} are taken")
        content = file.read_bytes()
    except OSError as error:
        raise BadCodeList(f"{file}: {error.strerror}", file) from error
    try:
        return read(str(file), content, FORMS.get(name, ""))
    except BadCodeList as bad:
        raise BadCodeList(str(bad), file) from bad
