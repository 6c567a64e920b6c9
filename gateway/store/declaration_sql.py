"""Statements about declarations and their timelines. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, literal_column, select
from sqlalchemy.engine import Dialect

from gateway.base.errors import StoreConflict
from gateway.base.store import builders
from gateway.base.store.prepared import any_of, bulk_update, compiled
from gateway.store import tables as t
from gateway.store.group import StatementGroup
from gateway.store.rows import DeclaringRow
from handlers.declaration import Declaration, Entry
from handlers.lifecycle import Event, Status

DECLARATIONS = t.declarations.c
COLUMNS = tuple(column.name for column in t.declarations.columns)
MOVING = (
    "status",
    "events",
    "decided_at",
    "business_no",
    "document",
    "conflict",
    "undeliverable",
    "updated_at",
)
"""Columns that most news moves; a narrow statement, because every receipt runs it."""
FILING = tuple(n for n in COLUMNS if n not in ("seq_no", "enterprise", "message_type"))
_rest = attrgetter(*(name for name in FILING if name not in MOVING))
GUARD = ("seq_no", "status", "events")
"""What must still be as it was read, or another writer was first."""


class DeclarationSql(StatementGroup):
    """Declarations and their timelines. Reads lock what they return until the transaction ends, in
    the order of SeqNos."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        alive = DECLARATIONS.deleted == literal_column("0")
        every = select(t.declarations)
        self._by_seq = compiled(
            dialect,
            every.where(any_of(dialect, DECLARATIONS.seq_no, "seqs"))
            .order_by(DECLARATIONS.seq_no)
            .with_for_update(),
        )
        self._by_key = compiled(
            dialect,
            every.where(any_of(dialect, DECLARATIONS.filing_key, "keys"), alive)
            .order_by(DECLARATIONS.seq_no)
            .with_for_update(),
        )
        self._by_reference = compiled(
            dialect,
            every.where(DECLARATIONS.reference == bindparam("reference"), alive).with_for_update(),
        )
        self._insert = builders.whole_rows(
            dialect, t.declarations, builders.insert(dialect, t.declarations)
        )
        self._insert_entry = builders.whole_rows(
            dialect, t.timeline, builders.insert(dialect, t.timeline)
        )
        self._declared = compiled(
            dialect,
            select(t.timeline.c.message, t.timeline.c.stale)
            .where(
                t.timeline.c.seq_no == bindparam("seq_no"),
                t.timeline.c.attempt == bindparam("attempt"),
                t.timeline.c.event == literal_column(f"'{Event.DECLARED.value}'"),
            )
            .order_by(t.timeline.c.stale, t.timeline.c.n.desc()),
        )
        self._move = bulk_update(dialect, t.declarations, changes=MOVING, keys=GUARD)
        self._refile = bulk_update(dialect, t.declarations, changes=FILING, keys=GUARD)

    def declarations_by_seq(
        self, connection: Connection, seqs: Iterable[int]
    ) -> dict[int, Declaration]:
        """Return declarations by their SeqNos, deleted ones too."""
        rows = self._by_seq.one(connection, self._list(seqs)).fetchall()
        return {stored.seq_no: stored for stored in map(declaration_of, rows)}

    def declarations_by_key(
        self, connection: Connection, keys: Iterable[str]
    ) -> dict[str, Declaration]:
        """Return declarations by their filing keys."""
        rows = self._by_key.one(connection, self._list(keys)).fetchall()
        return {stored.filing_key: stored for stored in map(declaration_of, rows)}

    def declarations_by_reference(
        self, connection: Connection, reference: str
    ) -> list[Declaration]:
        """Return the declarations of that reference, whoever filed them."""
        return [declaration_of(row) for row in self._by_reference.one(connection, reference)]

    def declared_by(self, connection: Connection, seq_no: int, attempt: int) -> list[DeclaringRow]:
        """Return the messages that made this attempt of a declaration, that in force first:
        several where one was lost in a restore, made again, and recovered."""
        return [DeclaringRow._make(row) for row in self._declared.one(connection, seq_no, attempt)]

    def add_declarations(self, connection: Connection, items: Sequence[Declaration]) -> None:
        """Store new declarations."""
        self._insert.many(connection, [_values(d, COLUMNS) for d in items])

    def move(
        self, connection: Connection, pairs: Sequence[tuple[Declaration, Declaration]]
    ) -> None:
        """Store (before, after) pairs under the guard of status and timeline length; raise
        StoreConflict when one was moved. Whatever differs is stored."""
        narrow = [pair for pair in pairs if _rest(pair[0]) == _rest(pair[1])]
        wide = [pair for pair in pairs if _rest(pair[0]) != _rest(pair[1])]
        for statement, changes, several in (
            (self._refile, FILING, wide),
            (self._move, MOVING, narrow),
        ):
            rows = [
                (*_values(after, changes), before.seq_no, before.status, before.events)
                for before, after in several
            ]
            if rows and statement.many(connection, rows) != len(rows):
                raise StoreConflict("a declaration was moved by another writer")

    def add_entries(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Store lines of timelines."""
        self._insert_entry.many(
            connection,
            [
                (
                    e.seq_no,
                    e.n,
                    e.at,
                    e.event.value,
                    e.status.value,
                    e.attempt,
                    e.source,
                    int(e.stale),
                    e.message,
                    e.note,
                )
                for e in entries
            ],
        )


def declaration_of(row: Sequence[Any]) -> Declaration:
    """Return the declaration in a row that begins with all columns of its table."""
    values = dict(zip(COLUMNS, row, strict=False))
    values["status"] = Status(values["status"])
    return Declaration(**values)


def _values(declaration: Declaration, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple([getattr(declaration, name) for name in names])
