"""What the next declaration costs with 1,000 and with 1,000,000 in the store. Off by default: it writes some 5 GB."""

from __future__ import annotations

import os
import statistics

import pytest

from gateway.cli.bench import Result, _measure, _pair, distinct
from gateway.cli.loop import run_loop

MANY = int(os.environ.get("EPORT_BENCH_MANY", "1000000"))


def cost(results: list[Result]) -> float:
    """Processor milliseconds of a round trip, the median."""
    return statistics.median(result.cpu_ms or 0.0 for result in results)


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_the_1_000_001st_declaration_costs_at_most_1_1_times_the_1_001st() -> None:
    few, many = [], []
    with _pair(1000) as small, _pair(MANY) as large:
        for turn in range(6):
            for server, results in ((small, few), (large, many)):
                found = run_loop(_measure(server, distinct(800), 32))
                if turn:  # the first warms caches
                    results.append(found)
    print(f"CPU a round trip: {cost(few):.3f} ms with 1,000, {cost(many):.3f} ms with {MANY:,}; ratio {cost(many) / cost(few):.3f}; "
          f"ingest {statistics.median(r.ingest_per_s for r in few):.0f}/s, {statistics.median(r.ingest_per_s for r in many):.0f}/s")
    assert cost(many) <= 1.1 * cost(few)
