"""SQL of the ledger: register rows as balance rows, entries, payments, statements. Rows are tuples;
decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, or_, select, text, update
from sqlalchemy.engine import Dialect

from customs_sim.store import tables as t
from gateway.base.store.prepared import Statement, any_of, array, bulk_update, compiled

KEYS = {t.guarantees: "gasr_no", t.levies: "levy_no", t.payments: "payment_no"}
"""The registers whose rows carry balances, with their key."""

UNANSWERED = "status = 'open' AND answer_by > 0"


class LedgerSql:
    """The verbs of the ledger. One object per store; immutable, shared by all threads."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        d = dialect
        self.add_entries = _inserted(d, t.ledger)
        self.add = {table: _inserted(d, table) for table in KEYS}
        self.change = {
            table: bulk_update(d, table, keys=(key,), changes=changes_of(table))
            for table, key in KEYS.items()
        }
        self._locked = {
            table: compiled(
                d,
                select(*table.c)
                .where(any_of(d, table.c[key], "numbers"))
                .order_by(table.c[key])
                .with_for_update(),
            )
            for table, key in KEYS.items()
        }
        self._read = {
            table: compiled(
                d, select(*table.c).where(any_of(d, table.c[key], "numbers")).order_by(table.c[key])
            )
            for table, key in KEYS.items()
        }
        self._all = {
            table: compiled(d, select(*table.c).order_by(table.c[key]))
            for table, key in KEYS.items()
        }
        v = t.levies.c
        self._cover = compiled(
            d,
            select(v.gasr_no, func.max(v.oriact_valid))
            .where(any_of(d, v.gasr_no, "numbers"), text("gasr_no <> '' AND quota > 0"))
            .group_by(v.gasr_no),
        )
        self._letters = compiled(
            d,
            select(v.letter_no, v.levy_no).where(
                any_of(d, v.letter_no, "letters"), text("letter_no <> '' AND closed = 0")
            ),
        )
        e = t.ledger.c
        in_order = select(*e).order_by(e.at, e.id)
        self._about = compiled(
            d, in_order.where(or_(e.number == bindparam("no"), e.related == bindparam("no")))
        )
        self._everything = compiled(d, select(*e).order_by(e.group_id, e.id))
        self._stated = compiled(
            d,
            in_order.where(
                e.enterprise == bindparam("enterprise"), e.statement == bindparam("statement")
            ),
        )
        self._state = compiled(
            d,
            update(t.ledger)
            .where(
                e.enterprise == bindparam("enterprise"),
                text("statement = 0"),
                e.at < bindparam("before"),
            )
            .values(statement=bindparam("to")),
        )
        self._earliest = compiled(
            d,
            select(func.min(e.at)).where(
                e.enterprise == bindparam("enterprise"), text("statement = 0")
            ),
        )
        self._enterprise = compiled(
            d,
            select(t.enterprises.c.code)
            .where(t.enterprises.c.code == bindparam("enterprise"))
            .with_for_update(),
        )
        s = t.statements.c
        self.add_statement = _inserted(d, t.statements)
        self.change_statement = bulk_update(
            d,
            t.statements,
            keys=("stmt_no", "version"),
            changes=("status", "answer_seq_no", "answered_at", "message"),
        )
        latest = select(*t.statements.c).order_by(s.number.desc(), s.version.desc())
        self._last_statement = compiled(
            d, latest.where(s.enterprise == bindparam("enterprise")).limit(1)
        )
        self._statement = compiled(
            d, latest.where(s.stmt_no == bindparam("stmt_no")).limit(1).with_for_update()
        )
        self._statements = compiled(
            d, latest.where(s.enterprise == bindparam("enterprise")).limit(bindparam("most"))
        )
        self._latest = compiled(d, latest.where(any_of(d, s.stmt_no, "numbers")))
        self._unanswered = compiled(
            d,
            select(s.stmt_no, s.enterprise)
            .where(s.answer_by <= bindparam("now"), text(UNANSWERED))
            .order_by(s.answer_by)
            .limit(bindparam("most")),
        )
        self._next_unanswered = compiled(d, select(func.min(s.answer_by)).where(text(UNANSWERED)))
        self._on_desk = compiled(
            d,
            select(*t.statements.c)
            .where(text("status IN ('overdue', 'disputed')"), s.number > bindparam("after"))
            .order_by(s.number)
            .limit(bindparam("most")),
        )
        self._on_desk_total = compiled(
            d,
            select(func.count())
            .where(text("status IN ('overdue', 'disputed')"))
            .select_from(t.statements),
        )
        p = t.payments.c
        self._unmatched = compiled(
            d,
            select(*p)
            .where(text("unmatched > 0"), p.payment_no > bindparam("after"))
            .order_by(p.payment_no)
            .limit(bindparam("most")),
        )
        self._unmatched_total = compiled(
            d,
            select(func.count(), func.coalesce(func.sum(p.unmatched), 0)).where(
                text("unmatched > 0")
            ),
        )
        self._payments = compiled(
            d,
            select(*p)
            .where(p.payment_no < bindparam("before"))
            .order_by(p.payment_no.desc())
            .limit(bindparam("most")),
        )
        self._payments_total = compiled(d, select(func.count()).select_from(t.payments))
        self._by_reference = compiled(
            d, select(*p).where(p.reference == bindparam("reference"), text("reference <> ''"))
        )

    def rows(
        self, connection: Connection, table: Table, numbers: Iterable[str], *, lock: bool = True
    ) -> list[Any]:
        """Rows of a register, whole, by number; locked until the transaction ends where the
        database can lock rows."""
        wanted = sorted({number for number in numbers if number})
        statement = self._locked[table] if lock else self._read[table]
        return (
            list(statement.one(connection, array(self.dialect, wanted)).fetchall())
            if wanted
            else []
        )

    def all_rows(self, connection: Connection, table: Table) -> list[Any]:
        """A whole register: for checks, never for a page."""
        return list(self._all[table].one(connection))

    def cover_until(self, connection: Connection, guarantees: Iterable[str]) -> dict[str, int]:
        """Guarantee to the latest 底账 validity of the levies whose quota it carries now
        (C101.08)."""
        return dict(self._list(connection, self._cover, guarantees))

    def levy_letters(self, connection: Connection, letters: Iterable[str]) -> dict[str, str]:
        """Letter no. to the live levy that it secures (S101.18)."""
        return dict(self._list(connection, self._letters, letters))

    def about(self, connection: Connection, number: str) -> list[Any]:
        """Entries that name ``number``, in order of time."""
        return list(_one(connection, self._about, no=number))

    def everything(self, connection: Connection) -> list[Any]:
        """All entries by group: for checks, never for a page."""
        return list(self._everything.one(connection))

    def stated(self, connection: Connection, enterprise: str, statement: int) -> list[Any]:
        """Entries of ``enterprise`` that stand in the statement of this number, in order of time;
        0: in none yet."""
        return list(_one(connection, self._stated, enterprise=enterprise, statement=statement))

    def state(self, connection: Connection, enterprise: str, before: int, to: int) -> int:
        """Give all entries of ``enterprise`` older than ``before`` that stand in no statement to
        ``to``; how many."""
        return int(
            _one(connection, self._state, enterprise=enterprise, before=before, to=to).rowcount
        )

    def earliest(self, connection: Connection, enterprise: str) -> int | None:
        """When the oldest entry was made that stands in no statement yet."""
        found: int | None = _one(connection, self._earliest, enterprise=enterprise).scalar()
        return found

    def last_statement(self, connection: Connection, enterprise: str) -> Any | None:
        """The latest version of the latest statement. Locks the enterprise: one unit at a time
        states its periods."""
        _one(connection, self._enterprise, enterprise=enterprise).fetchall()
        return _one(connection, self._last_statement, enterprise=enterprise).fetchone()

    def statement(self, connection: Connection, stmt_no: str) -> Any | None:
        """The latest version of one statement, locked."""
        return _one(connection, self._statement, stmt_no=stmt_no).fetchone()

    def statements(self, connection: Connection, enterprise: str, most: int = 1000) -> list[Any]:
        """All versions of all statements, newest first."""
        return list(_one(connection, self._statements, enterprise=enterprise, most=most))

    def latest_statements(self, connection: Connection, numbers: Iterable[str]) -> dict[str, Any]:
        """Statement no. to the row of its latest version; not locked."""
        found: dict[str, Any] = {}
        for row in self._list(connection, self._latest, numbers):
            found.setdefault(row[0], row)
        return found

    def unanswered(self, connection: Connection, now: int, most: int) -> list[Any]:
        """(statement, enterprise) whose deadline passed without an answer, not flagged yet."""
        return list(_one(connection, self._unanswered, now=now, most=most).fetchall())

    def next_unanswered(self, connection: Connection) -> int | None:
        """When the next deadline of an open statement passes."""
        found: int | None = self._next_unanswered.one(connection).scalar()
        return found

    def statements_on_desk(
        self, connection: Connection, *, after: int, most: int
    ) -> tuple[list[Any], int]:
        """Statements that wait for a person at customs behind the number ``after``, oldest first;
        how many there are."""
        return list(_one(connection, self._on_desk, after=after, most=most).fetchall()), int(
            self._on_desk_total.one(connection).scalar()
        )

    def unmatched(
        self, connection: Connection, *, after: str, most: int
    ) -> tuple[list[Any], int, int]:
        """Payments with money in suspense behind the payment no. ``after``; how many there are and
        their sum in 分."""
        total, amount = self._unmatched_total.one(connection).fetchone()
        return (
            list(_one(connection, self._unmatched, after=after, most=most)),
            int(total),
            int(amount),
        )

    def payments(self, connection: Connection, *, before: str, most: int) -> tuple[list[Any], int]:
        """The cash book, newest first, with the total."""
        return (
            list(_one(connection, self._payments, before=before, most=most)),
            int(self._payments_total.one(connection).scalar()),
        )

    def payment_of(self, connection: Connection, reference: str) -> Any | None:
        """The payment with the bank's ``reference``."""
        return _one(connection, self._by_reference, reference=reference).fetchone()

    def _list(
        self, connection: Connection, statement: Statement, items: Iterable[str]
    ) -> list[Any]:
        wanted = sorted({item for item in items if item})
        return (
            list(statement.one(connection, array(self.dialect, wanted)).fetchall())
            if wanted
            else []
        )


def changes_of(table: Table) -> tuple[str, ...]:
    """The columns of a register that an update writes: all but its key."""
    return tuple(column.name for column in table.columns if column.name != KEYS[table])


def _inserted(dialect: Dialect, table: Table) -> Statement:
    made = compiled(
        dialect,
        insert(table).values({column.name: bindparam(column.name) for column in table.columns}),
    )
    if made.names != tuple(column.name for column in table.columns):
        raise AssertionError(f"{table.name}: rows are written in the order {made.names}")
    return made


def _one(connection: Connection, made: Statement, /, **values: Any) -> Any:
    return made.one(connection, *(values[name] for name in made.names))
