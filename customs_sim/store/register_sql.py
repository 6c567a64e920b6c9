"""Statements about the registers beside their balances: who owns a letter, what runs out, what was
refunded, records, and the enterprises. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text, union_all
from sqlalchemy.engine import Dialect

from customs_sim.store import tables as t
from customs_sim.store.group import StatementGroup
from customs_sim.store.rows import Deadline, EnterpriseRow, LetterUse
from gateway.base.store import builders
from gateway.base.store.prepared import any_of, compiled

EXPIRES = "valid_until > 0 AND status = '1'"
UNPAID = "deadline > 0 AND overdue = 0 AND status = '1'"


class RegisterSql(StatementGroup):
    """Registers, as the rules look them up and as the clock watches them."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self.add_history = builders.whole_rows(
            dialect, t.history, builders.insert(dialect, t.history)
        )
        self.add_refund = builders.whole_rows(
            dialect, t.refunds, builders.insert(dialect, t.refunds)
        )
        self.put_record = builders.whole_rows(
            dialect, t.records, builders.upsert(dialect, t.records, ("enterprise",))
        )
        self._prepare_lookups()
        self._prepare_deadlines()

    def _prepare_lookups(self) -> None:
        made, guarantees, levies = self.dialect, t.guarantees.c, t.levies.c
        self._enterprises = compiled(
            made, select(*t.enterprises.c).where(any_of(made, t.enterprises.c.code, "codes"))
        )
        self._letters = compiled(
            made,
            union_all(
                select(guarantees.letter_no, guarantees.gasr_no, guarantees.enterprise).where(
                    any_of(made, guarantees.letter_no, "letters"),
                    text("letter_no <> '' AND status <> '3'"),
                ),
                select(levies.letter_no, levies.levy_no, levies.enterprise).where(
                    any_of(made, levies.letter_no, "letters"),
                    text("letter_no <> '' AND closed = 0"),
                ),
            ),
        )
        self._generations = compiled(
            made,
            select(guarantees.enterprise, guarantees.seq_no, guarantees.change_no).where(
                any_of(made, guarantees.seq_no, "seq_nos")
            ),
        )
        self._records = compiled(
            made,
            select(t.records.c.enterprise, t.records.c.version)
            .where(any_of(made, t.records.c.enterprise, "codes"))
            .with_for_update(),
        )

    def _prepare_deadlines(self) -> None:
        made, guarantees, levies = self.dialect, t.guarantees.c, t.levies.c
        self._expiring = compiled(
            made,
            select(guarantees.gasr_no, guarantees.enterprise)
            .where(guarantees.valid_until <= bindparam("now"), text(EXPIRES))
            .order_by(guarantees.valid_until)
            .limit(bindparam("most")),
        )
        self._next_expiry = compiled(
            made, select(func.min(guarantees.valid_until)).where(text(EXPIRES))
        )
        self._overdue = compiled(
            made,
            select(levies.levy_no, levies.enterprise)
            .where(levies.deadline <= bindparam("now"), text(UNPAID))
            .order_by(levies.deadline)
            .limit(bindparam("most")),
        )
        self._next_overdue = compiled(made, select(func.min(levies.deadline)).where(text(UNPAID)))

    def enterprises(self, connection: Connection, codes: Iterable[str]) -> list[EnterpriseRow]:
        """Return the registered ones among ``codes``."""
        return [
            EnterpriseRow._make(row) for row in self._listing(connection, self._enterprises, codes)
        ]

    def letters(self, connection: Connection, letters: Iterable[str]) -> dict[str, LetterUse]:
        """Return what each of ``letters`` secures; those that secure nothing are left out."""
        wanted = [letter for letter in letters if letter]
        if not wanted:
            return {}
        rows: Iterable[Any] = self._one(connection, self._letters, letters=self._list(wanted))
        return {letter: LetterUse(number, enterprise) for letter, number, enterprise in rows}

    def generations(
        self, connection: Connection, seq_nos: Iterable[str]
    ) -> dict[tuple[str, str], int]:
        """Return the chgTmsCnt of the guarantees that these filings set up, by enterprise and
        SeqNo."""
        return {
            (enterprise, seq_no): change_no
            for enterprise, seq_no, change_no in self._listing(
                connection, self._generations, seq_nos
            )
        }

    def records(self, connection: Connection, codes: Iterable[str]) -> dict[str, int]:
        """Return the version of the record (信息维护) of each enterprise that has one, locked."""
        return dict(self._listing(connection, self._records, codes))

    def expiring(self, connection: Connection, now: int, most: int) -> list[Deadline]:
        """Return guarantees in force whose letter ran out by ``now``."""
        rows = self._one(connection, self._expiring, now=now, most=most)
        return [Deadline._make(row) for row in rows]

    def overdue(self, connection: Connection, now: int, most: int) -> list[Deadline]:
        """Return levies that should have been paid by ``now`` and are not marked overdue yet."""
        rows = self._one(connection, self._overdue, now=now, most=most)
        return [Deadline._make(row) for row in rows]

    def next_deadline(self, connection: Connection) -> int | None:
        """Return when the next letter runs out or the next payment is due; None when neither
        will."""
        times = [each.one(connection).scalar() for each in (self._next_expiry, self._next_overdue)]
        return min((at for at in times if at is not None), default=None)
