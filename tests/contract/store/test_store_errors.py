"""What ``ports.Store`` promises, held against every database: errors, the one frontier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, text

from gateway.base.batching import halving
from gateway.base.errors import BadSetting, DataRefused, StoreConflict, Unavailable
from gateway.base.store.sql import SqlStore
from tests.conftest import on
from tests.contract.store.lost_connections import lose_own_connection
from tests.contract.store.pieces import numbers, pieces, put


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
