"""PostgreSQL and RabbitMQ stop and start again under load: nothing accepted is lost, nothing
applied twice, back in ten seconds."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiohttp
import pytest

from tests.bounds import within
from tests.conftest import eventually
from tests.flow.test_crash import Load
from tests.flow.test_outages import under_load
from tests.support.scale import sides
from tests.support.servers import own_postgres, own_rabbit

pytestmark = pytest.mark.timeout(240)
BACK = 10.0
"""Seconds from healing to work."""
PAUSE = 0.05
"""Seconds between two messages of a client: a load that both sides can carry, so that what is new
is not behind what has piled up."""


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=20), connector=aiohttp.TCPConnector(limit=0)
    ) as made:
        yield made


async def back(load: Load, began: float) -> None:
    """A declaration that is sent now goes all the way, within ten seconds of the healing."""
    before = len(load.answered)
    await eventually(lambda: len(load.answered) > before, every=0.02, what="accepted again")
    await load.api.until(next(reversed(load.answered.values())), "approved")
    took = time.monotonic() - began
    print(f"back after {took:.1f} s")
    assert within(took, BACK)


@pytest.mark.parametrize("how", ["immediate", pytest.param("fast", marks=pytest.mark.long)])
@pytest.mark.slow
async def test_a_restart_of_postgresql_under_load(
    tmp_path: Path, session: aiohttp.ClientSession, how: str
) -> None:
    await postgresql(tmp_path, session, [how])


async def postgresql(folder: Path, session: aiohttp.ClientSession, ways: Sequence[str]) -> None:
    """One restart for each of ``ways`` to stop."""
    async with (
        own_postgres(folder) as server,
        sides(folder, workers=2, postgres=server.url) as it,
        under_load(it, session, PAUSE) as load,
    ):
        for how in ways:
            await asyncio.to_thread(server.stop, how)
            await asyncio.to_thread(server.start)
            await back(load, time.monotonic())


@pytest.mark.parametrize(
    "how", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.long)]
)
@pytest.mark.slow
async def test_a_restart_of_rabbitmq_under_load(
    tmp_path: Path, session: aiohttp.ClientSession, how: signal.Signals
) -> None:
    await rabbitmq(tmp_path, session, [how])


async def rabbitmq(
    folder: Path, session: aiohttp.ClientSession, ways: Sequence[signal.Signals]
) -> None:
    """One restart for each of ``ways`` to stop."""
    async with (
        own_rabbit(folder) as server,
        sides(folder, workers=2, amqp=server.url, clean=server.url) as it,
        under_load(it, session, PAUSE) as load,
    ):
        for how in ways:
            before = len(load.answered)
            await server.stop(how)
            await asyncio.sleep(0)
            await server.start()
            assert len(load.answered) > before, "the gateway must go on accepting"
            await back(load, time.monotonic())
