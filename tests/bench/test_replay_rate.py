"""Messages replayed beside the bench, on the same running pair. Off by default: speed is measured
on a quiet machine."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.ratio import embedded

MESSAGES = 5000
EPORT = (sys.executable, "-m", "gateway.cli")


def run(*arguments: str) -> dict[str, float]:
    done = subprocess.run(
        [*EPORT, *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found: dict[str, float] = json.loads(done.stdout)
    return found


@pytest.mark.bench
@pytest.mark.timeout(900)
def test_replaying_5_000_messages_reaches_0_8_of_the_rate_of_the_bench(tmp_path: Path) -> None:
    found = []
    for turn in range(3):
        folder = tmp_path / f"messages{turn}"
        run(
            "generate",
            "GRT101",
            "-n",
            str(MESSAGES),
            "--seed",
            str(turn),
            "--out",
            str(folder),
            "--json",
        )
        with embedded() as ready:
            reached = run(
                "replay",
                str(folder),
                "-j",
                "8",
                "--url",
                ready.gateway,
                "--key",
                f"1105910159={ready.keys['1105910159']}",
                "--json",
            )
            assert reached["failed"] == 0
        with embedded() as ready:
            bench = run(
                "bench",
                "-n",
                str(MESSAGES),
                "--url",
                ready.gateway,
                "--key",
                ready.keys["1105910159"],
                "--json",
            )
        found.append(reached["cases"] / reached["seconds"] / bench["round_trips_per_s"])
        print(
            f"replay {reached['cases'] / reached['seconds']:.0f}/s, bench"
            f" {bench['round_trips_per_s']:.0f}/s, ratio {found[-1]:.2f}"
        )
    assert statistics.median(found) >= 0.8
