"""The outages of ``tests/flow/test_outages`` in their long forms: minutes, off by default (``pytest -m live tests/live``)."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from tests.flow.test_outages import backlog, hole
from tests.flow.test_outages import session as session  # the fixture

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


async def test_a_hole_of_thirty_seconds_heals_by_itself(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    await hole(tmp_path, session, 30.0)


async def test_a_backlog_of_twenty_thousand_drains_fast_and_in_order(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    await backlog(tmp_path, session, 20_000)
