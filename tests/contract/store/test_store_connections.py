"""What ``ports.Store`` promises, held against every database: a connection that goes away."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest
from sqlalchemy import Connection

from gateway.base.errors import CommitUnknown, Unavailable
from gateway.base.store.sql import SqlStore
from tests.conftest import Stores, eventually, on
from tests.contract.store.lost_connections import Killer, lose_own_connection, own_pid
from tests.contract.store.pieces import numbers, put


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
