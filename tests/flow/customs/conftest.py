"""A customs node whose books must add up at the end of each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.customs_factories import House
from tests.flow.customs.business import Customs


@pytest.fixture
async def customs() -> AsyncIterator[Customs]:
    async with House() as house:
        made = Customs(house)
        yield made
        await made.sound()
