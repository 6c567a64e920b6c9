"""What the store holds of the numbers that filings name, read in the transaction that stores them
(``Context.held``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, literal_column, select
from sqlalchemy.engine import Dialect

from gateway.base.store.prepared import any_of, array, compiled
from gateway.store import tables as t
from gateway.store.registers import GUARANTEE, STATEMENT, Registers
from handlers.contract import Held, HeldGuarantee, HeldLevy, HeldStatement
from handlers.lifecycle import Status

OPEN = tuple(s.value for s in (Status.DECLARED, Status.SENT, Status.RECEIVED, Status.REVIEW))


class RegisterView:
    """Fills ``Held``. One open change a guarantee is X.07; several refunds may wait, customs
    decides them one by one (K20)."""

    def __init__(self, dialect: Dialect, registers: Registers) -> None:
        self._dialect, self._registers = dialect, registers
        d, s = t.declarations, t.statements
        self._open = compiled(
            dialect,
            select(d.c.subject, d.c.seq_no).where(
                d.c.subject != literal_column("''"),
                any_of(dialect, d.c.subject, "numbers"),
                any_of(dialect, d.c.status, "open"),
                d.c.kind == literal_column("'change'"),
                d.c.deleted == literal_column("0"),
                d.c.seq_no != bindparam("own"),
            ),
        )
        self._status = compiled(
            dialect, select(d.c.seq_no, d.c.status).where(any_of(dialect, d.c.seq_no, "seqs"))
        )
        self._answers = compiled(
            dialect,
            select(d.c.subject, t.messages.c.body)
            .join(t.messages, t.messages.c.id == d.c.message)
            .where(
                d.c.subject != literal_column("''"),
                any_of(dialect, d.c.subject, "numbers"),
                any_of(dialect, d.c.status, "standing"),
                d.c.kind == literal_column("'reconciliation'"),
                d.c.deleted == literal_column("0"),
                d.c.seq_no != bindparam("own"),
            ),
        )
        self._statements = compiled(
            dialect,
            select(s).where(any_of(dialect, s.c.statement_no, "numbers")).order_by(s.c.version),
        )

    def read(self, connection: Connection, names: Iterable[tuple[str, str]], own: int) -> Held:
        """Return what is held of (kind, number) pairs. ``own`` is the SeqNo being judged, or 0."""
        wanted = list(names)
        loaded = self._registers.load(connection, wanted)
        rows = [*loaded.guarantees.values(), *loaded.levies.values()]
        bodies = self._bodies(connection, [row.document for row in rows])
        numbers = [number for kind, number in wanted if kind == GUARANTEE]
        open_ones = (
            dict(
                self._open.one(connection, self._array(numbers), self._array(OPEN), own).fetchall()
            )
            if numbers
            else {}
        )
        filings = (
            dict(
                self._status.one(
                    connection, self._array([row.seq_no for row in loaded.levies.values()])
                ).fetchall()
            )
            if loaded.levies
            else {}
        )
        return Held(
            guarantees={
                n: HeldGuarantee(
                    gasr_no=n,
                    enterprise=h.enterprise,
                    change_no=h.change_no,
                    status=h.status,
                    fields=bodies[h.document],
                    open_filing=str(open_ones[n]) if n in open_ones else None,
                )
                for n, h in loaded.guarantees.items()
            },
            levies={
                n: HeldLevy(
                    levy_no=n,
                    enterprise=h.enterprise,
                    change_no=h.change_no,
                    status=h.status,
                    fields=bodies[h.document],
                    filing_status=Status(filings.get(h.seq_no, Status.PENDING.value)),
                )
                for n, h in loaded.levies.items()
            },
            statements=self._held_statements(
                connection, [number for kind, number in wanted if kind == STATEMENT], own
            ),
        )

    def _held_statements(
        self, connection: Connection, numbers: Sequence[str], own: int
    ) -> dict[str, HeldStatement]:
        if not numbers:
            return {}
        latest: dict[str, Any] = {
            row["statement_no"]: row
            for row in self._statements.one(connection, self._array(numbers)).mappings()
        }
        standing = self._array((*OPEN, Status.APPROVED.value))
        answered = {
            (number, self._registers.fields_in(bytes(body)).get("stmtVersion"))
            for number, body in self._answers.one(connection, self._array(numbers), standing, own)
        }
        statements = {}
        for number, row in latest.items():
            body = self._registers.bodies(connection, [row["message"]])[row["message"]]
            lines = self._registers.lines_in(body)
            statements[number] = HeldStatement(
                statement_no=number,
                enterprise=row["enterprise"],
                version=row["version"],
                answered=(number, str(row["version"])) in answered,
                lines={line.get("mvmtNo", ""): line for line in lines},
                differences=len(msgspec.json.decode(row["differences"])),
            )
        return statements

    def _bodies(self, connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, str]]:
        if not ids:
            return {}
        return {
            archive_id: self._registers.fields_in(body)
            for archive_id, body in self._registers.bodies(connection, ids).items()
        }

    def _array(self, items: Sequence[Any]) -> Any:
        return array(self._dialect, items)
