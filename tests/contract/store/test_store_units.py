"""What ``ports.Store`` promises, held against every database: units and reads."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from sqlalchemy import Connection, select

from gateway.base.errors import DataRefused, StoreConflict, Unavailable
from gateway.base.store.sql import TRIES, SqlStore
from tests.conftest import Stores, on
from tests.contract.store.pieces import (
    PATIENCE,
    Gate,
    metadata,
    numbers,
    numbers_of_nothing,
    pieces,
    put,
)


async def test_committed_work_is_visible_to_reads(store: SqlStore) -> None:
    assert await store.write(put(1)) == 1
    assert await store.read(numbers) == [1]


async def test_a_unit_that_raises_leaves_nothing_and_the_caller_gets_its_error(
    store: SqlStore,
) -> None:
    def unit(connection: Connection) -> None:
        put(1)(connection)
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await store.write(unit)
    assert await store.read(numbers) == []
    assert await store.write(put(2)) == 2


async def test_a_conflict_runs_the_unit_again_from_the_start(store: SqlStore) -> None:
    runs: list[list[int]] = []

    def unit(connection: Connection) -> int:
        runs.append(numbers(connection))
        put(len(runs))(connection)
        if len(runs) < 3:
            raise StoreConflict("another writer was first")
        return len(runs)

    assert await store.write(unit) == 3
    assert runs == [[], [], []]
    assert await store.read(numbers) == [3]


async def test_a_conflict_that_never_ends_is_told_after_some_runs(store: SqlStore) -> None:
    runs: list[int] = []

    def unit(connection: Connection) -> None:
        runs.append(put(7)(connection))
        raise StoreConflict("for ever")

    with pytest.raises(StoreConflict):
        await store.write(unit)
    assert len(runs) == TRIES
    assert await store.read(numbers) == []


async def test_first_units_pass_waiting_ones(stores: Stores) -> None:
    store = stores.open(writers=1)
    gate, order = Gate.at_commit(store), list[str]()
    held = asyncio.create_task(store.write(numbers_of_nothing))
    await gate.reached()
    jobs = [
        asyncio.create_task(store.write(lambda _, n=n: order.append(n)))
        for n in ("relay", "reception")
    ]
    await asyncio.sleep(0)
    jobs += [
        asyncio.create_task(store.write(lambda _, n=n: order.append(n), first=True))
        for n in ("one", "two")
    ]
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(held, *jobs)
    if "server" in stores.features:  # they have a thread of their own, beside that of the others
        assert [n for n in order if n in ("one", "two")] == ["one", "two"]
        assert [n for n in order if n in ("relay", "reception")] == ["relay", "reception"]
    else:
        assert order == ["one", "two", "relay", "reception"]


@on("server")
async def test_first_units_do_not_wait_for_one_that_takes_long(store: SqlStore) -> None:
    gate = Gate()
    held = asyncio.create_task(store.write(gate.unit))
    await gate.reached()
    assert await store.write(put(1), first=True) == 1
    assert await store.read(numbers) == [1]
    gate.open()
    await held


async def test_reads_do_not_wait_for_a_writer_in_the_middle_of_a_unit(
    stores: Stores, store: SqlStore
) -> None:
    await store.write(put(1))
    gate = Gate.at_commit(store)
    held = asyncio.create_task(store.write(put(2)))
    await gate.reached()
    read = asyncio.create_task(store.read(numbers))
    if "beside" in stores.features:
        assert await asyncio.wait_for(read, PATIENCE / 2) == [1]
        assert not held.done()
        gate.open()
    else:  # one connection for everything: the read comes after the commit
        await asyncio.sleep(0)
        gate.open()
        assert await read == [1, 2]
    await held
    assert await store.read(numbers) == [1, 2]


@on("beside")
async def test_a_read_that_takes_long_does_not_hold_a_writer_up(store: SqlStore) -> None:
    gate = Gate()
    held = asyncio.create_task(store.read(gate.unit))
    await gate.reached()
    assert await asyncio.wait_for(store.write(put(1)), PATIENCE / 2) == 1
    gate.open()
    assert await held == []


@on("beside")
async def test_what_a_read_writes_is_not_kept(store: SqlStore) -> None:
    with contextlib.suppress(Unavailable, DataRefused):
        await store.read(put(1))
    assert await store.read(numbers) == []


@on("threads")
async def test_work_in_the_calling_thread_stays_out_of_a_unit_under_way(store: SqlStore) -> None:
    await store.write(put(1))
    gate = Gate(put(2))

    def in_vain(connection: Connection) -> None:
        gate.unit(connection)
        raise LookupError

    held = asyncio.create_task(store.write(in_vain))
    await gate.reached()
    read = asyncio.create_task(asyncio.to_thread(store.read_here, numbers))
    write = asyncio.create_task(asyncio.to_thread(store.write_here, put(3)))
    await asyncio.wait([read, write], timeout=0.05)  # time to fall into the open transaction
    gate.open()
    with pytest.raises(LookupError):
        await held
    assert await write == 3
    assert 2 not in await read
    assert await store.read(numbers) == [1, 3]


async def test_units_of_two_stores_do_not_block_each_other(stores: Stores, store: SqlStore) -> None:
    other = stores.open("two")
    other.write_here(metadata.create_all)
    gate = Gate.at_commit(store)
    held = asyncio.create_task(store.write(put(1)))
    await gate.reached()
    assert await asyncio.wait_for(other.write(put(5)), PATIENCE / 2) == 5
    assert await asyncio.wait_for(other.read(numbers), PATIENCE / 2) == [5]
    gate.open()
    assert await held == 1


@on("shared")
async def test_a_unit_that_another_process_holds_up_does_not_hold_up_the_loop(
    stores: Stores, store: SqlStore
) -> None:
    other = stores.open()
    gate = Gate.at_commit(other)
    held = asyncio.create_task(other.write(put(1)))
    await gate.reached()
    waiting = asyncio.create_task(store.write(put(2)))
    for _ in range(20):
        await asyncio.sleep(0.002)
    assert not held.done()
    gate.open()
    assert await asyncio.gather(held, waiting) == [1, 2]
    assert await store.read(numbers) == [1, 2]


async def test_writers_of_one_store_lose_no_update(stores: Stores) -> None:
    store = stores.open(writers=4)
    store.write_here(metadata.create_all)
    await store.write(put(1, size=0))

    def one_more(connection: Connection) -> None:
        size = connection.execute(select(pieces.c.size).where(pieces.c.id == 1)).scalar_one()
        changed = connection.execute(
            pieces.update().where(pieces.c.id == 1, pieces.c.size == size).values(size=size + 1)
        )
        if not changed.rowcount:
            raise StoreConflict("another writer was first")

    results = await asyncio.gather(
        *(store.write(one_more) for _ in range(40)), return_exceptions=True
    )
    done = sum(result is None for result in results)
    assert all(result is None or isinstance(result, StoreConflict) for result in results)
    assert await store.read(lambda c: c.execute(select(pieces.c.size)).scalar_one()) == done


@on("shared")
async def test_two_stores_on_one_database_see_each_others_commits(
    stores: Stores, store: SqlStore
) -> None:
    other = stores.open()
    await store.write(put(1))
    await other.write(put(2))
    assert await store.read(numbers) == await other.read(numbers) == [1, 2]
