"""What ``ports.Store`` promises, held against every database: SQLite in memory, SQLite in a file,
PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    SmallInteger,
    String,
    Table,
    event,
    inspect,
    select,
    text,
)

from customs_sim.store.tables import metadata as customs_tables
from gateway.base.batching import halving
from gateway.base.errors import BadSetting, CommitUnknown, DataRefused, StoreConflict, Unavailable
from gateway.base.store.migrations import current, head, upgrade, version_table
from gateway.base.store.sql import TRIES, SqlStore
from gateway.store.metadata import metadata as gateway_tables
from tests.conftest import Stores, eventually, on

PATIENCE = 10.0
metadata = MetaData()
pieces = Table(
    "pieces",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(10), nullable=False, unique=True),
    Column("size", SmallInteger),
)


@pytest.fixture
def store(stores: Stores) -> SqlStore:
    """A store with the table ``pieces``."""
    made = stores.open()
    made.write_here(metadata.create_all)
    return made


def put(number: int, name: str | None = None, **values: Any) -> Callable[[Connection], int]:
    """A unit that adds one piece."""

    def unit(connection: Connection) -> int:
        connection.execute(pieces.insert().values(id=number, name=name or f"n{number}", **values))
        return number

    return unit


def numbers(connection: Connection) -> list[int]:
    return list(connection.execute(select(pieces.c.id).order_by(pieces.c.id)).scalars())


def numbers_of_nothing(_: Connection) -> list[int]:
    return []


class Gate:
    """Something that stops in its middle until it is let through: a unit, or with ``at_commit``
    every COMMIT of a store."""

    def __init__(self, then: Callable[[Connection], Any] = numbers) -> None:
        self._then = then
        self._inside, self._open = threading.Event(), threading.Event()

    @classmethod
    def at_commit(cls, store: SqlStore) -> Gate:
        gate = cls()
        event.listen(store.engine, "commit", gate.hold)
        return gate

    def hold(self, _: Connection) -> None:
        self._inside.set()
        assert self._open.wait(PATIENCE), "nobody opened the gate"

    def unit(self, connection: Connection) -> Any:
        found = self._then(connection)
        self.hold(connection)
        return found

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._inside.wait, PATIENCE)

    def open(self) -> None:
        self._open.set()


# units


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


# errors: the one frontier


async def test_the_same_key_twice_is_a_conflict(store: SqlStore) -> None:
    await store.write(put(1, "same"))
    for unit in (put(1, "other"), put(2, "same")):
        with pytest.raises(StoreConflict):
            await store.write(unit)
    assert await store.read(numbers) == [1]


@pytest.mark.parametrize(
    "values",
    [{"size": 10**30}, {"size": {"not": "a value"}}, {"name": "\ud800"}],
    ids=["huge", "no value", "surrogate"],
)
async def test_a_value_the_database_refuses_is_data_refused(
    store: SqlStore, values: dict[str, Any]
) -> None:
    with pytest.raises(DataRefused):
        await store.write(
            lambda c: c.execute(pieces.insert().values({"id": 1, "name": "a"} | values))
        )
    assert await store.read(numbers) == []
    assert await store.write(put(2)) == 2


@on("strict")
@pytest.mark.parametrize(
    "values",
    [{"size": 40_000}, {"name": "longer than ten"}, {"name": "nul\0"}],
    ids=["out of range", "too long", "NUL"],
)
async def test_what_only_a_strict_database_refuses_is_data_refused_there(
    store: SqlStore, values: dict[str, Any]
) -> None:
    with pytest.raises(DataRefused):
        await store.write(
            lambda c: c.execute(pieces.insert().values({"id": 1, "name": "a"} | values))
        )
    assert await store.write(put(2)) == 2


@pytest.mark.parametrize(
    "bad",
    [{"size": 10**30}, {"name": None}, {"id": 500}, {"wrong": 1}],
    ids=["value", "missing", "taken", "bug"],
)
async def test_a_batch_is_halved_down_to_the_message_that_cannot_be_stored(
    store: SqlStore, bad: dict[str, Any]
) -> None:
    await store.write(put(500))
    rows = [{"id": n, "name": f"m{n}"} | (bad if n == 5 else {}) for n in range(8)]

    async def write(part: Sequence[dict[str, Any]]) -> list[int]:
        await store.write(lambda c: [c.execute(pieces.insert().values(row)) for row in part])
        return [row["id"] for row in part]

    results = await halving(rows, write)
    assert isinstance(results[5], Exception)
    assert [r for r in results if not isinstance(r, Exception)] == [0, 1, 2, 3, 4, 6, 7]
    assert await store.read(numbers) == [0, 1, 2, 3, 4, 6, 7, 500]


@on("server")
async def test_a_lost_connection_concerns_the_whole_batch_and_goes_up(store: SqlStore) -> None:
    tries: list[int] = []

    async def write(part: Sequence[int]) -> list[int]:
        tries.append(len(part))
        await store.write(lose_own_connection)
        return list(part)

    with pytest.raises(Unavailable):
        await halving(range(8), write)
    assert tries == [8]


async def test_a_missing_value_can_never_succeed_and_is_no_conflict(store: SqlStore) -> None:
    runs: list[int] = []

    def unit(connection: Connection) -> None:
        runs.append(1)
        connection.execute(pieces.insert().values(id=1, name=None))

    with pytest.raises(DataRefused):
        await store.write(unit)
    assert len(runs) == 1


async def test_a_wrong_statement_is_data_refused_on_the_read_side_too(store: SqlStore) -> None:
    with pytest.raises(DataRefused):
        await store.read(lambda c: c.execute(text("SELECT nothing FROM pieces WHERE wrong = 1")))


async def test_a_url_that_names_no_database_is_one_line_for_the_operator() -> None:
    for url in ("", "no url", "nosuchdatabase://x"):
        with pytest.raises(BadSetting, match="store URL"):
            SqlStore(url)


# a connection that goes away


def own_pid(connection: Connection) -> int:
    pid: int = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return pid


def lose_own_connection(connection: Connection) -> None:
    connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


class Killer:
    """Ends backends from outside and returns when they are gone."""

    def __init__(self, stores: Stores) -> None:
        self._other = stores.open("elsewhere")

    def kill(self, *pids: int) -> None:
        # In two steps: a condition beside the call would not keep the planner from ending other
        # backends.
        self._ask(
            "SELECT pg_terminate_backend(pid) FROM unnest(CAST(:pids AS integer[])) AS pid", pids
        )
        deadline = time.monotonic() + PATIENCE
        while self._ask("SELECT pid FROM pg_stat_activity WHERE pid = ANY(:pids)", pids):
            assert time.monotonic() < deadline, "the backends would not go"

    def _ask(self, query: str, pids: Sequence[int]) -> Sequence[Any]:
        return self._other.read_here(
            lambda c: c.execute(text(query), {"pids": list(pids)}).fetchall()
        )


@on("server")
async def test_a_connection_lost_in_a_unit_is_unavailable_and_leaves_nothing(
    store: SqlStore,
) -> None:
    def unit(connection: Connection) -> None:
        put(1)(connection)
        lose_own_connection(connection)

    with pytest.raises(Unavailable):
        await store.write(unit)
    assert await store.read(numbers) == []
    assert await store.write(put(2)) == 2


@on("server")
async def test_a_connection_lost_on_reading_is_unavailable(store: SqlStore) -> None:
    with pytest.raises(Unavailable):
        await store.read(lose_own_connection)
    assert await store.read(numbers) == []


@on("server")
async def test_a_connection_lost_during_commit_is_unknown(stores: Stores, store: SqlStore) -> None:
    killer = Killer(stores)

    def unit(connection: Connection) -> None:
        put(1)(connection)
        killer.kill(own_pid(connection))

    with pytest.raises(CommitUnknown):
        await store.write(unit)
    assert await store.write(put(2)) == 2


@on("server")
async def test_connections_that_went_stale_while_idle_are_replaced(
    stores: Stores, store: SqlStore
) -> None:
    single = stores.open(writers=1, readers=1)
    Killer(stores).kill(await single.write(own_pid), await single.read(own_pid))

    async def works(call: Awaitable[Any]) -> bool:
        try:
            await call
        except Unavailable:
            return False
        return True

    await eventually(
        lambda: works(single.write(put(9))),
        what="a write after the server dropped every connection",
    )
    await eventually(
        lambda: works(single.read(numbers)), what="a read after the server dropped every connection"
    )
    assert await store.read(numbers) == [9]


@on("server")
async def test_a_server_that_is_not_there_is_unavailable(stores: Stores) -> None:
    store = SqlStore("postgresql+psycopg://root@127.0.0.1:1/test")
    with pytest.raises(Unavailable):
        await store.write(numbers)
    with pytest.raises(Unavailable):
        await store.read(numbers)
    await store.close()


# the end


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


# migrations


SIDES = {
    "gateway": ("gateway.store", gateway_tables),
    "customs": ("customs_sim.store", customs_tables),
}


@pytest.mark.parametrize("side", SIDES)
def test_a_migration_brings_an_empty_database_to_head_and_a_second_one_does_nothing(
    stores: Stores, side: str
) -> None:
    package, _ = SIDES[side]
    store = stores.open()
    assert store.read_here(lambda c: current(c, side)) is None
    assert upgrade(store, side=side, package=package) is True
    assert store.read_here(lambda c: current(c, side)) == head(package)
    assert upgrade(store, side=side, package=package) is False


@pytest.mark.parametrize("side", SIDES)
def test_the_migrated_schema_is_that_of_the_tables(stores: Stores, side: str) -> None:
    package, tables = SIDES[side]
    store = stores.open()
    upgrade(store, side=side, package=package)

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": version_table(side),
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        return list(compare_metadata(context, tables))

    assert store.read_here(differences) == []


@pytest.mark.parametrize("side", SIDES)
def test_a_migrated_database_is_the_one_that_the_tables_create(stores: Stores, side: str) -> None:
    """What the comparison above does not look at: conditions of indexes, order of keys, tables
    without row ids."""
    package, tables = SIDES[side]
    migrated, created = stores.open("migrated"), stores.open("created")
    upgrade(migrated, side=side, package=package)
    created.write_here(tables.create_all)
    found, wanted = migrated.read_here(shape), created.read_here(shape)
    assert found.pop(version_table(side))
    assert found == wanted


def shape(connection: Connection) -> dict[str, Any]:
    """Everything that the database knows of its tables."""
    look = inspect(connection)
    bare = (
        {row.name for row in connection.execute(text("PRAGMA table_list")) if row.wr}
        if look.dialect.name == "sqlite"
        else set()
    )
    return {
        name: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"], c["default"])
                for c in look.get_columns(name)
            ],
            "key": look.get_pk_constraint(name)["constrained_columns"],
            "indexes": sorted(
                (
                    i["name"],
                    bool(i["unique"]),
                    i["column_names"],
                    sorted(
                        (option, str(value))
                        for option, value in i.get("dialect_options", {}).items()
                    ),
                )
                for i in look.get_indexes(name)
            ),
            "bare": name in bare,
        }
        for name in look.get_table_names()
    }


def test_both_sides_may_share_one_database(stores: Stores) -> None:
    store = stores.open()
    for side, (package, _) in SIDES.items():
        assert upgrade(store, side=side, package=package) is True
    for side, (package, _) in SIDES.items():
        assert upgrade(store, side=side, package=package) is False
    names = set(store.read_here(lambda c: inspect(c).get_table_names()))
    wanted = {
        *gateway_tables.tables,
        *customs_tables.tables,
        *(version_table(side) for side in SIDES),
    }
    assert names == wanted


@pytest.mark.parametrize("side", SIDES)
def test_a_migration_that_was_undone_leaves_no_table(stores: Stores, side: str) -> None:
    package, _ = SIDES[side]
    store = stores.open()
    upgrade(store, side=side, package=package)

    def undo(connection: Connection) -> None:
        from alembic import command

        from gateway.base.store.migrations import config

        command.downgrade(config(side, package, connection), "base")

    store.write_here(undo)
    assert store.read_here(lambda c: inspect(c).get_table_names()) == [version_table(side)]
    assert upgrade(store, side=side, package=package) is True
