"""Statements about the ledger: register rows as balance rows, entries, and payments. Decides
nothing. Statements of account are ``statement_sql``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, or_, select, text
from sqlalchemy.engine import Dialect

from customs_sim.store import tables as t
from customs_sim.store.statement_sql import StatementSql
from gateway.base.store import builders
from gateway.base.store.prepared import any_of, bulk_update, compiled

KEYS = {t.guarantees: "gasr_no", t.levies: "levy_no", t.payments: "payment_no"}
"""The registers whose rows carry balances, with their key."""

TOTALS = "('bank', 'letters', 'suspense')"
"""The accounts that no number belongs to."""


class LedgerSql(StatementSql):
    """The registers, the ledger and the cash book, with the statements of account."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self.add_entries = builders.whole_rows(
            dialect, t.ledger, builders.insert(dialect, t.ledger)
        )
        self._prepare_registers()
        self._prepare_entries()
        self._prepare_payments()

    def _prepare_registers(self) -> None:
        made = self.dialect
        self.add = {
            table: builders.whole_rows(made, table, builders.insert(made, table)) for table in KEYS
        }
        self.change = {
            table: bulk_update(made, table, keys=(key,), changes=_changes_of(table))
            for table, key in KEYS.items()
        }
        by_number = {
            table: select(*table.c)
            .where(any_of(made, table.c[key], "numbers"))
            .order_by(table.c[key])
            .with_for_update()
            for table, key in KEYS.items()
        }
        self._locked = {table: compiled(made, query) for table, query in by_number.items()}
        self._all = {
            table: compiled(made, select(*table.c).order_by(table.c[key]))
            for table, key in KEYS.items()
        }
        levies = t.levies.c
        self._cover = compiled(
            made,
            select(levies.gasr_no, func.max(levies.oriact_valid))
            .where(any_of(made, levies.gasr_no, "numbers"), text("gasr_no <> '' AND quota > 0"))
            .group_by(levies.gasr_no),
        )

    def _prepare_entries(self) -> None:
        made, entries = self.dialect, t.ledger.c
        named = or_(entries.number == bindparam("no"), entries.related == bindparam("no"))
        self._about = compiled(made, select(*entries).where(named).order_by(entries.at, entries.id))
        self._everything = compiled(made, select(*entries).order_by(entries.group_id, entries.id))
        self._debits, self._credits = (
            compiled(
                made,
                select(side, func.sum(entries.amount))
                .where(text(f"{side.name} IN {TOTALS}"))
                .group_by(side),
            )
            for side in (entries.debit, entries.credit)
        )

    def _prepare_payments(self) -> None:
        made, payments = self.dialect, t.payments.c
        waiting = text("unmatched > 0")
        self._unmatched = compiled(
            made,
            select(*payments)
            .where(waiting, payments.payment_no > bindparam("after"))
            .order_by(payments.payment_no)
            .limit(bindparam("most")),
        )
        self._unmatched_total = compiled(
            made,
            select(func.count(), func.coalesce(func.sum(payments.unmatched), 0)).where(waiting),
        )
        self._by_reference = compiled(
            made,
            select(*payments).where(
                payments.reference == bindparam("reference"), text("reference <> ''")
            ),
        )

    def rows(self, connection: Connection, table: Table, numbers: Iterable[str]) -> list[Any]:
        """Return whole rows of a register in order of number, locked until the transaction ends
        where the database can lock rows."""
        return self._sorted_listing(connection, self._locked[table], numbers)

    def all_rows(self, connection: Connection, table: Table) -> list[Any]:
        """Return a whole register: for checks, never for a page."""
        return list(self._all[table].one(connection))

    def cover_until(self, connection: Connection, guarantees: Iterable[str]) -> dict[str, int]:
        """Return the latest 底账 validity of the levies whose quota each guarantee carries now
        (C101.08)."""
        return dict(self._sorted_listing(connection, self._cover, guarantees))

    def about(self, connection: Connection, number: str) -> list[Any]:
        """Return the entries that name ``number``, in order of time."""
        return list(self._one(connection, self._about, no=number))

    def everything(self, connection: Connection) -> list[Any]:
        """Return all entries by group: for checks, never for a page."""
        return list(self._everything.one(connection))

    def totals(self, connection: Connection) -> dict[str, int]:
        """Return bank, letters and suspense in 分, each on its normal side: sums of entries."""
        balances = {"bank": 0, "letters": 0, "suspense": 0}
        for query, sign in ((self._debits, 1), (self._credits, -1)):
            for account, amount in query.one(connection):
                balances[account] += sign * int(amount) * (-1 if account == "suspense" else 1)
        return balances

    def unmatched(
        self, connection: Connection, *, after: str, most: int
    ) -> tuple[list[Any], int, int]:
        """Return payments with money in suspense behind the payment no. ``after``, how many there
        are, and their sum in 分."""
        total, amount = self._unmatched_total.one(connection).fetchone()
        rows = self._one(connection, self._unmatched, after=after, most=most)
        return list(rows), int(total), int(amount)

    def payment_of(self, connection: Connection, reference: str) -> Any | None:
        """Return the payment with the bank's ``reference``; None when there is none."""
        return self._one(connection, self._by_reference, reference=reference).fetchone()


def _changes_of(table: Table) -> tuple[str, ...]:
    """Return the columns of a register that an update writes: all but its key."""
    return tuple(column.name for column in table.columns if column.name != KEYS[table])
