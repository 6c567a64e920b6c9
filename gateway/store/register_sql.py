"""Statements about the registers: guarantees, levies, movements, statements of account. Decides
nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Column, Connection, bindparam, select, update
from sqlalchemy.engine import Dialect

from gateway.base.store import builders
from gateway.base.store.prepared import Statement, any_of, bulk_update, compiled
from gateway.store import tables as t
from gateway.store.group import StatementGroup
from gateway.store.rows import ClosedRow, MovementRow, RegisterRow, VersionRow

MOVEMENTS = t.movements.c
STATEMENTS = t.statements.c
TOLD = tuple(column.name for column in t.statements.columns if column.name != "answered")
"""What customs tells of a statement; that it is answered is stored by its own statement."""


class RegisterSql(StatementGroup):
    """The registers as customs last told them. Rows to write are tuples in the order of the
    table's columns."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self._levies = self._register(t.levies.c.levy_no)
        self._guarantees = self._register(t.guarantees.c.gasr_no)
        self.put_levy = builders.whole_rows(
            dialect,
            t.levies,
            builders.upsert(dialect, t.levies, ("levy_no",), only_newer="version"),
        )
        self.put_guarantee = builders.whole_rows(
            dialect,
            t.guarantees,
            builders.upsert(dialect, t.guarantees, ("gasr_no",), only_newer="version"),
        )
        self.put_history = builders.whole_rows(
            dialect, t.history, builders.upsert(dialect, t.history, ("number", "version"))
        )
        self.put_movement = builders.whole_rows(
            dialect, t.movements, builders.upsert(dialect, t.movements, ("enterprise", "mvmt_no"))
        )
        self.put_statement = compiled(
            dialect, builders.upsert(dialect, t.statements, ("statement_no", "version"), TOLD)
        )
        self.put_answered = compiled(
            dialect,
            update(t.statements)
            .where(
                STATEMENTS.statement_no == bindparam("b_no"),
                STATEMENTS.version == bindparam("b_version"),
            )
            .values(answered=1),
        )
        self.put_record = bulk_update(
            dialect, t.enterprises, changes=("record", "record_version"), keys=("code",)
        )
        self._bodies = compiled(
            dialect,
            select(t.messages.c.id, t.messages.c.body).where(
                any_of(dialect, t.messages.c.id, "ids")
            ),
        )
        self._prepare_comparison()

    def _register(self, key: Column[str]) -> Statement:
        columns = key.table.c
        return compiled(
            self.dialect,
            select(
                key,
                columns.enterprise,
                columns.seq_no,
                columns.change_no,
                columns.version,
                columns.document,
                columns.status,
            )
            .where(any_of(self.dialect, key, "numbers"))
            .order_by(key)
            .with_for_update(),
        )

    def _prepare_comparison(self) -> None:
        moved = select(
            MOVEMENTS.mvmt_no, MOVEMENTS.incr_fen, MOVEMENTS.decr_fen, MOVEMENTS.moved_at
        ).where(MOVEMENTS.enterprise == bindparam("enterprise"))
        self._moved = compiled(
            self.dialect,
            moved.where(
                MOVEMENTS.moved_at >= bindparam("begins"), MOVEMENTS.moved_at < bindparam("ends")
            ).order_by(MOVEMENTS.moved_at, MOVEMENTS.mvmt_no),
        )
        self._by_number = compiled(
            self.dialect, moved.where(any_of(self.dialect, MOVEMENTS.mvmt_no, "numbers"))
        )
        known = [
            select(key, key.table.c.version, key.table.c.document).where(
                any_of(self.dialect, key, "numbers")
            )
            for key in (t.history.c.number, t.levies.c.levy_no, t.guarantees.c.gasr_no)
        ]
        self._versions = [compiled(self.dialect, each) for each in known]
        self._closed_before = compiled(
            self.dialect,
            select(STATEMENTS.statement_no, STATEMENTS.closing_fen)
            .where(
                STATEMENTS.enterprise == bindparam("enterprise"),
                STATEMENTS.ends <= bindparam("begins"),
            )
            .order_by(STATEMENTS.ends.desc(), STATEMENTS.version.desc())
            .limit(1),
        )

    def levies(self, connection: Connection, numbers: Iterable[str]) -> dict[str, RegisterRow]:
        """Return levies by their numbers, locked until the transaction ends."""
        return self._locked(connection, self._levies, numbers)

    def guarantees(self, connection: Connection, numbers: Iterable[str]) -> dict[str, RegisterRow]:
        """Return guarantees by their numbers, locked until the transaction ends."""
        return self._locked(connection, self._guarantees, numbers)

    def _locked(
        self, connection: Connection, statement: Statement, numbers: Iterable[str]
    ) -> dict[str, RegisterRow]:
        keys = sorted({number for number in numbers if number})
        if not keys:
            return {}
        rows = map(RegisterRow._make, statement.one(connection, self._list(keys)))
        return {row.number: row for row in rows}

    def bodies(self, connection: Connection, ids: Iterable[int]) -> dict[int, bytes]:
        """Return the bodies of messages of the archive by their ids."""
        rows = self._bodies.one(connection, self._list(ids))
        return {archive_id: bytes(body) for archive_id, body in rows}

    def versions(self, connection: Connection, numbers: Iterable[str]) -> list[VersionRow]:
        """Return every version that is known of the registers with these numbers."""
        keys = sorted({number for number in numbers if number})
        if not keys:
            return []
        return [
            VersionRow._make(row)
            for statement in self._versions
            for row in statement.one(connection, self._list(keys))
        ]

    def moved(
        self, connection: Connection, enterprise: str, begins: int, ends: int
    ) -> list[MovementRow]:
        """Return the movements of a period, oldest first. ``ends`` is not part of it."""
        rows = self._moved.one(connection, enterprise, begins, ends)
        return [MovementRow._make(row) for row in rows]

    def movements(
        self, connection: Connection, enterprise: str, numbers: Sequence[str]
    ) -> list[MovementRow]:
        """Return movements by their numbers."""
        rows = self._by_number.one(connection, enterprise, self._list(numbers))
        return [MovementRow._make(row) for row in rows]

    def closed_before(
        self, connection: Connection, enterprise: str, begins: int
    ) -> ClosedRow | None:
        """Return the last statement that ended by ``begins``; None when there is none."""
        row = self._closed_before.one(connection, enterprise, begins).fetchone()
        return None if row is None else ClosedRow._make(row)
