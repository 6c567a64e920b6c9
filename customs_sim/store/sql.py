"""All statements of customs as one object, the tables made and dropped, and the demo registry.
Decides nothing."""

from __future__ import annotations

from sqlalchemy import BigInteger, Connection, bindparam, case, literal_column, select
from sqlalchemy.engine import Dialect

from customs_sim.store import tables as t
from customs_sim.store.case_sql import CaseSql
from customs_sim.store.ledger_sql import LedgerSql
from customs_sim.store.message_sql import MessageSql
from customs_sim.store.outbox_sql import OutboxSql
from customs_sim.store.register_sql import RegisterSql
from customs_sim.store.rows import Gauges
from gateway.base.store import builders
from gateway.base.store.prepared import compiled

DEMO_ENTERPRISES = (
    (
        "1105910159",
        "北京某某保税科技有限公司",
        "91110000802100433B",
        "0100",
        "DXPENT0000000001",
        0,
        "",
    ),
    (
        "3105960AAA",
        "上海某某国际物流有限公司",
        "91310115MA1K3QW838",
        "2200",
        "DXPENT0000000002",
        0,
        "",
    ),
)
"""The demo registry (``docs/contract.md`` 1)."""


def create(connection: Connection) -> None:
    """Create the tables that are missing; idempotent."""
    t.metadata.create_all(connection)


def drop(connection: Connection) -> None:
    """Drop all tables of customs, and nothing else."""
    t.metadata.drop_all(connection)


def seed_demo(connection: Connection) -> None:
    """Enter the demo registry; an enterprise that is there already stays as it is."""
    dialect = connection.dialect
    new = builders.insert_new(dialect, t.enterprises)
    builders.whole_rows(dialect, t.enterprises, new).many(connection, DEMO_ENTERPRISES)


class Sql(MessageSql, OutboxSql, CaseSql, RegisterSql):
    """The statements of all groups of tables, those of the ledger under ``ledger``; settings and
    sequences beside them."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self.ledger = LedgerSql(dialect)
        self.add_audit = builders.whole_rows(dialect, t.audit, builders.insert(dialect, t.audit))
        self._settings = compiled(dialect, select(t.settings.c.key, t.settings.c.value))
        self._set = compiled(dialect, builders.upsert(dialect, t.settings, ("key",)))
        first, count = bindparam("first", type_=BigInteger), bindparam("count", type_=BigInteger)
        stored = t.sequences.c.next
        self._numbers = compiled(
            dialect,
            builders.upsert(
                dialect,
                t.sequences,
                ("name",),
                change={"next": case((stored < first, first), else_=stored) + count},
                next=first + count,
            ).returning(t.sequences.c.next),
        )
        self._alive = compiled(dialect, select(literal_column("1")))

    def take_numbers(
        self, connection: Connection, name: str, count: int, *, floor: int = 0
    ) -> range:
        """Return the next ``count`` numbers of the sequence ``name``. They are above ``floor`` and
        above all that were taken of it before."""
        after = int(
            self._one(connection, self._numbers, name=name, count=count, first=floor + 1).scalar()
        )
        return range(after - count, after)

    def settings(self, connection: Connection) -> dict[str, str]:
        """Return the settings that are stored, by key."""
        return dict(self._settings.one(connection).fetchall())

    def change_setting(self, connection: Connection, key: str, value: str) -> None:
        """Store a setting."""
        self._one(connection, self._set, key=key, value=value)

    def next_watch(self, connection: Connection) -> int | None:
        """Return when the next letter runs out, or the next payment or answer to a statement is
        due; None when none will."""
        times = (self.next_deadline(connection), self.ledger.next_unanswered(connection))
        return min((at for at in times if at is not None), default=None)

    def gauges(self, connection: Connection) -> Gauges:
        """Return how much waits."""
        waiting, oldest = self.waiting_out(connection)
        return Gauges(
            parked=self.parked_total(connection),
            worklist=self.worklist(connection),
            waiting=waiting,
            oldest=oldest,
        )

    def alive(self, connection: Connection) -> bool:
        """Return whether the store answers."""
        return bool(self._alive.one(connection).scalar() == 1)
