"""A scenario under ``eport up --seed --scenario`` with a frozen clock, over HTTP, leaves both
archives equal body by body, in the order in which they were written: run twice, and run with
SIGKILL at every commit of either side.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from fixtures.kit.pair.pair import Ready
from tests.conftest import Api, client, eventually
from tests.factories import CASH, grt101, grt141
from tests.flow.crash_scenario import EVERY_KIND

ROOT = Path(__file__).resolve().parents[2]
MOST_LIVES = 300
SCENARIO = f"""
name: every-kind
{EVERY_KIND.strip()}
  - {{fault: senders_reference, match: {{chance: 0.5}}}}
"""
Step = Callable[[Api], Awaitable[Any]]


class Run:
    """One home and the process that serves it; the next life goes on where the last one ended."""

    def __init__(self, home: Path, scenario: Path, *, seed: int = 7) -> None:
        self.home, self.lives, self._ready_file = home, 0, home.with_suffix(".ready")
        self._arguments = [
            "up",
            "--seed",
            str(seed),
            "--scenario",
            str(scenario),
            "--home",
            str(home),
            "--port",
            "0",
            "--control-port",
            "0",
            "--ready-file",
            str(self._ready_file),
        ]
        self._process: asyncio.subprocess.Process | None = None
        self._ready: Ready
        self._last: Any = None

    async def launch(self, number: int = 0, when: str = "never") -> bool:
        """False when it died before it answered."""
        self._ready_file.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.flow.mortal_up",
            str(number),
            when,
            *self._arguments,
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
            env=os.environ | {"EPORT_LOG_LEVEL": "error"},
        )
        process = self._process
        await eventually(
            lambda: self._ready_file.exists() or process.returncode is not None,
            within=60,
            what="ready",
        )
        if process.returncode is not None:
            return False
        self._ready = msgspec.json.decode(self._ready_file.read_bytes(), type=Ready)
        return True

    async def stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def take(self, step: Step) -> Any:
        """One step, in this life; None when the process died of it."""
        assert self._process is not None
        async with client(self._ready) as api:
            going, death = (
                asyncio.ensure_future(self._quietly(step, api)),
                asyncio.ensure_future(self._process.wait()),
            )
            await asyncio.wait({going, death}, return_when=asyncio.FIRST_COMPLETED)
            if going.done() and not going.exception():
                death.cancel()
                return going.result()
            assert await asyncio.wait_for(death, 10) == -signal.SIGKILL, going.exception()
            going.cancel()
            with contextlib.suppress(
                aiohttp.ClientError, asyncio.CancelledError, OSError, pytest.fail.Exception
            ):
                await going
            return None

    async def _quietly(self, step: Step, api: Api) -> Any:
        found = await step(api)
        await eventually(lambda: self._quiet(api), what="quiet")
        return found

    async def _quiet(self, api: Api) -> bool:
        """Everything said was heard, and nothing is due."""
        clock = (await api.control("GET", "/clock")).json
        return not any(
            self.rows(side, f"SELECT 1 FROM {table}")
            for side, table in (("gateway", "outbox"), ("customs", "c_outbox"))
        ) and (clock["next_due"] is None or clock["next_due"] > clock["now"])

    def rows(self, side: str, sql: str) -> list[Any]:
        with contextlib.closing(
            sqlite3.connect(f"file:{self.home / side}.db?mode=ro", uri=True, timeout=10)
        ) as db:
            return db.execute(sql).fetchall()

    def archives(self) -> dict[str, list[Any]]:
        """Every message of either side in the order in which it was stored: number, ids, business
        time, bytes."""
        return {
            "gateway": self.rows(
                "gateway",
                "SELECT id, scope, message_id, message_type, seq_no, attempt, at, body FROM"
                " messages ORDER BY id",
            ),
            "customs": self.rows(
                "customs",
                "SELECT id, scope, message_id, direction, message_type, case_no, at, body FROM"
                " c_messages ORDER BY id",
            ),
        }

    def progress(self) -> Any:
        """Changes with whatever a life brings about."""
        return [
            self.rows(side, sql)
            for side, sql in (
                (
                    "gateway",
                    (
                        "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM timeline),"
                        " (SELECT count(*) FROM outbox)"
                    ),
                ),
                (
                    "customs",
                    (
                        "SELECT (SELECT count(*) FROM c_messages), (SELECT count(*) FROM c_tasks),"
                        " (SELECT count(*) FROM c_outbox), (SELECT group_concat(status) FROM"
                        " c_cases)"
                    ),
                ),
            )
        ]


def posted(body: bytes) -> Step:
    async def step(api: Api) -> bool:
        answer = await api.post(body)
        assert answer.status in (200, 202), answer.body.decode()
        return True

    return step


def decided(reference: str) -> Step:
    """A person approves; again after a death: then the case is closed already."""

    async def step(api: Api) -> bool:
        (found,) = (await api.get("/declarations", params={"enterprise_ref": reference})).json[
            "items"
        ]
        answer = await api.control(
            "POST",
            "/decisions",
            {"items": [{"seq_no": found["seq_no"], "result": "approve", "notes": ["同意"]}]},
        )
        assert answer.status == 200 or b"approved" in answer.body, answer.body.decode()
        return True

    return step


async def next_due(api: Api) -> str:
    return (await api.control("GET", "/clock")).json["next_due"] or "nothing"


def moved(moment: str) -> Step:
    """The clock at that moment; again after a death in the middle."""

    async def step(api: Api) -> bool:
        answer = await api.control("POST", "/clock", {"advance": moment})
        assert answer.status == 200, answer.body.decode()
        return True

    return step


FILED: tuple[Step, ...] = (
    posted(grt101("R-0001", 1, **CASH)),
    posted(grt101("R-0002", 2, **CASH)),
    posted(grt101("R-0003", 3, **CASH)),
    posted(grt101("R-0004", 4, **CASH)),
)
LAST: tuple[Step, ...] = (posted(grt141(5, etpsPreentNo="R-0001")),)


async def played(run: Run, number: int = 0, when: str = "never") -> dict[str, list[Any]]:
    """The whole course, in as many lives as it takes."""
    await _live(run, number, when)
    try:
        for step in FILED:
            await _done(run, step, number, when)
        for turn in itertools.count(1):
            due = await _done(run, next_due, number, when)
            if due == "nothing":
                break
            await _done(run, moved(due), number, when)
            if turn == 3:
                await _done(run, decided("R-0001"), number, when)
        for step in LAST:
            await _done(run, step, number, when)
    finally:
        await run.stop()
    return run.archives()


async def _live(run: Run, number: int, when: str) -> None:
    """The next life. One that brought nothing about is followed by one that may take a commit
    more."""
    extra, last = 0, None
    while not await run.launch(number + extra, when):
        run.lives += 1
        now = run.progress() if (run.home / "customs.db").exists() else None
        extra, last = (extra + 1 if now == last else 0), now
        assert run.lives < MOST_LIVES


async def _done(run: Run, step: Step, number: int, when: str) -> Any:
    extra, last = 0, run.progress()
    while (found := await run.take(step)) is None:
        run.lives += 1
        assert run.lives < MOST_LIVES, "it never comes to an end"
        now = run.progress()
        extra, last = (extra + 1 if now == last else 0), now
        await _live(run, number + extra, when)
    return found


@pytest.fixture(scope="module")
def scenario_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenario") / "every-kind.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, scenario_file: Path
) -> dict[str, list[Any]]:
    run = Run(tmp_path_factory.mktemp("undisturbed") / "home", scenario_file)
    found = asyncio.run(played(run))
    assert run.lives == 0
    ends = dict(run.rows("gateway", "SELECT reference, status FROM declarations"))
    assert ends == {
        "R-0001": "approved",
        "R-0002": "returned",
        "R-0003": "approved",
        "R-0004": "approved",
    }
    assert {row[0] for row in run.rows("customs", "SELECT fault FROM c_disturbed")} == {
        "delay",
        "duplicate",
        "repeat",
        "senders_reference",
    }
    assert (
        run.rows("customs", "SELECT count(*) FROM c_parked")
        == run.rows("gateway", "SELECT count(*) FROM parked")
        == [(0,)]
    )
    assert run.rows("customs", "SELECT count(*) FROM c_runs WHERE ended = 1") == [(4,)]
    return found


@pytest.mark.slow
async def test_two_runs_of_a_scenario_with_one_seed_are_equal_body_by_body_in_both_archives(
    tmp_path: Path, scenario_file: Path, undisturbed: dict[str, list[Any]]
) -> None:
    assert await played(Run(tmp_path / "again", scenario_file)) == undisturbed
    assert len(undisturbed["gateway"]) > 20
    assert len(undisturbed["customs"]) > 20


@pytest.mark.slow
async def test_chance_in_a_scenario_follows_the_seed_of_the_run(
    tmp_path: Path, scenario_file: Path, undisturbed: dict[str, list[Any]]
) -> None:
    other = await played(Run(tmp_path / "other", scenario_file, seed=8))
    times = [
        [row[6] for row in found["customs"] if row[4] == "GRT201"] for found in (undisturbed, other)
    ]
    assert len(times[0]) == len(times[1])
    assert times[0] != times[1], "the waits of 5s..30s are as long as before"


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("number", "when", "lives"),
    [
        (7, "after", 8),
        pytest.param(1, "after", 60, marks=pytest.mark.long),
        pytest.param(2, "before", 60, marks=pytest.mark.long),
    ],
)
@pytest.mark.slow
async def test_a_kill_at_every_commit_of_either_side_changes_no_body(
    tmp_path: Path,
    scenario_file: Path,
    undisturbed: dict[str, list[Any]],
    number: int,
    when: str,
    lives: int,
) -> None:
    """The short form dies at every seventh commit, the long ones at every one: right after it, or
    right before."""
    run = Run(tmp_path / "killed", scenario_file)
    found = await played(run, number, when)
    assert run.lives >= lives
    for side in ("gateway", "customs"):
        assert found[side] == undisturbed[side], side
