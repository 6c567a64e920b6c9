"""What the next declaration costs with 1,000 and with 1,000,000 in the store. Off by default: it
writes some 5 GB.

The end of a run is read from ``/metrics``: the exact total of a query over a million rows would be
most of what is measured.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics

import aiohttp
import pytest

from fixtures.kit.bench.bench import Server, _pair, cpu_seconds, distinct
from fixtures.kit.bench.runs import Load, _send
from gateway.base.process.loop import run_loop

MANY = int(os.environ.get("EPORT_BENCH_MANY", "1000000"))
EACH = 800


async def round_trips(server: Server) -> float:
    """Processor milliseconds of the server for one round trip."""

    async def answered() -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.get(server.gateway + "/metrics") as answer,
        ):
            found = re.search(
                r'eport_receipts_total\{message_type="GRT201"\} (\d+)', await answer.text()
            )
            return int(found[1]) if found else 0

    load = Load(
        address=server.gateway + "/api/v1",
        key=server.key,
        control="",
        operator_key="",
        approved=answered,
    )
    before, spent = await answered(), cpu_seconds(server.pid)
    await _send(load, distinct(EACH), "/messages", 32)
    async with asyncio.timeout(120):
        while await answered() < before + EACH:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    done = cpu_seconds(server.pid)
    assert spent is not None
    assert done is not None
    return (done - spent) / EACH * 1e3


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_the_1_000_001st_declaration_costs_at_most_1_1_times_the_1_001st() -> None:
    few, many = [], []
    with _pair(1000) as small, _pair(MANY) as large:
        for turn in range(8):
            for server, results in ((small, few), (large, many)):
                found = run_loop(round_trips(server))
                if turn:  # the first warms caches
                    results.append(found)
    ratio = statistics.median(many) / statistics.median(few)
    print(
        f"CPU a round trip: {statistics.median(few):.3f} ms with 1,000,"
        f" {statistics.median(many):.3f} ms with {MANY:,}; ratio {ratio:.3f}"
    )
    assert ratio <= 1.1
