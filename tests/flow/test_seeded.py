"""A seeded run is repeated byte for byte: two runs, and a run that is killed between and in the
middle of its steps."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from fixtures.kit.pair.pair import Ready, running
from tests.conftest import Api, client, eventually, settings_of
from tests.factories import CASH, grt101, grt111, grt111_fields, grt121, grt141, grt151

ROOT = Path(__file__).resolve().parents[2]
Step = Callable[[Api], Awaitable[None]]


def sent(body: bytes) -> Step:
    """Submit, again if need be, and wait until both sides have said all."""

    async def step(api: Api) -> None:
        answer = await api.post(body)
        assert answer.status in (200, 202, 404, 409, 422), answer.body.decode()
        await quiet(api)

    return step


def told(method: str, path: str, body: Any) -> Step:
    """A call of the desk that may be repeated: it sets what it names."""

    async def step(api: Api) -> None:
        answer = await api.control(method, path, body)
        assert answer.status < 300, answer.body.decode()
        await quiet(api)

    return step


def once(path: str, body: Any, table: str, count: int) -> Step:
    """A call of the desk that would do it twice: repeated only when the first left nothing
    behind."""

    async def step(api: Api) -> None:
        there = (await api.control("GET", f"/messages?q={table}")).json["total"]
        if there < count:
            answer = await api.control("POST", path, body)
            assert answer.status < 300, answer.body.decode()
        await quiet(api)

    return step


def confirmed(number: int, levy_no: str) -> Step:
    """Confirm a levy in cash, paid at the counter; the form is filled once, whatever became of the
    levy since."""
    form: list[bytes] = []

    async def step(api: Api) -> None:
        if not form:
            [row] = [
                row
                for row in (await api.get("/levies")).json["items"]
                if row["business_no"] == levy_no
            ]
            own = {
                name: value
                for name, value in grt111_fields().items()
                if name.startswith(("pmn", "etpsConc"))
            }
            form.append(
                grt111(
                    number,
                    **row["fields"]
                    | own
                    | {"gurTypecd": "2", "gurModecd": "1", "paymnModecd": "1"},
                )
            )
        await sent(form[0])(api)

    return step


async def quiet(api: Api) -> None:
    """Both outboxes are empty: everything said has been heard."""

    async def look() -> bool:
        with contextlib.suppress(sqlite3.OperationalError):
            return not any(
                _rows(homes[api.ready.gateway] / file, f"SELECT 1 FROM {table}")
                for file, table in (("gateway.db", "outbox"), ("customs.db", "c_outbox"))
            )
        return False

    await eventually(look, what="quiet")


homes: dict[str, Path] = {}
"""Address of a gateway to its home: the steps look into the stores, which no client can."""


def conversation() -> list[Step]:
    """About thirty messages: set-ups, a change, a levy paid late, a person's decision, time that
    passes, resends."""
    levy = {
        "enterprise": "1105910159",
        "customs": "0100",
        "amount": "120000.50",
        "biz_type": "2",
        "biz_no": "C010016A0471",
        "oriact_no": "C010016A0471",
    }
    number = "ZS0100202600001"
    return [
        sent(grt151("W0001", 1)),
        sent(grt101("R0001", 2, **CASH)),
        sent(grt101("R0002", 3, ltguaValidDate="2026-12-10 00:00:00")),
        sent(grt101("R0003", 4, flag="0")),
        sent(grt101("R0003", 5)),
        sent(grt101("R0004", 6, ltguaNo="BH-R0003")),
        once("/levies", levy, "GRT301", 1),
        confirmed(7, number),
        told("PUT", "/profile", {"profile": "realistic"}),
        sent(grt101("R0005", 8)),
        told("POST", "/clock", {"advance": "2026-11-24T10:00:00+08:00"}),
        told("PUT", "/profile", {"profile": "manual"}),
        sent(grt101("R0006", 9)),
        told("PUT", "/profile", {"profile": "instant"}),
        told("POST", "/clock", {"advance": "2026-12-20T10:00:00+08:00"}),
        told(
            "POST",
            "/payments",
            {
                "levy_no": number,
                "amount": "120000.50",
                "paid_at": "2026-12-19T10:00:00+08:00",
                "reference": "B1",
            },
        ),
        sent(grt121("T0001", 10, gurNo=number, rtnbkCrdwAmt="1000.00")),
        sent(grt141(11, etpsPreentNo="R0002")),
        sent(grt101("R0007", 12)),
    ]


@dataclass(frozen=True, slots=True)
class Left:
    """What a run left behind on one side: every message by its key, with its bytes and its business
    time."""

    gateway: list[Any]
    customs: list[Any]


def left(home: Path) -> Left:
    return Left(
        gateway=_rows(
            home / "gateway.db",
            "SELECT scope, message_id, message_type, seq_no, at, body FROM messages ORDER BY scope,"
            " message_id",
        ),
        customs=_rows(
            home / "customs.db",
            "SELECT scope, message_id, direction, message_type, business_no, at, body FROM"
            " c_messages ORDER BY scope, message_id",
        ),
    )


def _rows(file: Path, sql: str) -> list[Any]:
    with contextlib.closing(
        sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
    ) as connection:
        return connection.execute(sql).fetchall()


async def embedded(home: Path, seed: int) -> Left:
    async with running(settings_of(home, seed=seed)) as pair, client(pair.ready) as api:
        homes[pair.ready.gateway] = home
        for step in conversation():
            await step(api)
    return left(home)


@pytest.mark.slow
async def test_two_runs_with_one_seed_leave_the_same_bytes_and_another_seed_does_not(
    tmp_path: Path,
) -> None:
    first = await embedded(tmp_path / "one", 7)
    second = await embedded(tmp_path / "two", 7)
    other = await embedded(tmp_path / "three", 8)
    assert len(first.customs) >= 30
    assert {row[3] for row in first.customs} >= {
        "GRT200",
        "GRT201",
        "GRT211",
        "GRT251",
        "GRT301",
        "GRT302",
    }
    assert second == first
    assert [row[1] for row in other.customs] != [row[1] for row in first.customs]


@pytest.mark.slow
async def test_a_run_killed_between_and_in_the_middle_of_its_steps_ends_as_one_that_was_not(
    tmp_path: Path,
) -> None:
    whole = await embedded(tmp_path / "whole", 7)
    home, ready_file = tmp_path / "killed", tmp_path / "ready"

    async def launch() -> tuple[asyncio.subprocess.Process, Ready]:
        ready_file.unlink(missing_ok=True)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gateway.cli",
            "up",
            "--seed",
            "7",
            "--home",
            str(home),
            "--port",
            "0",
            "--control-port",
            "0",
            "--ready-file",
            str(ready_file),
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
        )
        await eventually(ready_file.exists, within=60, what="ready")
        ready = msgspec.json.decode(ready_file.read_bytes(), type=Ready)
        homes[ready.gateway] = home
        return process, ready

    process, ready = await launch()
    try:
        for number, step in enumerate(conversation()):
            if (
                number % 2
                # in the middle: the call is under way when the process dies, a little later each
                # time
            ):
                async with client(ready) as api:
                    going = asyncio.ensure_future(step(api))
                    await asyncio.wait([going], timeout=0.004 + 0.003 * (number % 7))
                    process.kill()
                    await process.wait()
                    going.cancel()
                    with contextlib.suppress(aiohttp.ClientError, asyncio.CancelledError, OSError):
                        await going
                process, ready = await launch()
            async with client(ready) as api:
                await step(api)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    assert left(home) == whole
