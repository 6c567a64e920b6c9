"""What all tests share: a pair in this process, a client that speaks to it, and stores of every
kind.

Nothing here sleeps for a fixed time: ``eventually`` looks again until a deadline. A server that is
not there skips its tests on a desk and fails them where ``CI`` is ``true``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fixtures.kit.pair.pair import Pair
from gateway.base.store.sql import SqlStore
from tests import asserts as asserts  # first, so that the helpers say what they saw
from tests.support.api import Api, Reply, client
from tests.support.pairs import BEIJING, MORNING, SHANGHAI, pair_at, settings_of
from tests.support.rabbitmq import AMQP, delete_queues, need_rabbitmq
from tests.support.stores import KINDS, POSTGRES, Kind, Stores, need_postgres, on
from tests.support.waiting import eventually

__all__ = [
    "AMQP",
    "BEIJING",
    "KINDS",
    "MORNING",
    "POSTGRES",
    "SHANGHAI",
    "Api",
    "Kind",
    "Reply",
    "Stores",
    "client",
    "delete_queues",
    "eventually",
    "need_postgres",
    "need_rabbitmq",
    "on",
    "pair_at",
    "settings_of",
]
"""What tests import from here."""


def pytest_xdist_auto_num_workers() -> int:
    """Return twice the processors: a test waits for a commit or a process half of its time."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the cases of one test in one worker, and all tests of a module that share a fixture of
    it, in their order; but for a module that names its own group."""
    for item in items:
        if isinstance(item, pytest.Function) and not item.get_closest_marker("xdist_group"):
            fixtures = item._fixtureinfo.name2fixturedefs.values()
            shared = any(each[-1].scope == "module" for each in fixtures)
            name = "" if shared else f"::{item.originalname}"
            item.add_marker(pytest.mark.xdist_group(f"{item.module.__name__}{name}"))


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    """An embedded pair of this test's own: SQLite files, free ports, customs answer at once."""
    async with pair_at(tmp_path / "home") as made:
        yield made


@pytest.fixture
async def api(pair: Pair) -> AsyncIterator[Api]:
    """A client of ``pair``."""
    async with client(pair.ready) as made:
        yield made


@pytest.fixture(params=list(KINDS))
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    """Stores of each kind in turn; closed, and their schemas dropped, at the end."""
    kind = KINDS[request.param]
    with contextlib.contextmanager(kind.urls)(tmp_path) as url:
        made = Stores(url, kind.features, kind.options)
        yield made
        await made.close()


@pytest.fixture
def store(stores: Stores) -> SqlStore:
    """One store of each kind in turn."""
    return stores.open()
