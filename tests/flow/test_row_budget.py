"""The budget of row writes (``docs/architecture.md``, Speed): a round trip may write 14 rows at the
gateway and 7 at customs.

Counted by SQLite itself (``total_changes`` of every connection that writes), so no statement can
hide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from fixtures.kit.pair.pair import Pair
from gateway.base.store.sql import SqlStore
from tests.conftest import Api, eventually
from tests.factories import grt101

ROUND_TRIPS = 200
GATEWAY, CUSTOMS = 14.0, 7.0
SHARED = 0.25
"""Rows that many round trips share, as part of one: an outbox row is written and dropped for a
whole unit."""


class Counter:
    """Rows written through a store's writing engine."""

    def __init__(self) -> None:
        self._before: dict[Any, int] = {}

    def seen(self, raw: Any) -> None:
        self._before.setdefault(raw, raw.total_changes)

    def rows(self) -> int:
        return sum(raw.total_changes - before for raw, before in self._before.items())


@contextmanager
def counted(store: SqlStore) -> Iterator[Counter]:
    """Count what ``store`` writes while the block runs."""
    counter = Counter()

    def checkout(raw: Any, _record: Any, _proxy: Any) -> None:
        counter.seen(raw)

    event.listen(store.engine, "checkout", checkout)
    held = getattr(
        store, "_kept", None
    )  # a store that runs its units on the loop keeps one connection for itself
    if held is not None:
        counter.seen(held.connection.driver_connection)
    try:
        yield counter
    finally:
        event.remove(store.engine, "checkout", checkout)


async def round_trips(pair: Pair, api: Api, first: int, count: int, clients: int) -> None:
    """``count`` declarations from POST to approved, ``clients`` at a time, and everything
    settled."""
    numbers = iter(range(first, first + count))

    async def client() -> None:
        for number in numbers:
            taken = await api.taken(grt101(f"R{number}", number))
            await api.until(taken["seq_no"], "approved")

    await asyncio.gather(*(client() for _ in range(clients)))

    async def settled() -> bool:
        left = [
            await pair.gateway.store.read(
                lambda c: c.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one()
            ),
            await pair.customs.office.store.read(
                lambda c: c.exec_driver_sql("SELECT count(*) FROM c_outbox").scalar_one()
            ),
        ]
        return left == [0, 0]

    await eventually(settled, what="two empty outboxes")


@pytest.mark.parametrize("clients", [50, pytest.param(200, marks=pytest.mark.slow)])
async def test_a_round_trip_stays_within_its_budget_of_rows(
    pair: Pair, api: Api, clients: int
) -> None:
    await round_trips(pair, api, 1, 5, 1)  # blocks of numbers are taken, caches are warm
    customs_store = pair.customs.office.store
    assert isinstance(customs_store, SqlStore)
    with counted(pair.gateway.store) as gateway, counted(customs_store) as customs:
        await round_trips(pair, api, 1000, ROUND_TRIPS, clients)
    found = {"gateway": gateway.rows() / ROUND_TRIPS, "customs": customs.rows() / ROUND_TRIPS}
    print(found)
    assert found["gateway"] >= 8, f"{found}: the count misses something"
    assert found["customs"] >= 4, f"{found}: the count misses something"
    assert found["gateway"] <= GATEWAY + SHARED, (
        f"rows written a round trip: {found}, at most {GATEWAY:g} at the gateway"
    )
    assert found["customs"] <= CUSTOMS + SHARED, (
        f"rows written a round trip: {found}, at most {CUSTOMS:g} at customs"
    )


@pytest.mark.slow
async def test_a_single_round_trip_writes_little_more(pair: Pair, api: Api) -> None:
    """Without company there is an outbox row, a counter and a sent mark for one message alone."""
    await round_trips(pair, api, 1, 5, 1)
    customs_store = pair.customs.office.store
    assert isinstance(customs_store, SqlStore)
    with counted(pair.gateway.store) as gateway, counted(customs_store) as customs:
        await round_trips(pair, api, 1000, 20, 1)
    found = {"gateway": gateway.rows() / 20, "customs": customs.rows() / 20}
    print(found)
    assert found["gateway"] <= GATEWAY + 4, f"rows written a round trip: {found}"
    assert found["customs"] <= CUSTOMS + 3, f"rows written a round trip: {found}"
