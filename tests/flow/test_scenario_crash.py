"""A scenario under SIGKILL at every commit ends as the one that nobody disturbed: nothing lost,
nothing said twice."""

from __future__ import annotations

import base64
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.base.clock.business import MovedClock
from tests.conftest import Stores, on
from tests.customs_factories import NOON, House
from tests.flow.crash_scenario import SCENARIO, to_the_end

ROOT = Path(__file__).resolve().parents[2]
MOST_LIVES = 60


def live(home: Path, number: int, when: str) -> int:
    """One life of customs; its exit status."""
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "tests.flow.crash_scenario", str(home), str(number), when],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (0, -9), done.stderr.decode()[-2000:]
    return done.returncode


def ends(home: Path) -> dict[str, Any]:
    """What customs sent, what its faults did, where its cases and runs stand. A register's serial
    may have gaps after a kill (``docs/contract.md`` 7), so the number itself is left out; ids
    follow from what is answered and must be equal.
    """

    def plain(body: bytes) -> str:
        data = re.sub(
            rb"<Data>(.*?)</Data>", lambda m: b"<Data>" + base64.b64decode(m[1]) + b"</Data>", body
        ).decode()
        data = re.sub(r"ZB0100\d{9}", "ZB", data)
        return re.sub(r"<mvmtNo>\d+</mvmtNo>", "", data)

    with closing(sqlite3.connect(home / "customs.db")) as db:

        def rows(sql: str) -> list[Any]:
            return db.execute(sql).fetchall()

        return {
            "sent": sorted(
                (i, k, at, plain(b))
                for i, k, at, b in rows(
                    "SELECT message_id, message_type, at, body FROM c_messages WHERE direction ="
                    " 'out'"
                )
                if k != "GRT302"
            ),
            "syncs": [
                k
                for (k,) in rows(
                    "SELECT message_type FROM c_messages WHERE message_type = 'GRT302'"
                )
            ],
            "disturbed": sorted(
                (at, rule, fault, i if k != "GRT302" else "", k, due)
                for at, rule, fault, i, k, due in rows(
                    "SELECT at, rule, fault, message_id, message_type, due_at FROM c_disturbed"
                )
            ),
            "cases": sorted(rows("SELECT seq_no, status, rules, updated FROM c_cases")),
            "runs": sorted(rows("SELECT rule, number, position, since, ended FROM c_runs")),
            "tallies": sorted(rows("SELECT rule, seen, hits FROM c_tallies")),
            "left": (
                rows("SELECT count(*) FROM c_tasks")
                + rows("SELECT count(*) FROM c_outbox")
                + rows("SELECT count(*) FROM c_parked")
            ),
        }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("undisturbed")
    assert live(home, 0, "never") == 0
    found = ends(home)
    assert [status for _, status, _, _ in found["cases"]] == ["approved", "returned", "approved"]
    assert {fault for _, _, fault, *_ in found["disturbed"]} == {
        "delay",
        "duplicate",
        "drop",
        "repeat",
    }
    assert found["left"] == [(0,), (0,), (0,)]
    return found


@pytest.mark.parametrize(
    ("number", "when"),
    [
        (12, "after"),
        pytest.param(1, "after", marks=pytest.mark.slow),
        pytest.param(2, "before", marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_a_kill_at_every_commit_changes_nothing(
    tmp_path: Path, undisturbed: dict[str, Any], number: int, when: str
) -> None:
    home, lives = tmp_path / "home", 0
    while live(home, number, when) != 0:
        lives += 1
        assert lives < MOST_LIVES, "it never comes to an end"
    assert lives > (5 if number < 12 else 0)
    assert ends(home) == undisturbed


@on("shared")
@pytest.mark.slow
async def test_a_scenario_ends_the_same_on_every_kind_of_store(
    stores: Stores, undisturbed: dict[str, Any]
) -> None:
    clock = MovedClock(NOON)
    house = House(stores.url("one"), clock=clock)
    await house.store.write(lambda c: house.node.office.steering.activate(c, SCENARIO, 0))
    async with house:
        await to_the_end(house, clock, lambda _: None)
        assert (
            await house.rows("SELECT seq_no, status, rules, updated FROM c_cases ORDER BY seq_no")
            == undisturbed["cases"]
        )
        assert (
            await house.rows(
                "SELECT rule, number, position, since, ended FROM c_runs ORDER BY 1, 2"
            )
            == undisturbed["runs"]
        )
        assert (
            await house.rows("SELECT rule, seen, hits FROM c_tallies ORDER BY rule")
            == undisturbed["tallies"]
        )


@pytest.mark.slow
def test_two_undisturbed_runs_are_byte_equal(tmp_path: Path) -> None:
    bodies = []
    for run in ("one", "two"):
        assert live(tmp_path / run, 0, "never") == 0
        with closing(sqlite3.connect(tmp_path / run / "customs.db")) as db:
            bodies.append(
                [
                    db.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
                    for table in ("c_messages", "c_disturbed")
                ]
            )
    assert bodies[0] == bodies[1]
