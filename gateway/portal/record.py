"""An enterprise's record (信息维护) as three small tables: from what is approved and from a form,
and to the rows that travel. Pure.

The wire has no row for a payer unit: the payers are those of the accounts, and the first of them is
the usual one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.contract import Enterprise

CONTACTS, PAYERS, ACCOUNTS = "contacts", "payers", "accounts"
ROWS = {CONTACTS: "GrtEtpsConcDt", ACCOUNTS: "GrtEtpsAcctDt"}
"""A table to the rows that it becomes."""
COLUMNS: dict[str, tuple[str, ...]] = {
    CONTACTS: ("etpsConcErName", "etpsConcErTelnum"),
    PAYERS: ("pmnEtpsno", "pmnEtpsNm", "pmnEtpsSccd"),
    ACCOUNTS: ("pmnEtpsOpaccBankNm", "pmnEtpsBankAcctnum"),
}
MOST = 100
"""Rows of one table."""
_KEY = re.compile(r"(contacts|payers|accounts)\.([0-9]{1,2})\.(\w+)")
_USUAL = re.compile(r"usual\.(contacts|payers|accounts\.[0-9]{1,2})")
Row = dict[str, str]


@dataclass(slots=True)
class Line:
    """One row of a table.

    Attributes:
        payer: Of an account, the place of its payer among the payers.
        usual: Whether it is the default: of its table, an account of its payer.
    """

    values: Row
    payer: int = 0
    usual: bool = False

    @property
    def empty(self) -> bool:
        """Return whether nothing was entered."""
        return not any(self.values.values())


@dataclass(frozen=True, slots=True)
class Tables:
    """The three tables as they stand on the page."""

    contacts: list[Line] = field(default_factory=list)
    payers: list[Line] = field(default_factory=list)
    accounts: list[Line] = field(default_factory=list)

    def of(self, name: str) -> list[Line]:
        """Return a table by its name."""
        return {CONTACTS: self.contacts, PAYERS: self.payers, ACCOUNTS: self.accounts}[name]

    def add(self, name: str) -> None:
        """Add an empty row."""
        if len(self.of(name)) < MOST:
            self.of(name).append(Line(dict.fromkeys(COLUMNS[name], "")))
        self.settle()

    def drop(self, name: str, at: int) -> None:
        """Remove a row; with a payer its accounts."""
        if not 0 <= at < len(self.of(name)):
            return
        del self.of(name)[at]
        if name == PAYERS:
            self.accounts[:] = [line for line in self.accounts if line.payer != at]
            for line in self.accounts:
                line.payer -= line.payer > at
        self.settle()

    def settle(self) -> None:
        """Give every table, and every payer, exactly one default where it has rows."""
        for line in self.accounts:
            line.payer = line.payer if line.payer < len(self.payers) else 0
        of_payers = [
            [line for line in self.accounts if line.payer == at] for at in range(len(self.payers))
        ]
        for group in (self.contacts, self.payers, *of_payers):
            chosen = next((line for line in group if line.usual), group[0] if group else None)
            for line in group:
                line.usual = line is chosen


def from_rows(rows: Mapping[str, Sequence[Mapping[str, str]]]) -> Tables:
    """Return the tables of a record, of its rows by their names on the wire."""
    tables = Tables()
    for row in rows.get(ROWS[CONTACTS], ()):
        usual = row.get("dfltMarkcd") == "1"
        tables.contacts.append(Line(_values(row, CONTACTS), usual=usual))
    known: dict[tuple[str, str], int] = {}
    for row in rows.get(ROWS[ACCOUNTS], ()):
        payer = _values(row, PAYERS)
        at = known.setdefault((payer["pmnEtpsno"], payer["pmnEtpsNm"]), len(known))
        if at == len(tables.payers):
            tables.payers.append(Line(payer))
        account = Line(_values(row, ACCOUNTS), at, row.get("dfltMarkcd") == "1")
        if not account.empty:
            tables.accounts.append(account)
    tables.settle()
    return tables


def from_form(given: Mapping[str, str], enterprises: Mapping[str, Enterprise]) -> Tables:
    """Return the tables that a form has. A payer with a code of the registry is named as it is
    there."""
    found: dict[str, dict[int, Row]] = {name: {} for name in COLUMNS}
    chosen = {match[1]: value for key, value in given.items() if (match := _USUAL.fullmatch(key))}
    for key, value in given.items():
        if match := _KEY.fullmatch(key):
            found[match[1]].setdefault(int(match[2]), {})[match[3]] = value
    tables = Tables()
    for name, rows in found.items():
        for at, row in sorted(rows.items()):
            payer = int(text) if re.fullmatch("[0-9]{1,2}", text := row.get("payer", "0")) else 0
            group = f"{name}.{payer}" if name == ACCOUNTS else name
            line = Line(_values(row, name), payer, chosen.get(group) == str(at))
            tables.of(name).append(line)
    for line in tables.payers:
        registered = enterprises.get(line.values["pmnEtpsno"])
        if registered is not None:
            line.values |= {"pmnEtpsNm": registered.name, "pmnEtpsSccd": registered.credit_code}
    tables.settle()
    return tables


def parts_of(tables: Tables) -> tuple[dict[str, list[Row]], dict[str, list[tuple[str, int]]]]:
    """Return the rows that travel, and for each of them the table and the row of the page that it
    is of. Empty rows do not travel; a payer without an account does, as one without a bank, so that
    the checks name it. The usual payer comes first."""
    rows: dict[str, list[Row]] = {name: [] for name in ROWS.values()}
    places: dict[str, list[tuple[str, int]]] = {name: [] for name in ROWS.values()}

    def add(table: str, place: tuple[str, int], values: Row, usual: bool, **rest: str) -> None:
        name, mark = ROWS[table], "1" if usual else "0"
        number = str(len(rows[name]) + 1)
        rows[name].append({"seqno": number, **values, "dfltMarkcd": mark, **rest})
        places[name].append(place)

    for at, line in enumerate(tables.contacts):
        if not line.empty:
            add(CONTACTS, (CONTACTS, at), line.values, line.usual)
    for at, payer in sorted(enumerate(tables.payers), key=lambda each: not each[1].usual):
        head = {name: payer.values[name] for name in ("pmnEtpsno", "pmnEtpsSccd", "pmnEtpsNm")}
        own = [(n, each) for n, each in enumerate(tables.accounts) if each.payer == at]
        filled = [(n, each) for n, each in own if not each.empty]
        for n, each in filled:
            add(ACCOUNTS, (ACCOUNTS, n), head | each.values, each.usual, rmk="")
        if not filled and not payer.empty:
            bank = dict.fromkeys(COLUMNS[ACCOUNTS], "")
            add(ACCOUNTS, (PAYERS, at), head | bank, True, rmk="")
    return {name: some for name, some in rows.items() if some}, places


def offered(rows: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, list[str]]:
    """Return what the record offers for each element that its rows fill, the usual one first."""
    tables = from_rows(rows)
    choices: dict[str, list[str]] = {}
    for name, columns in COLUMNS.items():
        for line in sorted(tables.of(name), key=lambda each: not each.usual):
            for column in columns:
                value = line.values[column]
                if value and value not in choices.setdefault(column, []):
                    choices[column].append(value)
    return choices


def _values(row: Mapping[str, str], table: str) -> Row:
    return {name: row.get(name, "") for name in COLUMNS[table]}
