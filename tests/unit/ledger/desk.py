"""A desk that posts to the books on a store, for the tests of the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from customs_sim.ledger.books import LEDGER, Books
from customs_sim.ledger.cash_book import PAYMENT, CashBook
from customs_sim.ledger.check import audit
from customs_sim.ledger.history import LedgerLine
from customs_sim.ledger.movements import Movement
from customs_sim.ledger.postings import Event
from customs_sim.ledger.rows import Guarantee, Levy
from customs_sim.ledger.statement_book import STATEMENT, Statements
from customs_sim.ledger.statements import Statement, StatementFault, statement_serial
from customs_sim.store import tables as t
from customs_sim.store.numbers import Blocks
from customs_sim.store.sql import Sql
from customs_sim.wire.calendar import Moment
from gateway.base.store.sql import SqlStore
from tests.conftest import BEIJING

G, G2, L, L2, P = (
    "ZB0100202600001",
    "ZB0100202600002",
    "ZS0100202600001",
    "ZS0100202600002",
    "JK0000000001",
)


# the books, on every kind of store


MORNING = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 10:00 in Shanghai


@dataclass(slots=True)
class Desk:
    """One store with the demo registry and an enterprise's books on it; every ``do`` is one
    transaction."""

    store: SqlStore
    sql: Sql
    blocks: Blocks
    now: datetime = MORNING

    def moment(self) -> Moment:
        return Moment.of(self.now)

    def do(self, act: Callable[[Books], Any], **reads: list[str]) -> Any:
        def unit(connection: Connection) -> Any:
            books = self.books(connection, **reads)
            result = act(books)
            books.flush()
            return result

        return self.store.write_here(unit)

    def books(self, connection: Connection, **reads: list[str]) -> Books:
        return Books(connection, self.sql.ledger, self.blocks, self.moment().at, **reads)

    def post(self, event: Event, amount: int, **numbers: str) -> tuple[Movement, ...]:
        """Post on numbers that the store knows."""
        found: tuple[Movement, ...] = self.do(
            lambda books: books.post(event, amount, ref="REF", **numbers),
            guarantees=[numbers.get("guarantee", "")],
            levies=[numbers.get("levy", ""), numbers.get("target", "")],
        )
        return found

    def set_up(
        self, number: str, amount: int, *, mode: str = "2", enterprise: str = BEIJING
    ) -> tuple[Movement, ...]:
        event = Event.SET_UP_LETTER if mode == "2" else Event.SET_UP_CASH

        def act(books: Books) -> Any:
            books.enter(
                Guarantee(
                    gasr_no=number,
                    enterprise=enterprise,
                    customs="0100",
                    mode=mode,
                    seq_no=f"S-{number}",
                    letter_no=f"LG-{number}" if mode == "2" else "",
                )
            )
            return books.post(event, amount, ref=f"S-{number}", guarantee=number)

        found: tuple[Movement, ...] = self.do(act)
        return found

    def levy(self, number: str, amount: int, *, enterprise: str = BEIJING) -> tuple[Movement, ...]:
        def act(books: Books) -> Any:
            books.enter(
                Levy(
                    levy_no=number,
                    enterprise=enterprise,
                    customs="0100",
                    biz_type="1",
                    fields={"rmk": "征收"},
                )
            )
            return books.post(Event.LEVIED, amount, ref=number, levy=number)

        found: tuple[Movement, ...] = self.do(act)
        return found

    def held(self, number: str) -> Any:
        """The row of a guarantee or levy as the store has it."""

        def read(connection: Connection) -> Any:
            rows = self.sql.ledger.rows(connection, t.guarantees, [number])
            if rows:
                return Guarantee.of_row(rows[0])
            return Levy.of_row(self.sql.ledger.rows(connection, t.levies, [number])[0])

        return self.store.read_here(read)

    def rows(self) -> list[Any]:
        return list(map(LedgerLine._make, self.store.read_here(self.sql.ledger.everything)))

    def audit(self) -> list[str]:
        return self.store.read_here(lambda connection: audit(connection, self.sql.ledger))

    def cash(self, act: Callable[[CashBook], Any], **reads: list[str]) -> Any:
        return self.do(lambda books: act(CashBook(books, self.blocks)), **reads)

    def stating(self, act: Callable[[Statements], Any]) -> Any:
        return self.store.write_here(
            lambda c: act(Statements(c, self.sql.ledger, self.blocks, self.moment()))
        )

    def issue(
        self, last: str, first: str | None = None, *, fault: str = "", enterprise: str = BEIJING
    ) -> Statement:
        made: Statement = self.stating(
            lambda s: s.issue(
                enterprise,
                "0100",
                last_day=date.fromisoformat(last),
                first_day=date.fromisoformat(first) if first else None,
                fault=StatementFault.of(fault),
            )
        )
        return made


async def desk_on(store: SqlStore) -> Desk:
    sql = Sql(store.dialect)
    blocks = Blocks(store, sql)
    year = MORNING.year
    await blocks.refill(
        {LEDGER: 1000, PAYMENT: 50, STATEMENT: 50, statement_serial("0100", year): 50}
    )
    return Desk(store, sql, blocks)
