"""Statements about the archive and about what is kept of refused messages. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, literal_column, select, update
from sqlalchemy.engine import Dialect

from gateway.base.store import builders
from gateway.base.store.prepared import any_of, compiled
from gateway.store import tables as t
from gateway.store.group import StatementGroup
from gateway.store.rows import ArchiveRow

MESSAGES = t.messages.c


class ArchiveSql(StatementGroup):
    """The archive. Its unique key (scope, message_id) lets the first of two messages in."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        new = builders.insert_new(dialect, t.messages)
        self.archive = builders.whole_rows(dialect, t.messages, new, copied=True)
        of_id = MESSAGES.id == bindparam("b_id")
        self.unarchive = compiled(dialect, delete(t.messages).where(of_id))
        self.retie = compiled(
            dialect,
            update(t.messages)
            .where(of_id)
            .values(seq_no=bindparam("seq_no"), attempt=bindparam("attempt")),
        )
        self.rewarn = compiled(
            dialect, update(t.messages).where(of_id).values(warnings=bindparam("warnings"))
        )
        self.filing_of = compiled(dialect, select(MESSAGES.seq_no).where(of_id))
        self.body_of = compiled(dialect, select(MESSAGES.body).where(of_id))
        self._archived = compiled(
            dialect, select(MESSAGES.id).where(any_of(dialect, MESSAGES.id, "ids"))
        )
        self._by_message_id = compiled(
            dialect,
            select(
                MESSAGES.id,
                MESSAGES.message_type,
                MESSAGES.seq_no,
                MESSAGES.flag,
                MESSAGES.sha256,
                MESSAGES.warnings,
            ).where(
                MESSAGES.scope == bindparam("scope"), MESSAGES.message_id == bindparam("message_id")
            ),
        )
        self._bodies = compiled(
            dialect,
            select(MESSAGES.body)
            .join(t.timeline, t.timeline.c.message == MESSAGES.id)
            .where(
                t.timeline.c.seq_no == bindparam("seq_no"),
                MESSAGES.message_type == bindparam("message_type"),
                MESSAGES.message_id != bindparam("message_id"),
            ),
        )
        self._prepare_refusals()

    def _prepare_refusals(self) -> None:
        refusals = t.refusals.c
        self.insert_refusal = builders.whole_rows(
            self.dialect, t.refusals, builders.insert(self.dialect, t.refusals)
        )
        of_caller = refusals.caller == bindparam("caller")
        oldest_kept = (
            select(refusals.id)
            .where(of_caller)
            .order_by(refusals.id.desc())
            .offset(bindparam("kept"))
            .limit(literal_column("1"))
            .scalar_subquery()
        )
        self._trim_refusals = compiled(
            self.dialect, delete(t.refusals).where(of_caller, refusals.id < oldest_kept)
        )

    def winners(self, connection: Connection, ids: Sequence[int]) -> set[int]:
        """Return those of the archive ids that are there, after an insert that left some out."""
        return {number for (number,) in self._archived.one(connection, self._list(ids))}

    def by_message_id(self, connection: Connection, scope: str, message_id: str) -> ArchiveRow:
        """Return the message of that id by the sender ``scope``; it must be there."""
        return ArchiveRow._make(self._by_message_id.one(connection, scope, message_id).one())

    def bodies_of(
        self, connection: Connection, seq_no: int, message_type: str, but: str
    ) -> Sequence[Any]:
        """Return the bodies, in rows of one, of the messages of one type in a declaration's
        timeline, but for the one with the message id ``but``."""
        rows: Sequence[Any] = self._bodies.one(connection, seq_no, message_type, but).fetchall()
        return rows

    def trim_refusals(self, connection: Connection, caller: str, kept: int) -> None:
        """Delete the refusals of a key but for its newest ``kept``."""
        self._trim_refusals.one(connection, caller, caller, max(0, kept - 1))
