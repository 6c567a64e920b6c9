"""`eport demo --all`, run as people run it: a process, its exit code, its table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from fixtures.kit.pair.pair import running
from fixtures.kit.tour.flows import FLOWS
from fixtures.kit.tour.tour import BEGIN, walk, world_of
from gateway.base.clock.business import MovedClock
from gateway.base.settings import Settings
from tests.bounds import within


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("EPORT_")
    }
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", "demo", "--all", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
        env=environment
        | {
            "TMPDIR": str(folder),
            "PYTHONIOENCODING": "utf-8",
            "EPORT_STORE_URL": "sqlite:////nowhere/x.db",
        },
    )


def test_demo_all_walks_every_flow_of_the_manual_and_lists_it(tmp_path: Path) -> None:
    began = time.monotonic()
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert within(time.monotonic() - began, 30)  # about 4 s on a desk
    lines = done.stdout.splitlines()
    for flow in FLOWS:
        (line,) = [each for each in lines if each.startswith(f"{flow.zh}  ")]
        assert line.endswith("✓")
        assert flow.section in line
    assert "全部符合手册" in lines[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_demo_all_as_json_tells_messages_receipts_status_and_balances_of_every_flow(
    tmp_path: Path,
) -> None:
    done = run(tmp_path, "--json")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    told = json.loads(done.stdout)
    assert told["ok"]
    assert [f["flow"] for f in told["flows"]] == [f.name for f in FLOWS]
    assert {f["difference"] for f in told["flows"]} == {None}
    for shown, flow in zip(told["flows"], FLOWS, strict=True):
        assert shown["status"] == flow.status
        assert sorted(shown["receipts"]) == sorted(flow.receipts.split())
    assert told["flows"][-1]["balances"] == {
        "bank": "810000.50",
        "letters": "536000.00",
        "suspense": "0.00",
        "used": "35000.75",
    }


async def test_a_flow_that_differs_is_named_with_what_was_found_and_wanted(tmp_path: Path) -> None:
    clock = MovedClock(BEGIN, frozen=False)
    async with (
        running(
            Settings.model_construct(home=tmp_path, port=0, control_port=0), clock=clock
        ) as pair,
        aiohttp.ClientSession() as session,
    ):
        world = world_of(pair, session, clock)
        totals = {"bank": Decimal(0), "letters": Decimal(0)}
        (setup,) = [f for f in FLOWS if f.name == "cash"]
        first = await walk(world, replace(setup, bank="400000"), totals)
        assert first.difference == "bank 500000.00, 应为 wanted 400000.00"
        (refund,) = [f for f in FLOWS if f.name == "guarantee-refund"]
        wrong = await walk(
            world,
            replace(refund, receipts="GRT200=1 GRT221=3"),
            {"bank": Decimal(500000), "letters": Decimal(0)},
        )
        assert "GRT200=1 GRT221=1" in wrong.difference
        assert "应为 wanted GRT200=1 GRT221=3" in wrong.difference
        (later,) = [f for f in FLOWS if f.name == "letter-refund"]
        assert (await walk(world, later, totals)).difference.startswith("L3: 没有 missing")
