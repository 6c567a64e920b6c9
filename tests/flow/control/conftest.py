"""A client of the control API of a node under profile manual."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from customs_sim.cases.settings import CustomsSettings
from customs_sim.cli.app import control_app
from tests.customs_factories import House
from tests.flow.control.control import KEY, Api


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    house = House(settings=CustomsSettings(profile="manual"))
    async with (
        house,
        TestClient(TestServer(control_app(house.node, operator_key=KEY, keyless=True))) as client,
    ):
        yield client, house
