"""The books: the ledger in the store, worked by one write unit. Checks that nothing is overdrawn;
knows no rule, sends nothing.

The rows of ``c_guarantees``, ``c_levies`` and ``c_payments`` are the locked balance rows
(``docs/contract.md`` 7): Books reads the ones that a unit will touch (one SELECT a table, in order
of number, FOR UPDATE on PostgreSQL), keeps them current in memory while the unit decides, and
writes each changed row once, balances and document columns together. All amounts are int in 分. The
rows themselves are ``holdings``, the lines that a posting gives are ``movements``.

    books = Books(connection, sql.ledger, blocks, at, guarantees=["ZB0100202600002"],
    levies=["ZS0100202600005"]) # a levy brings its guarantee along
    levy, guarantee = books.levy("ZS0100202600005"), books.guarantee("ZB0100202600002") # frozen
    rows, None when unknown
    guarantee.available, levy.open, levy.refundable, levy.status # exact 分; levyBlStucd
    guarantee.amounts.wire(), levy.amounts.wire() # {"gasrAmt": "450000", …}, {"levyBlAmt":
    "30000.75", …}

A decision with its ledger rows, its document columns and the movement lines for GRT302:

    lines = books.post(Event.OCCUPIED, levy.open, ref=seq_no, guarantee=guarantee.gasr_no,
    levy=levy.levy_no)
    books.change_levy(levy.levy_no, confirmed=1, type="1", mode="2", version=levy.version + 1)
    [movement_fields(line.on_wire()) for line in lines]          # GrtMvmtDt, schemas.statement

A new register row, entered with zero balances and then posted to (never ``unit.enter_guarantee`` as
well):

    books.enter(Guarantee(gasr_no=number, enterprise=…, customs=…, mode="1", seq_no=…,
    message=sent))
    books.post(Event.SET_UP_CASH, 50_000_000, ref=seq_no, guarantee=number) # 2 ledger rows + the
    register row
    books.enter(Levy(levy_no=number, enterprise=…, customs=…, biz_type="1", fields={…}))
    books.post(Event.LEVIED, 12_000_050, ref=number, levy=number)

What the books do by themselves: ``status`` (levyBlStucd), ``taken_back``, ``gasr_no`` of an
occupied levy, ``updated``. All else is the caller's. ``books.flush()`` at the end of the unit
(``unit.at_end(books.flush)``). ``post`` raises Overdrawn and then nothing has changed: catch it to
answer a rule (the amounts are in it), or let it end the unit. Other events:

    LEVY_RAISED, LEVY_LOWERED, TAKEN_BACK, PAID, PAYMENT_REVERSED, LETTER_REGISTERED,
    LETTER_RETURNED, REFUNDED levy=
    CARRIED levy=, target= OCCUPIED, RELEASED guarantee=, levy= RAISED, LOWERED, GUARANTEE_REFUNDED,
    CLOSED,
    SET_UP_LETTER, SET_UP_UNPAID, SET_UP_PAID guarantee= (payments and suspense:
    ``reconcile.CashBook``)

Ask the blocks for ``needs(events)`` before the unit draws anything else, so that it does not run
twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, TypeVar, cast

from msgspec.structs import replace
from sqlalchemy import Connection

from customs_sim.ledger.amounts import yuan
from customs_sim.ledger.movements import Movement, movement_of_line
from customs_sim.ledger.postings import RULES, Event, FilledLine, Group, group
from customs_sim.ledger.rows import NAMES, Guarantee, Levy, Payment, Row, number_of
from customs_sim.store.ledger_sql import LedgerSql
from customs_sim.store.numbers import Serials
from gateway.base.errors import StoreConflict

LEDGER = "ledger"
"""The sequence that numbers the entries."""
MOST_ENTRIES = max(len(rule.postings) for rule in RULES.values())


class Overdrawn(Exception):
    """A posting would leave a balance below zero. ``asked`` and ``there`` in 分; nothing was
    posted."""

    def __init__(self, account: str, asked: int, there: int) -> None:
        super().__init__(f"{account}: asked {yuan(asked)}, there {yuan(there)}")
        self.account, self.asked, self.there = account, asked, there


_Key: TypeAlias = tuple[type, str]
_R = TypeVar("_R", Guarantee, Levy, Payment)


class Books:
    """The registers as one unit sees and changes them. Made anew when the unit runs again; ``at``
    microseconds UTC."""

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
        self._entries: list[tuple[Any, ...]] = []
        self.read(guarantees=guarantees, levies=levies, payments=payments)

    @staticmethod
    def needs(events: int) -> dict[str, int]:
        """What to ask of the blocks for so many events."""
        return {LEDGER: MOST_ENTRIES * events} if events else {}

    def read(
        self,
        *,
        guarantees: Iterable[str] = (),
        levies: Iterable[str] = (),
        payments: Iterable[str] = (),
    ) -> None:
        """Read and lock more rows; the guarantee on which a levy stands comes along. Those already
        read stay as they are.

        Units that read in several steps may deadlock with each other; PostgreSQL then ends one and
        the store runs it again.
        """
        found = self._load(Levy, levies)
        self._load(Guarantee, {*guarantees, *(levy.gasr_no for levy in found)})
        self._load(Payment, payments)

    def guarantee(self, number: str) -> Guarantee | None:
        """As it now stands; None when it is unknown or was not read."""
        found = self._rows.get((Guarantee, number))
        return found if isinstance(found, Guarantee) else None

    def levy(self, number: str) -> Levy | None:
        """As ``guarantee``."""
        found = self._rows.get((Levy, number))
        return found if isinstance(found, Levy) else None

    def payment(self, number: str) -> Payment | None:
        """As ``guarantee``."""
        found = self._rows.get((Payment, number))
        return found if isinstance(found, Payment) else None

    def available(self, number: str) -> int:
        """Exact 分 of the guarantee ``number``; LookupError when it was not read."""
        return self._held(Guarantee, number).available

    def open(self, number: str) -> int:
        """分 of the levy ``number`` that are still to be secured; LookupError when it was not
        read."""
        return self._held(Levy, number).open

    def refundable(self, number: str) -> int:
        """分 of money that the levy ``number`` can give back; LookupError when it was not read."""
        return self._held(Levy, number).refundable

    def enter(self, row: Row) -> None:
        """A row that the store does not have yet; its balances must be zero: ``post`` fills
        them."""
        key = (type(row), number_of(row))
        if key in self._rows:
            raise ValueError(f"{type(row).__name__} {key[1]} is entered already")
        if any(getattr(row, name) for name in row.balances - {"status"}):
            raise ValueError(f"{type(row).__name__} {key[1]}: balances come from postings alone")
        self._rows[key] = row

    def change_guarantee(self, number: str, **columns: Any) -> Guarantee:
        """Change columns that are no balance; the row as it now stands."""
        return self._change(self._held(Guarantee, number), columns)

    def change_levy(self, number: str, **columns: Any) -> Levy:
        """As ``change_guarantee``."""
        return self._change(self._held(Levy, number), columns)

    def change_payment(self, number: str, **columns: Any) -> Payment:
        """As ``change_guarantee``."""
        return self._change(self._held(Payment, number), columns)

    def post(self, event: Event, amount: int, *, ref: str, **numbers: str) -> tuple[Movement, ...]:
        """Post one event; its movement lines (none for an event without movement code).

        ``amount`` 分; ``numbers`` by keyword: guarantee, levy, target, payment. Raises Overdrawn,
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
                (
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
        """Write entries, new rows and changed rows, each in bulk and once. StoreConflict when
        another writer was first."""
        c = self._connection
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
            if (touched := self._sql.change[cls.table].many(c, changed)) != len(changed):
                raise StoreConflict(
                    f"{len(changed) - touched} of {len(changed)} rows of {cls.table.name} are gone"
                )
            self._sql.add[cls.table].many(
                c, fresh
            )  # after the changes: a change may have freed a letter that a new row takes
        self._sql.add_entries.many(c, self._entries)
        self._entries.clear()

    def _load(self, cls: type[_R], numbers: Iterable[str]) -> list[_R]:
        wanted = {number for number in numbers if (cls, number) not in self._rows}
        found = [cls.of_row(row) for row in self._sql.rows(self._connection, cls.table, wanted)]
        for row in found:
            key = (cls, number_of(row))
            self._rows[key] = self._stored[key] = row
        return found

    def _of(self, cls: type, number: str) -> Row:
        if (found := self._rows.get((cls, number))) is None:
            raise LookupError(f"{cls.__name__} {number} was not read")
        return found

    def _held(self, cls: type[_R], number: str) -> _R:
        return cast(_R, self._of(cls, number))

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
        """The rows after ``made``, and whose they are."""
        rows: dict[str, Any] = {}
        for word, number in made.numbers.items():
            rows[number] = self._of(_REGISTERS[word], number)
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
        """A levy stands on one guarantee at a time."""
        levy_no, _, guarantee_no = pair.partition("@")
        levy = self._held(Levy, levy_no)
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
_REGISTER_OF: dict[str, type[Row]] = {"1": Guarantee, "2": Levy}
_WHOLE: dict[Event, str] = {Event.TAKEN_BACK: "open", Event.CLOSED: "limit"}
"""Events that take all there is."""


def _named(made: Group, line: FilledLine | None) -> tuple[str, str]:
    """Number and other number of an entry, so that it is found under both."""
    numbers = made.numbers
    number = (
        line.number
        if line
        else next(numbers[word] for word in ("levy", "guarantee", "payment") if word in numbers)
    )
    return number, next((other for other in numbers.values() if other != number), "")
