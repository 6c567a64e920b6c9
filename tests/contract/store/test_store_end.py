"""What ``ports.Store`` promises, held against every database: lazy units, and the end."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection

from gateway.base.errors import StoreConflict, Unavailable
from gateway.base.store.sql import SqlStore
from tests.conftest import Stores
from tests.contract.store.pieces import PATIENCE, Gate, metadata, numbers, put


def durability(connection: Connection) -> str:
    return str(
        connection.exec_driver_sql(
            "PRAGMA synchronous"
            if connection.dialect.name == "sqlite"
            else "SHOW synchronous_commit"
        ).scalar()
    )


async def test_a_lazy_unit_is_seen_at_once_and_the_next_one_waits_for_the_disk_again(
    stores: Stores, store: SqlStore
) -> None:
    usual = await store.write(durability)
    assert usual in ("2", "on")
    lazy: list[str] = []

    def unit(connection: Connection) -> None:
        lazy.append(durability(connection))
        put(1)(connection)

    await store.write(unit, lazy=True)
    assert await store.read(numbers) == [1]
    assert await store.write(durability) == usual
    # SQLite in a thread commits as always.
    assert lazy == ["1" if store.inline else "off" if "server" in stores.features else usual]


async def test_after_a_lazy_unit_that_failed_the_next_one_waits_for_the_disk(
    store: SqlStore,
) -> None:
    usual = await store.write(durability)

    def unit(connection: Connection) -> None:
        put(1)(connection)
        raise KeyError("wrong")

    with pytest.raises(KeyError):
        await store.write(unit, lazy=True)
    assert await store.write(durability) == usual
    assert await store.read(numbers) == []


async def test_close_finishes_what_was_handed_in(store: SqlStore) -> None:
    jobs = [asyncio.create_task(store.write(put(n))) for n in range(50)]
    jobs += [asyncio.create_task(store.read(lambda _: -1)) for _ in range(10)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*jobs) == [*range(50), *[-1] * 10]


async def test_a_closed_store_takes_nothing_more(store: SqlStore) -> None:
    await store.close()
    await store.close()
    with pytest.raises(Unavailable):
        await store.write(put(1))
    with pytest.raises(Unavailable):
        await store.read(numbers)


async def test_a_caller_that_goes_away_does_not_undo_its_unit(store: SqlStore) -> None:
    gate = Gate.at_commit(store)
    caller = asyncio.create_task(store.write(put(1)))
    await gate.reached()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    gate.open()
    await store.write(put(2))
    assert await store.read(numbers) == [1, 2]


class Stopwatch:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def committed(self, seconds: float) -> None:
        self.seconds.append(seconds)

    def published(self, seconds: float) -> None:
        raise AssertionError("a store hands nothing over")


async def test_a_commit_is_timed_once_it_is_durable(stores: Stores) -> None:
    watch = Stopwatch()
    store = stores.open(observer=watch)
    store.write_here(metadata.create_all)
    watch.seconds.clear()
    await store.write(put(1))
    with pytest.raises(StoreConflict):
        await store.write(put(1))
    assert len(watch.seconds) == 1
    assert 0 < watch.seconds[0] < PATIENCE
