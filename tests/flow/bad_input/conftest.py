"""One house for each file of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.conftest import client, pair_at
from tests.flow.bad_input.house import House


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with pair_at(tmp_path_factory.mktemp("bad") / "home") as pair, client(pair.ready) as api:
        yield House(pair, api)
