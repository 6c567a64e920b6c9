"""Many rows at once, held against every database: what the bulk statements promise, however an
engine brings the rows in."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from gateway.base.errors import DataRefused, StoreConflict, Unavailable
from gateway.base.store.copying import LEAST
from gateway.base.store.prepared import Statement, compiled
from gateway.base.store.sql import SqlStore
from tests.conftest import Stores, on

metadata = MetaData()
parcels = Table(
    "parcels",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(10), nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),
    Column("note", String(10)),
)
MANY = 40


@pytest.fixture
def store(stores: Stores) -> SqlStore:
    """A store with the table ``parcels``."""
    made = stores.open()
    made.write_here(metadata.create_all)
    return made


def insert(store: SqlStore, *, tolerant: bool) -> Statement:
    make = sqlite.insert if store.dialect.name == "sqlite" else postgresql.insert
    statement = make(parcels).values({c.name: bindparam(c.name) for c in parcels.columns})
    return compiled(
        store.dialect,
        statement.on_conflict_do_nothing(index_elements=["name"]) if tolerant else statement,
        copied=True,
    )


def row(number: int, **other: Any) -> tuple[Any, ...]:
    values = {
        "id": number,
        "name": f"n{number}",
        "body": bytes([number % 256]) * 3000,
        "note": None,
    } | other
    return tuple(values.values())


def held(connection: Connection) -> dict[int, tuple[Any, ...]]:
    return {r[0]: (r[0], r[1], bytes(r[2]), r[3]) for r in connection.execute(select(parcels))}


@pytest.mark.parametrize("count", [1, LEAST - 1, LEAST, MANY])
@pytest.mark.parametrize("tolerant", [False, True])
async def test_rows_come_in_whole(store: SqlStore, count: int, tolerant: bool) -> None:
    statement = insert(store, tolerant=tolerant)
    rows = [row(n, note='汉字 \\ " {' if n % 2 else None) for n in range(count)]
    assert await store.write(lambda c: statement.many(c, rows)) == count
    assert await store.read(held) == {r[0]: r for r in rows}


@pytest.mark.parametrize("count", [LEAST - 1, MANY])
async def test_taken_keys_are_left_alone_where_that_is_asked(store: SqlStore, count: int) -> None:
    statement = insert(store, tolerant=True)
    await store.write(lambda c: statement.many(c, [row(1000, name="n1")]))
    doubled = [row(n) for n in range(count)] + [row(2000, name="n2", body=b"second")]
    assert await store.write(lambda c: statement.many(c, doubled)) == count - 1
    found = await store.read(held)
    assert set(found) == {1000, *range(count)} - {1}
    assert found[2] == row(2)


@pytest.mark.parametrize("tolerant", [False, True])
async def test_another_taken_key_is_a_conflict_and_leaves_nothing(
    store: SqlStore, tolerant: bool
) -> None:
    statement = insert(store, tolerant=tolerant)
    await store.write(lambda c: statement.many(c, [row(3, name="other")]))
    with pytest.raises(StoreConflict):
        await store.write(lambda c: statement.many(c, [row(n) for n in range(MANY)]))
    assert set(await store.read(held)) == {3}


async def test_a_row_that_can_never_be_stored_is_data_refused(store: SqlStore) -> None:
    statement = insert(store, tolerant=True)
    with pytest.raises(DataRefused):
        await store.write(
            lambda c: statement.many(
                c, [row(n, name=None if n == 7 else f"n{n}") for n in range(MANY)]
            )
        )
    assert await store.write(lambda c: statement.many(c, [row(n) for n in range(MANY)])) == MANY


@on("strict")
@pytest.mark.parametrize("bad", ["nul\0", "longer than ten"])
async def test_a_text_that_a_strict_database_refuses_is_data_refused(
    store: SqlStore, bad: str
) -> None:
    statement = insert(store, tolerant=True)
    with pytest.raises(DataRefused):
        await store.write(
            lambda c: statement.many(
                c, [row(n, name=bad if n == 7 else f"n{n}") for n in range(MANY)]
            )
        )
    assert await store.read(held) == {}


@on("server")
async def test_a_connection_lost_before_the_rows_is_unavailable(
    stores: Stores, store: SqlStore
) -> None:
    statement, other = insert(store, tolerant=True), stores.open("elsewhere")

    def unit(connection: Connection) -> int:
        raw: Any = connection.connection.driver_connection
        end = text("SELECT pg_terminate_backend(:pid, 5000)").bindparams(pid=raw.info.backend_pid)
        assert other.read_here(lambda c: c.execute(end).scalar_one())
        return statement.many(connection, [row(n) for n in range(MANY)])

    with pytest.raises(Unavailable):
        await store.write(unit)
    assert await store.write(lambda c: statement.many(c, [row(n) for n in range(MANY)])) == MANY


@on("server")
async def test_a_connection_that_writes_plans_no_scan_for_a_table_that_is_still_small(
    store: SqlStore,
) -> None:
    def plan(connection: Connection) -> str:
        return "\n".join(
            connection.execute(text("EXPLAIN SELECT * FROM parcels WHERE name = 'n1'")).scalars()
        )

    assert "Seq Scan" not in await store.write(plan)
