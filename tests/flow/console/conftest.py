"""A console of a node under profile manual."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from customs_sim.cases.settings import CustomsSettings
from tests.customs_factories import House
from tests.flow.console.visitor import Api, client_of


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    house = House(settings=CustomsSettings(profile="manual"))
    async with house, client_of(house) as client:
        yield client, house
