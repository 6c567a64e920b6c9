"""The books: the ledger in the store, worked by one unit. They check that nothing is overdrawn;
they know no rule and send nothing.

The rows of ``c_guarantees``, ``c_levies`` and ``c_payments`` are the locked balance rows
(``docs/contract.md`` 7). Books read the ones that a unit will touch (one SELECT a table, in order
of number, FOR UPDATE on PostgreSQL), keep them current in memory while the unit decides, and write
each changed row once, balances and document columns together. All amounts are int in 分.

    books = Books(connection, sql.ledger, blocks, at, guarantees=[...], levies=[levy_no])
    levy = books.levy(levy_no)  # frozen; None when unknown; a levy brings its guarantee along
    lines = books.post(Event.OCCUPIED, levy.open, ref=seq_no, guarantee=levy.gasr_no, levy=levy_no)
    books.change_levy(levy_no, confirmed=1, version=levy.version + 1)

A new register row is entered with zero balances and then posted to:

    books.enter(Levy(levy_no=levy_no, enterprise=..., customs=..., biz_type="1", fields={...}))
    books.post(Event.LEVIED, 12_000_050, ref=levy_no, levy=levy_no)

What the books set by themselves: ``status`` (levyBlStucd), ``taken_back``, ``gasr_no`` of an
occupied levy, ``updated``. All else is the caller's, who also calls ``flush`` at the end of the
unit. Ask the blocks for ``needs(events)`` before the unit draws anything, so that it does not run
twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, TypeVar, cast

from msgspec.structs import replace
from sqlalchemy import Connection

from customs_sim.ledger.groups import FilledLine, Group, group
from customs_sim.ledger.history import LedgerLine
from customs_sim.ledger.movements import Movement, movement_of_line
from customs_sim.ledger.postings import GUARANTEE, LEVY, RULES, Event
from customs_sim.ledger.rows import NAMES, Guarantee, Levy, Payment, Row, number_of
from customs_sim.store.ledger_sql import LedgerSql
from customs_sim.store.numbers import Serials
from gateway.base.errors import StoreConflict
from schemas.money import yuan

LEDGER = "ledger"
"""The sequence that numbers the entries."""
MOST_ENTRIES = max(len(rule.postings) for rule in RULES.values())


class Overdrawn(Exception):
    """A posting would leave a balance below zero; nothing was posted. ``asked`` and ``there`` in
    分."""

    def __init__(self, account: str, asked: int, there: int) -> None:
        super().__init__(f"{account}: asked {yuan(asked)}, there {yuan(there)}")
        self.account, self.asked, self.there = account, asked, there


_Key: TypeAlias = tuple[type, str]
_R = TypeVar("_R", bound=Row)


class Books:
    """The registers as one unit sees and changes them; made anew when the unit runs again. ``at``:
    business time in microseconds UTC."""

    def __init__(
        self,
        connection: Connection,
        sql: LedgerSql,
        blocks: Serials,
        at: int,
        *,
        guarantees: Iterable[str] = (),
        levies: Iterable[str] = (),
        payments: Iterable[str] = (),
    ) -> None:
        self._connection, self._sql, self._blocks, self.at = connection, sql, blocks, at
        self._rows: dict[_Key, Row] = {}
        self._stored: dict[_Key, Row] = {}
        self._entries: list[LedgerLine] = []
        self.read(guarantees=guarantees, levies=levies, payments=payments)

    @staticmethod
    def needs(events: int) -> dict[str, int]:
        """Return what to ask of the blocks for so many events."""
        return {LEDGER: MOST_ENTRIES * events} if events else {}

    def read(
        self,
        *,
        guarantees: Iterable[str] = (),
        levies: Iterable[str] = (),
        payments: Iterable[str] = (),
    ) -> None:
        """Read and lock more rows; the guarantee on which a levy stands comes along. Rows that were
        read before stay as they are.

        Units that read in several steps may deadlock with each other; PostgreSQL then ends one and
        the store runs it again.
        """
        read = self._load(Levy, levies)
        self._load(Guarantee, {*guarantees, *(levy.gasr_no for levy in read)})
        self._load(Payment, payments)

    def guarantee(self, number: str) -> Guarantee | None:
        """Return a guarantee as it now stands; None when it is unknown or was not read."""
        row = self._rows.get((Guarantee, number))
        return row if isinstance(row, Guarantee) else None

    def levy(self, number: str) -> Levy | None:
        """Return a levy, as ``guarantee`` does."""
        row = self._rows.get((Levy, number))
        return row if isinstance(row, Levy) else None

    def payment(self, number: str) -> Payment | None:
        """Return a payment, as ``guarantee`` does."""
        row = self._rows.get((Payment, number))
        return row if isinstance(row, Payment) else None

    def available(self, number: str) -> int:
        """Return the exact 分 of the guarantee ``number`` that may be used; raise LookupError when
        it was not read."""
        return self._row(Guarantee, number).available

    def open(self, number: str) -> int:
        """Return the 分 of the levy ``number`` that are still to be secured; raise LookupError when
        it was not read."""
        return self._row(Levy, number).open

    def refundable(self, number: str) -> int:
        """Return the 分 of money that the levy ``number`` can give back; raise LookupError when it
        was not read."""
        return self._row(Levy, number).refundable

    def enter(self, row: Row) -> None:
        """Enter a row that the store does not have yet. Raise ValueError unless its balances are
        zero: ``post`` fills them."""
        key = (type(row), number_of(row))
        if key in self._rows:
            raise ValueError(f"{type(row).__name__} {key[1]} is entered already")
        if any(getattr(row, name) for name in row.balances - {"status"}):
            raise ValueError(f"{type(row).__name__} {key[1]}: balances come from postings alone")
        self._rows[key] = row

    def change_guarantee(self, number: str, **columns: Any) -> Guarantee:
        """Change columns that are no balance, and return the row as it then stands."""
        return self._change(self._row(Guarantee, number), columns)

    def change_levy(self, number: str, **columns: Any) -> Levy:
        """Change a levy, as ``change_guarantee`` does."""
        return self._change(self._row(Levy, number), columns)

    def change_payment(self, number: str, **columns: Any) -> Payment:
        """Change a payment, as ``change_guarantee`` does."""
        return self._change(self._row(Payment, number), columns)

    def post(self, event: Event, amount: int, *, ref: str, **numbers: str) -> tuple[Movement, ...]:
        """Post one event, and return its movement lines (none for an event without movement code).

        ``amount`` in 分; ``numbers`` by keyword: guarantee, levy, target, payment. Raise Overdrawn,
        LookupError for a number that was not read, ValueError for what the table of events does not
        allow. After any of them nothing has changed.
        """
        made = group(event, amount, **numbers)
        after, enterprise = self._applied(made)
        ids = [self._blocks.draw(LEDGER) for _ in made.entries]
        self._rows.update(after)
        lines = {line.entry: line for line in made.lines}
        movements: list[Movement] = []
        for at, (entry_id, entry) in enumerate(zip(ids, made.entries, strict=True)):
            line = lines.get(at)
            number, related = _named(made, line)
            code, balance = "", 0
            if line is not None:
                code, balance = line.code, self._balance(line)
                movements.append(movement_of_line(event, line, entry_id, self.at, balance, ref))
            self._entries.append(
                LedgerLine(
                    entry_id,
                    ids[0],
                    self.at,
                    event.value,
                    entry.debit,
                    entry.credit,
                    entry.amount,
                    enterprise,
                    number,
                    related,
                    code,
                    balance,
                    ref,
                    0,
                )
            )
        return tuple(movements)

    def flush(self) -> None:
        """Write entries, new rows and changed rows, each in bulk and once. Raise StoreConflict when
        another writer was first."""
        connection = self._connection
        for cls in (Guarantee, Levy, Payment):
            fresh: list[tuple[Any, ...]] = []
            changed: list[tuple[Any, ...]] = []
            for key, row in self._rows.items():
                if key[0] is not cls or row is self._stored.get(key):
                    continue
                if isinstance(row, Guarantee | Levy):
                    row = replace(row, updated=self.at)
                values = row.row()
                if key in self._stored:
                    changed.append((*values[1:], values[0]))
                else:
                    fresh.append(values)
                self._rows[key] = self._stored[key] = row
            if (touched := self._sql.change[cls.table].many(connection, changed)) != len(changed):
                raise StoreConflict(
                    f"{len(changed) - touched} of {len(changed)} rows of {cls.table.name} are gone"
                )
            # After the changes: one may have freed a letter that a new row takes.
            self._sql.add[cls.table].many(connection, fresh)
        self._sql.add_entries.many(connection, self._entries)
        self._entries.clear()

    def _load(self, cls: type[_R], numbers: Iterable[str]) -> list[_R]:
        wanted = {number for number in numbers if (cls, number) not in self._rows}
        stored = self._sql.rows(self._connection, cls.table, wanted)
        rows: list[_R] = [cast(_R, cls.of_row(columns)) for columns in stored]
        for row in rows:
            key = (cls, number_of(row))
            self._rows[key] = self._stored[key] = row
        return rows

    def _row(self, cls: type[_R], number: str) -> _R:
        """Return a row that was read; raise LookupError otherwise."""
        if (row := self._rows.get((cls, number))) is None:
            raise LookupError(f"{cls.__name__} {number} was not read")
        return cast(_R, row)

    def _change(self, row: _R, columns: Mapping[str, Any]) -> _R:
        if forbidden := row.balances & columns.keys():
            raise ValueError(
                f"{', '.join(sorted(forbidden))} of {number_of(row)}: balances come from postings"
                " alone"
            )
        changed = replace(row, **columns)
        self._rows[type(row), number_of(row)] = changed
        return changed

    def _applied(self, made: Group) -> tuple[dict[_Key, Row], str]:
        """Return the rows after ``made``, and the enterprise that they belong to."""
        rows: dict[str, Any] = {}
        for word, number in made.numbers.items():
            rows[number] = self._row(_REGISTERS[word], number)
            whole = _WHOLE.get(made.event)
            if whole and (there := getattr(rows[number], whole)) != made.amount:
                raise ValueError(
                    f"{made.event}: {yuan(made.amount)}; wanted all of {number}, {yuan(there)}"
                )
        enterprises = {row.enterprise for row in rows.values() if isinstance(row, Guarantee | Levy)}
        if len(enterprises) > 1:
            raise ValueError(f"{made.event}: {', '.join(rows)} belong to several enterprises")
        deltas: dict[str, dict[str, int]] = {number: {} for number in rows}
        for name, amount in made.effects().items():
            kind, _, number = name.partition(":")
            if "@" in number:
                self._check_guarantee_of(made, number)
            elif number in rows:
                row, before = rows[number], 0
                if kind == "avail" or kind in NAMES[type(row)]:
                    before = row.balance(kind)
                    if before + amount < 0:
                        raise Overdrawn(name, -amount, before)
                    if kind != "avail":
                        deltas[number][kind] = before + amount
        after: dict[_Key, Row] = {}
        for number, row in rows.items():
            values: dict[str, Any] = dict(deltas[number])
            if made.event is Event.OCCUPIED and isinstance(row, Levy):
                values["gasr_no"] = made.numbers["guarantee"]
            elif made.event is Event.TAKEN_BACK:
                values["taken_back"] = 1
            changed = replace(row, **values)
            if isinstance(changed, Levy) and (status := changed.amounts.status) != changed.status:
                changed = replace(changed, status=status)
            after[type(row), number] = changed
        return after, next(iter(enterprises), "")

    def _check_guarantee_of(self, made: Group, pair: str) -> None:
        """Raise ValueError unless the levy of ``pair`` stands on no other guarantee than its."""
        levy_no, _, guarantee_no = pair.partition("@")
        levy = self._row(Levy, levy_no)
        if levy.quota and levy.gasr_no != guarantee_no:
            raise ValueError(
                f"{made.event}: levy {levy_no} stands on {levy.gasr_no}, not on {guarantee_no}"
            )

    def _balance(self, line: FilledLine) -> int:
        kind, _, number = line.balance.partition(":")
        row = self._rows[_REGISTER_OF[line.register], number]
        return row.balance(kind)


_REGISTERS: dict[str, type[Row]] = {
    "guarantee": Guarantee,
    "levy": Levy,
    "target": Levy,
    "payment": Payment,
}
_REGISTER_OF: dict[str, type[Row]] = {GUARANTEE: Guarantee, LEVY: Levy}
_WHOLE: dict[Event, str] = {Event.TAKEN_BACK: "open", Event.CLOSED: "limit"}
"""Events that take all there is."""


def _named(made: Group, line: FilledLine | None) -> tuple[str, str]:
    """Return the number and the other number of an entry, so that it is found under both."""
    numbers = made.numbers
    number = (
        line.number
        if line
        else next(numbers[word] for word in ("levy", "guarantee", "payment") if word in numbers)
    )
    return number, next((other for other in numbers.values() if other != number), "")
