"""The outages of ``tests/flow/test_outages`` and ``test_restarts`` in their long forms: minutes,
off by default (``EPORT_TEST_BOUNDS=1 pytest -m live tests/live``)."""

from __future__ import annotations

import signal
from pathlib import Path

import aiohttp
import pytest

from tests.flow.test_outages import backlog, hole, kills
from tests.flow.test_outages import session as session  # the fixture
from tests.flow.test_restarts import postgresql, rabbitmq

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


async def test_a_hole_of_thirty_seconds_heals_by_itself(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    await hole(tmp_path, session, 30.0)


async def test_a_backlog_of_twenty_thousand_drains_fast_and_in_order(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    await backlog(tmp_path, session, 20_000)


@pytest.mark.parametrize("side", ["gateway", "customs"])
async def test_twenty_killed_workers_are_replaced_and_nothing_is_lost(
    tmp_path: Path, session: aiohttp.ClientSession, side: str
) -> None:
    await kills(tmp_path, session, side, 20)


async def test_six_restarts_of_postgresql_under_load(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    await postgresql(tmp_path, session, ["immediate", "fast"] * 3)


async def test_six_restarts_of_rabbitmq_under_load(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    await rabbitmq(tmp_path, session, [signal.SIGKILL, signal.SIGTERM] * 3)
