"""Code lists of the wire (关区, 担保方式, 币制 …) as data.

Owns the reading of codelists/*.csv and the answers "is this a code, what is it called, was it valid
on that day". Must not know which field uses which list, and must not refuse anything: that is
validation's work. Holds no state at module level: the composition root builds one CodeLists and
hands it on.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable

COLUMNS = ("code", "zh", "en", "valid_from", "valid_to", "source")


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
    twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One row of a code list. The two dates are inclusive; None leaves that side open."""

    code: str
    zh: str
    en: str
    valid_from: date | None
    valid_to: date | None
    source: str

    def valid_on(self, day: date) -> bool:
        """Return whether the code may be used on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class CodeLists:
    """All code lists, read once at construction (a few ms); afterwards immutable and safe to share
    between threads."""

    def __init__(self, folder: Traversable | None = None) -> None:
        """Read every *.csv of the folder, by default those shipped in the package; raise
        BadCodeList."""
        root = files("schemas") / "codelists" if folder is None else folder
        tables: dict[str, Mapping[str, Code]] = {}
        for file in sorted(root.iterdir(), key=lambda each: each.name):
            if file.name.endswith(".csv"):
                tables[file.name.removesuffix(".csv")] = _read(file)
        self._tables = tables
        self._lists = {name: tuple(table.values()) for name, table in tables.items()}

    def names(self) -> tuple[str, ...]:
        """Return the names of the lists, sorted."""
        return tuple(self._tables)

    def list(self, name: str) -> tuple[Code, ...]:
        """Return every code of a list, in the order of its file, whatever its dates; raise
        UnknownCodeList."""
        try:
            return self._lists[name]
        except KeyError:
            raise UnknownCodeList(name, self.names()) from None

    def get(self, name: str, code: str, on: date) -> Code | None:
        """Return the code if it is valid on that day, else None; raise UnknownCodeList. Two
        dictionary look-ups."""
        known = self.find(name, code)
        return known if known is not None and known.valid_on(on) else None

    def find(self, name: str, code: str) -> Code | None:
        """Return the code whatever its dates, so that an error can tell expired from unknown; raise
        UnknownCodeList."""
        try:
            table = self._tables[name]
        except KeyError:
            raise UnknownCodeList(name, self.names()) from None
        return table.get(code)


def _read(file: Traversable) -> Mapping[str, Code]:
    """Return the rows of one file by code, in file order."""
    # utf-8-sig: a list that was edited in a spreadsheet comes back with a BOM.
    reader = csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline=""), strict=True)
    table: dict[str, Code] = {}
    try:
        header = next(reader, [])
        if tuple(header) != COLUMNS:
            raise ValueError(f"header: found {','.join(header)!r}, wanted {','.join(COLUMNS)!r}")
        for row in reader:
            code = _code(row)
            if code.code in table:
                raise ValueError(f"code {code.code!r} is written twice; keep one row")
            table[code.code] = code
    except (ValueError, csv.Error) as error:
        raise BadCodeList(f"{file.name}, line {reader.line_num}: {error}") from error
    return table


def _code(row: list[str]) -> Code:
    """Return one row as a Code; raise ValueError with the reason."""
    if len(row) != len(COLUMNS):
        raise ValueError(
            f"found {len(row)} columns, wanted {len(COLUMNS)}; quote a text that holds a comma"
        )
    code, zh, en, valid_from, valid_to, source = row
    if not (code and zh and en and source):
        raise ValueError("code, zh, en and source must not be empty")
    start, end = _day(valid_from), _day(valid_to)
    if start is not None and end is not None and start > end:
        raise ValueError(f"valid_from {start} is after valid_to {end}")
    return Code(code=code, zh=zh, en=en, valid_from=start, valid_to=end, source=source)


def _day(text: str) -> date | None:
    """Return the day of yyyy-MM-dd, or None for an empty text."""
    return date.fromisoformat(text) if text else None
