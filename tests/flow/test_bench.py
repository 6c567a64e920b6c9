"""`eport bench` with all of its runs, small: what it measures, what it writes, what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from fixtures.kit.bench.runs import chart


def bench(*options: str) -> tuple[int, str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("EPORT_")}
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "bench", *options],
        capture_output=True,
        text=True,
        timeout=110,
        env=plain,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_all_runs_end_and_are_written_as_json_and_as_a_chart(tmp_path: Path) -> None:
    code, out, err = bench(
        "-n",
        "60",
        "-c",
        "8",
        "--batch",
        "--hold",
        "--paced",
        "--preload",
        "300",
        "--out",
        str(tmp_path / "found"),
        "--json",
    )
    assert code == 0, err
    result = json.loads(out)
    assert (result["approved"], result["refused"]) == (60, 0)
    assert [run["messages"] for run in result["runs"]] == [60, 60, 60]
    assert [run["name"].split()[0] for run in result["runs"]] == ["batch", "customs", "paced"]
    assert result["runs"][1]["drained_per_s"] > 0
    assert json.loads((tmp_path / "found" / "bench.json").read_text()) == result
    drawn = etree.fromstring((tmp_path / "found" / "bench.svg").read_bytes())
    assert (
        len(drawn.findall("{http://www.w3.org/2000/svg}rect")) == 1 + 5
    )  # the ground, three runs, the drain, the round trips


def test_what_needs_a_pair_of_its_own_is_refused_in_one_line() -> None:
    code, out, err = bench("--url", "http://127.0.0.1:9", "--key", "x", "--preload", "5")
    assert (code, out) == (2, "")
    assert err.startswith("eport: --preload")


def test_a_chart_shows_any_text_as_it_is() -> None:
    drawn = etree.fromstring(chart([("<a & b>", 0.0)], "<t>").encode())
    assert "<a & b>" in "".join(str(text) for text in drawn.itertext())
