"""The registers at the gateway: guarantees, levies, movements and statements as customs last told
them (台账).

A register is never computed here, only replaced by a higher version (``docs/rules.md`` 2.10): lower
ones are stale, and the same version with other content is parked. The former version goes into the
history, so that both can be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from gateway.base.store.wakeups import notify
from gateway.store.comparison import Comparison
from gateway.store.register_sql import RegisterSql
from gateway.store.registry import REGISTRY
from gateway.store.rows import RegisterRow, VersionRow
from gateway.store.statement_rows import guarantee_row, levy_row, moved_of, movement_row
from handlers.contract import Push

GUARANTEE, LEVY, REFUND, STATEMENT = "guarantee", "levy", "refund", "statement"


class Loaded(msgspec.Struct, kw_only=True):
    """What a unit read of the registers, and what it will write.

    Attributes:
        levies: By number, as they stand after what the unit has applied so far.
        guarantees: The same.
        levy_rows, guarantee_rows: Number to the row of its table.
        history, movements, statements: Rows of their tables.
        records: Approved 信息维护 records: archive id, version, enterprise.
        answered: Statements that customs took the answer to: number and version.
    """

    levies: dict[str, RegisterRow]
    guarantees: dict[str, RegisterRow]
    levy_rows: dict[str, tuple[Any, ...]] = msgspec.field(default_factory=dict)
    guarantee_rows: dict[str, tuple[Any, ...]] = msgspec.field(default_factory=dict)
    history: list[tuple[Any, ...]] = msgspec.field(default_factory=list)
    movements: list[tuple[Any, ...]] = msgspec.field(default_factory=list)
    records: list[tuple[int, int, str]] = msgspec.field(default_factory=list)
    statements: list[tuple[Any, ...]] = msgspec.field(default_factory=list)
    answered: list[tuple[str, int]] = msgspec.field(default_factory=list)

    def of(self, subject: str) -> dict[str, RegisterRow]:
        """Return the levies for that subject, the guarantees for any other."""
        return self.levies if subject == LEVY else self.guarantees


class Registers:
    """Reads and replaces registers inside a unit. ``fields_in`` and ``lines_in`` read the body and
    the lines of a statement in an archived message."""

    def __init__(
        self,
        dialect: Dialect,
        fields_in: Callable[[bytes], dict[str, str]],
        lines_in: Callable[[bytes], list[dict[str, str]]],
    ) -> None:
        self._sql = RegisterSql(dialect)
        self.fields_in, self.lines_in = fields_in, lines_in
        self._comparison = Comparison(self._sql, fields_in)

    def load(self, connection: Connection, numbers: Iterable[tuple[str, str]]) -> Loaded:
        """Read the registers of (subject, number) pairs, locked until the transaction ends."""
        wanted = list(numbers)
        return Loaded(
            levies=self._sql.levies(connection, [n for kind, n in wanted if kind == LEVY]),
            guarantees=self._sql.guarantees(
                connection, [n for kind, n in wanted if kind == GUARANTEE]
            ),
        )

    def bodies(self, connection: Connection, ids: Iterable[int]) -> dict[int, bytes]:
        """Return the bodies of archived messages by their ids."""
        return self._sql.bodies(connection, ids)

    def replace(self, loaded: Loaded, push: Push, seq_no: int, mid: int, at: int) -> None:
        """Take the state that ``push`` carries as the register's; it must be newer. ``mid``:
        archive id of the message."""
        known = loaded.of(push.subject).get(push.number)
        if known is not None and known.document != mid:
            loaded.history.append((push.number, known.version, known.change_no, known.document, at))
        if push.subject == LEVY:
            loaded.levy_rows[push.number] = levy_row(push, seq_no, mid, at)
        else:
            loaded.guarantee_rows[push.number] = guarantee_row(push, seq_no, mid, at)
        loaded.of(push.subject)[push.number] = RegisterRow(
            number=push.number,
            enterprise=push.enterprise,
            seq_no=seq_no,
            change_no=push.change_no,
            version=push.version,
            document=mid,
            status=push.status,
        )

    def moved(self, loaded: Loaded, push: Push, mid: int) -> None:
        """Keep the movement lines of a synchronisation; a mvmtNo seen before is a repeat."""
        loaded.movements += [movement_row(push.enterprise, line, mid) for line in push.movements]

    def write(self, connection: Connection, loaded: Loaded) -> None:
        """Store what a unit changed; of two rows with one key the last one counts."""
        sql = self._sql
        sql.put_history.many(connection, _last_of_each(loaded.history))
        sql.put_levy.many(connection, list(loaded.levy_rows.values()))
        sql.put_guarantee.many(connection, list(loaded.guarantee_rows.values()))
        sql.put_movement.many(connection, _last_of_each(loaded.movements))
        sql.put_statement.many(connection, loaded.statements)
        sql.put_answered.many(connection, loaded.answered)
        sql.put_record.many(connection, loaded.records)
        if loaded.records:
            notify(connection, "gateway", REGISTRY)

    def compare(
        self, connection: Connection, loaded: Loaded, push: Push, begins: int, ends: int
    ) -> list[dict[str, str]]:
        """Return the differences that the gateway's own comparison of a statement shows."""
        return self._comparison.differences(
            connection,
            push,
            begins,
            ends,
            moved=[moved_of(row) for row in loaded.movements if row[0] == push.enterprise],
            replaced=[
                *(
                    VersionRow(number, version, mid)
                    for number, version, _, mid, _ in loaded.history
                ),
                *(
                    VersionRow(row.number, row.version, row.document)
                    for row in (*loaded.levies.values(), *loaded.guarantees.values())
                ),
            ],
        )


def newer(push: Push, known: RegisterRow) -> bool:
    """Return whether what customs sent supersedes what is here."""
    return (push.change_no, push.version) > (known.change_no, known.version)


def _last_of_each(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the last row of each key, which are the first two columns."""
    by_key: Mapping[Any, tuple[Any, ...]] = {row[:2]: row for row in rows}
    return list(by_key.values())
