"""`eport demo --all`, run as people run it: a process, its exit code, its table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.kit.replay.script import Flow, Step
from fixtures.kit.replay.session import connected
from fixtures.kit.tour.tour import manual, walk
from tests.bounds import within
from tests.conftest import Api


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


@pytest.mark.slow
@pytest.mark.timed
def test_demo_all_walks_every_flow_and_leaves_nothing(tmp_path: Path) -> None:
    """What the table says: ``tests/flow/test_stories.py``, which plays the script each time."""
    began = time.monotonic()
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert within(time.monotonic() - began, 30)  # about 4 s on a desk
    lines = done.stdout.splitlines()
    assert sum(line.endswith("✓") for line in lines) == len(manual().flows) == 20
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
    assert [f["flow"] for f in told["flows"]] == [f.heading.name for f in manual().flows]
    assert {f["difference"] for f in told["flows"]} == {None}
    assert [f["story"] for f in told["flows"]] == [f.heading.story or None for f in manual().flows]
    for shown, flow in zip(told["flows"], manual().flows, strict=True):
        assert shown["status"] == (
            "returned" if flow.heading.name == "letter-refund" else "approved"
        )
        wanted = [step for step in flow.steps if step.kind == "receipt"]
        assert sorted(shown["receipts"]) == sorted(
            step.message_type + (f"={step.result}" if step.result else "") for step in wanted
        )


@pytest.mark.slow
async def test_a_flow_that_differs_says_where_and_those_behind_it_still_run(
    api: Api, tmp_path: Path
) -> None:
    def without(flow: Flow, kind: str) -> tuple[Step, ...]:
        return tuple(step for step in flow.steps if step.message_type != kind)

    whole = manual()
    record, cash, letter, *_ = whole.flows
    wrong = tuple(
        replace(step, checks={"accounts.bank": "400000.00"}, within=0.1)
        if step.path == "/ledger"
        else step
        for step in cash.steps
    )
    steps = (
        *(record.heading, *without(record, "GRT251")),
        *(cash.heading, *wrong),
        *(letter.heading, *letter.steps),
    )
    ready = api.ready
    async with connected(ready.gateway, ready.control, ready.keys, ready.operator_key) as session:
        first, second, third = await walk(replace(whole, steps=steps), session)

    assert first.difference.endswith("GRT251=1")
    (line,) = [step.line for step in wrong if step.path == "/ledger"]
    assert second.difference == (
        f"第 {line} 行 line {line}, do GET /ledger: "
        'accounts.bank: 应为 expected "400000.00", 实为 found "500000.00"'
    )
    assert second.balances["bank"] == "500000.00"
    assert (third.difference, third.receipts) == ("", "GRT200=1 GRT201=1 GRT200=1 GRT201=3")
