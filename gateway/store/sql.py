"""The gateway's SQL verbs: Core statements compiled once per store, plain tuples in and out. No
decision is made here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from gateway.base.errors import StoreConflict
from gateway.base.store.prepared import Statement, any_of, array, bulk_update, compiled
from gateway.store import tables as t
from handlers.declaration import Declaration, Entry
from handlers.lifecycle import Status

DECLARATION = tuple(c.name for c in t.declarations.columns)
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
"""Columns that answers move; a refiling moves all."""
FILING = tuple(n for n in DECLARATION if n not in ("seq_no", "enterprise", "message_type"))
GUARD = ("seq_no", "status", "events")
"""What must still be as it was read, or another writer was first."""
ENTRY = tuple(c.name for c in t.timeline.columns)
ARCHIVE = tuple(c.name for c in t.messages.columns)
FEED = tuple(c.name for c in t.feed.columns)
REGISTER = tuple(c.name for c in t.guarantees.columns)


class Verbs:
    """Statements for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        lock = dialect.name != "sqlite"

        def c(statement: Any) -> Statement:
            return compiled(dialect, statement)

        self.archive = compiled(dialect, _ignore(dialect, t.messages, ARCHIVE), copied=True)
        self.archived = c(select(t.messages.c.id).where(any_of(dialect, t.messages.c.id, "ids")))
        self.unarchive = c(delete(t.messages).where(t.messages.c.id == bindparam("b_id")))
        self.by_message_id = c(
            select(t.messages).where(
                t.messages.c.scope == bindparam("scope"),
                t.messages.c.message_id == bindparam("message_id"),
            )
        )
        self.retie = c(
            update(t.messages)
            .where(t.messages.c.id == bindparam("b_id"))
            .values(seq_no=bindparam("seq_no"), attempt=bindparam("attempt"))
        )
        self.rewarn = c(
            update(t.messages)
            .where(t.messages.c.id == bindparam("b_id"))
            .values(warnings=bindparam("warnings"))
        )
        by_seq = (
            select(t.declarations)
            .where(any_of(dialect, t.declarations.c.seq_no, "seqs"))
            .order_by(t.declarations.c.seq_no)
        )
        by_key = (
            select(t.declarations)
            .where(
                any_of(dialect, t.declarations.c.filing_key, "keys"),
                t.declarations.c.deleted == literal_column("0"),
            )
            .order_by(t.declarations.c.seq_no)
        )
        self.by_seq = c(by_seq.with_for_update() if lock else by_seq)
        self.by_key = c(by_key.with_for_update() if lock else by_key)
        by_reference = select(t.declarations).where(
            t.declarations.c.reference == bindparam("reference"),
            t.declarations.c.deleted == literal_column("0"),
        )
        self.by_reference = c(by_reference.with_for_update() if lock else by_reference)
        self.bodies = c(
            select(t.messages.c.body)
            .join(t.timeline, t.timeline.c.message == t.messages.c.id)
            .where(
                t.timeline.c.seq_no == bindparam("seq_no"),
                t.messages.c.message_type == bindparam("message_type"),
                t.messages.c.message_id != bindparam("message_id"),
            )
        )
        self.insert_declaration = c(_insert(t.declarations, DECLARATION))
        self.move_declaration = bulk_update(dialect, t.declarations, changes=MOVING, keys=GUARD)
        self.refile_declaration = bulk_update(dialect, t.declarations, changes=FILING, keys=GUARD)
        self.insert_entry = c(_insert(t.timeline, ENTRY))
        self.insert_feed = c(_insert(t.feed, FEED))
        ends = t.feed_ends
        self.next_feed = c(
            update(ends)
            .where(ends.c.enterprise == bindparam("b_enterprise"))
            .values(last=ends.c.last + bindparam("n"))
            .returning(ends.c.last)
        )
        self.first_feed = c(_ignore(dialect, ends, ("enterprise", "last", "acked")))
        newer = upsert(dialect, t.guarantees, REGISTER, "gasr_no")
        self.put_register = c(newer)
        self.insert_outbox = c(
            _insert(t.outbox, ("id", "parts", "n", "due_at", "lease_until", "tries", "at"))
        )
        self.drop_outbox = c(delete(t.outbox).where(t.outbox.c.id == bindparam("b_id")))
        self.postpone_outbox = c(
            update(t.outbox)
            .where(t.outbox.c.id == bindparam("b_id"))
            .values(
                parts=bindparam("parts"),
                n=bindparam("n"),
                due_at=bindparam("due_at"),
                tries=bindparam("tries"),
            )
        )
        box = t.outbox
        due = (
            select(box.c.id, box.c.parts, box.c.n, box.c.tries)
            .where(box.c.due_at <= bindparam("now"), box.c.lease_until <= bindparam("leased"))
            .order_by(t.outbox.c.id)
            .limit(bindparam("most"))
        )
        self.due_outbox = c(due.with_for_update(skip_locked=True) if lock else due)
        self.lease_outbox = c(
            update(t.outbox)
            .where(any_of(dialect, t.outbox.c.id, "ids"))
            .values(lease_until=bindparam("until"))
        )
        self.next_due = c(
            select(
                func.min(
                    case((box.c.lease_until > box.c.due_at, box.c.lease_until), else_=box.c.due_at)
                ),
                func.min(box.c.due_at),
            )
        )
        self.to_send = c(
            select(
                t.messages.c.id,
                t.messages.c.body,
                t.messages.c.message_type,
                t.messages.c.seq_no,
                t.messages.c.attempt,
                t.messages.c.flag,
                t.messages.c.message_id,
                t.messages.c.at,
            )
            .outerjoin(t.declarations, t.declarations.c.seq_no == t.messages.c.seq_no)
            .where(any_of(dialect, t.messages.c.id, "ids"))
            .order_by(t.messages.c.id)
        )
        self.filing_of = c(select(t.messages.c.seq_no).where(t.messages.c.id == bindparam("b_id")))
        self.waiting_since = c(
            select(t.waiting.c.since, t.waiting.c.tries).where(
                t.waiting.c.scope == bindparam("scope"),
                t.waiting.c.message_id == bindparam("message_id"),
            )
        )
        self.put_waiting = c(
            upsert(
                dialect, t.waiting, ("scope", "message_id", "since", "tries"), "scope", "message_id"
            )
        )
        self.drop_waiting = c(
            delete(t.waiting).where(
                t.waiting.c.scope == bindparam("scope"),
                t.waiting.c.message_id == bindparam("message_id"),
            )
        )
        self.any_waiting = c(select(t.waiting.c.message_id).limit(literal_column("1")))
        self.insert_parked = c(_insert(t.parked, tuple(x.name for x in t.parked.columns)))
        self.insert_refusal = c(_insert(t.refusals, tuple(x.name for x in t.refusals.columns)))
        self.trim_refusals = c(
            delete(t.refusals).where(
                t.refusals.c.caller == bindparam("caller"),
                t.refusals.c.id
                < select(t.refusals.c.id)
                .where(t.refusals.c.caller == bindparam("caller"))
                .order_by(t.refusals.c.id.desc())
                .offset(bindparam("kept"))
                .limit(literal_column("1"))
                .scalar_subquery(),
            )
        )
        self.backlog = c(select(func.coalesce(func.sum(t.outbox.c.n), 0), func.min(t.outbox.c.at)))

    def declarations_by_seq(
        self, connection: Connection, seqs: Iterable[int]
    ) -> dict[int, Declaration]:
        rows = self.by_seq.one(connection, array(self.dialect, list(seqs))).fetchall()
        return {row[0]: _declaration(row) for row in rows}

    def declarations_by_key(
        self, connection: Connection, keys: Iterable[str]
    ) -> dict[str, Declaration]:
        rows = self.by_key.one(connection, array(self.dialect, list(keys))).fetchall()
        return {d.filing_key: d for d in map(_declaration, rows)}

    def declarations_by_reference(
        self, connection: Connection, reference: str
    ) -> list[Declaration]:
        return [_declaration(row) for row in self.by_reference.one(connection, reference)]

    def bodies_of(
        self, connection: Connection, seq_no: int, message_type: str, but: str
    ) -> Sequence[Any]:
        """Archived messages of one type in a declaration's timeline, but for the one with that
        id."""
        rows: Sequence[Any] = self.bodies.one(connection, seq_no, message_type, but).fetchall()
        return rows

    def add_declarations(self, connection: Connection, items: Sequence[Declaration]) -> None:
        self.insert_declaration.many(connection, [_values(d, DECLARATION) for d in items])

    def move(
        self,
        connection: Connection,
        pairs: Sequence[tuple[Declaration, Declaration]],
        *,
        refile: bool = False,
    ) -> None:
        """Store (before, after) pairs under the guard of status and timeline length; StoreConflict
        when one was moved."""
        statement = self.refile_declaration if refile else self.move_declaration
        changes = FILING if refile else MOVING
        rows = [
            (*_values(after, changes), before.seq_no, before.status, before.events)
            for before, after in pairs
        ]
        if statement.many(connection, rows) != len(rows):
            raise StoreConflict("a declaration was moved by another writer")

    def add_entries(self, connection: Connection, entries: Sequence[Entry]) -> None:
        self.insert_entry.many(
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

    def is_parked(self, connection: Connection, message_id: str, reason: str) -> bool:
        """Whether it stands in the list for this reason already."""
        same = select(t.parked.c.id).where(
            t.parked.c.message_id == message_id, t.parked.c.reason == reason
        )
        return connection.execute(same).first() is not None

    def winners(self, connection: Connection, ids: Sequence[int]) -> set[int]:
        """Which of the archive ids are there."""
        return {row[0] for row in self.archived.one(connection, array(self.dialect, list(ids)))}

    def feed_numbers(self, connection: Connection, enterprise: str, n: int) -> int:
        """Take ``n`` feed numbers of an enterprise; the first of them. Gap-free: part of the
        transaction."""
        row = self.next_feed.one(connection, n, enterprise).fetchone()
        if row is None:
            self.first_feed.many(connection, [(enterprise, 0, 0)])
            row = self.next_feed.one(connection, n, enterprise).fetchone()
        return int(row[0]) - n + 1

    def add_outbox(
        self, connection: Connection, outbox_id: int, ids: Sequence[int], at: int, lease_until: int
    ) -> None:
        self.insert_outbox.many(
            connection,
            [
                (
                    outbox_id,
                    msgspec.json.encode(list(ids)).decode(),
                    len(ids),
                    at,
                    lease_until,
                    0,
                    at,
                )
            ],
        )


def _insert(table: Table, names: Sequence[str]) -> Any:
    return insert(table).values({name: bindparam(name) for name in names})


def _ignore(dialect: Dialect, table: Table, names: Sequence[str]) -> Any:
    make = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    return make(table).values({name: bindparam(name) for name in names}).on_conflict_do_nothing()


def upsert(dialect: Dialect, table: Table, names: Sequence[str], *key: str) -> Any:
    make = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    statement = make(table).values({name: bindparam(name) for name in names})
    changes = {name: statement.excluded[name] for name in names if name not in key}
    newer = table.c.version <= statement.excluded["version"] if "version" in names else None
    return statement.on_conflict_do_update(index_elements=list(key), set_=changes, where=newer)


def _declaration(row: Sequence[Any]) -> Declaration:
    values = dict(zip(DECLARATION, row, strict=True))
    values["status"] = Status(values["status"])
    return Declaration(**values)


def _values(declaration: Declaration, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple([getattr(declaration, name) for name in names])
