"""A pair in this process, on free ports."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import shutil
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.kit.pair.pair import Pair, running
from gateway.base.clock.business import MovedClock
from gateway.base.settings import Settings
from gateway.base.store.migrations import upgrade
from gateway.base.store.sql import SqlStore
from tests.support.scale import schema
from tests.support.stores import need_postgres

BEIJING, SHANGHAI = "1105910159", "3105960AAA"
MORNING = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""10 o'clock in Asia/Shanghai on the day that ``tests.factories`` writes its documents for."""


def settings_of(home: Path, **changes: Any) -> Settings:
    """Settings of an embedded pair on free ports, whatever the environment says."""
    fixed = {
        "home": home,
        "port": 0,
        "control_port": 0,
        "profile": "instant",
        "store_url": "",
        "customs_store_url": "",
        "amqp_url": "",
        "clock_url": "",
    }
    return Settings(**fixed | changes)


async def _migrate(folder: Path) -> None:
    given = settings_of(folder)
    for side, package, url in (
        ("gateway", "gateway.store", given.gateway_url),
        ("customs", "customs_sim.store", given.customs_url),
    ):
        store = SqlStore(url, inline=True)
        upgrade(store, side=side, package=package)
        await store.close()


@functools.cache
def _migrated() -> Path:
    """Return a home whose stores have every migration, made once a process: the migrations are a
    third of what a pair costs."""
    folder = Path(tempfile.mkdtemp(prefix="migrated"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with ThreadPoolExecutor(1) as beside:  # a loop runs here already
        beside.submit(asyncio.run, _migrate(folder)).result()
    return folder


STORES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.long))
"""Where both sides keep what they know: SQLite files, or two schemas of one PostgreSQL."""


@contextlib.asynccontextmanager
async def pair_on(store: str, folder: Path) -> AsyncIterator[Pair]:
    """A pair on one of STORES."""
    if store == "sqlite":
        async with pair_at(folder) as made:
            yield made
        return
    need_postgres()
    with schema() as (gateway, customs):
        async with pair_at(folder / "home", store_url=gateway, customs_store_url=customs) as made:
            yield made


@contextlib.asynccontextmanager
async def pair_at(home: Path, **changes: Any) -> AsyncIterator[Pair]:
    """A pair whose business clock starts at MORNING and runs."""
    fresh = not home.exists()  # noqa: ASYNC240 - nothing runs beside it yet
    if fresh and not changes.keys() & {"store_url", "customs_store_url"}:
        shutil.copytree(_migrated(), home)
    async with running(
        settings_of(home, **changes), clock=MovedClock(MORNING, frozen=False)
    ) as made:
        yield made
