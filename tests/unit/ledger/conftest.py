"""A desk on each kind of store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from customs_sim.store.sql import create, seed_demo
from gateway.base.store.sql import SqlStore
from tests.unit.ledger.desk import Desk, desk_on


@pytest.fixture
async def desk(store: SqlStore) -> AsyncIterator[Desk]:
    store.write_here(create)
    store.write_here(seed_demo)
    made = await desk_on(store)
    yield made
    assert made.audit() == []
