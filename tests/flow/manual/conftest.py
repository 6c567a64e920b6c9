"""One pair for each file of this folder, and all that SHANGHAI has."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.conftest import SHANGHAI, client, pair_at
from tests.factories import CASH, grt101
from tests.flow.manual.world import World


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with (
        pair_at(tmp_path_factory.mktemp("manual") / "home") as pair,
        client(pair.ready) as api,
    ):
        yield World(api)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def listed(w: World) -> dict[str, str]:
    """All that SHANGHAI has: six guarantees (name to SeqNo), none declared, on three days around
    midnight in Asia/Shanghai."""
    made: dict[str, str] = {}
    for name, time, changes in (
        ("evening", "2026-11-19 23:59:59", {}),
        ("first", "2026-11-20 00:00:00", CASH),
        ("last", "2026-11-20 23:59:59", {}),
        ("morning", "2026-11-21 00:00:00", CASH),
        ("formula", "2026-11-22 09:00:00", {"rmk": "=HYPERLINK(1)", "etpsConcErName": "@SUM(1)"}),
        ("waigaoqiao", "2026-11-22 10:00:00", {"masterCuscd": "2218"}),
    ):
        body = grt101(
            f"SH-{name}",
            next(w.numbers),
            enterprise=SHANGHAI,
            flag="0",
            **{"dclTime": time} | changes,
        )
        made[name] = (await w.api.taken(body, enterprise=SHANGHAI))["seq_no"]
    return made
