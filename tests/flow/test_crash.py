"""SIGKILL at random moments under load: what was answered is approved exactly once, and a repeat of
the rest is taken."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from fixtures.kit.pair.pair import Ready
from tests.conftest import Api, eventually
from tests.factories import grt101

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 8
VALID_UNTIL = "2099-12-31 00:00:00"
"""Later than today for as long as this test is run: the process under test has the wall clock."""


@dataclass(slots=True)
class Product:
    """`eport up` as a process of its own, on one home."""

    folder: Path
    process: asyncio.subprocess.Process | None = None
    starts: int = 0

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def said(self) -> Path:
        return self.folder / "stderr.txt"

    async def launch(self) -> None:
        """Start it; it is not ready yet."""
        self.starts += 1
        (self.folder / f"ready{self.starts}").unlink(missing_ok=True)
        with self.said.open("ab") as stderr:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "gateway.cli",
                "up",
                "--home",
                str(self.home),
                "--port",
                "0",
                "--control-port",
                "0",
                "--ready-file",
                str(self.folder / f"ready{self.starts}"),
                cwd=ROOT,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=stderr,
            )

    async def ready(self) -> Ready:
        file = self.folder / f"ready{self.starts}"

        def look() -> bool:
            assert self.process is not None
            assert self.process.returncode is None, (
                f"it ended at start {self.starts}: {self.said.read_text()[-2000:]}"
            )
            return file.exists()

        await eventually(look, what="ready")
        return msgspec.json.decode(file.read_bytes(), type=Ready)

    async def kill(self) -> None:
        """SIGKILL: nothing is flushed, nothing is said."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@dataclass(slots=True)
class Load:
    """Clients that send one declaration after the other and repeat each until it is answered, as
    declaration software does. ``pause``: seconds between two of one client."""

    api: Api
    pause: float = 0.0
    up: asyncio.Event = field(default_factory=asyncio.Event)
    stop: bool = False
    answered: dict[str, str] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    repeated: set[str] = field(default_factory=set)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def client(self) -> None:
        while not self.stop:
            number = next(self._numbers)
            await self._send(f"R{number}", grt101(f"R{number}", number, ltguaValidDate=VALID_UNTIL))
            await asyncio.sleep(self.pause)

    async def _send(self, reference: str, body: bytes) -> None:
        while True:
            await self.up.wait()
            try:
                answer = await self.api.post(body)
            except (aiohttp.ClientError, OSError, TimeoutError):
                self.statuses["unanswered"] += 1
                self.repeated.add(reference)
                await asyncio.sleep(0.01)
                continue
            self.statuses[str(answer.status)] += 1
            if answer.status == 503:
                self.repeated.add(reference)
                await asyncio.sleep(0.05)
                continue
            assert answer.status in (200, 202), answer.body.decode()
            assert answer.status == 202 or reference in self.repeated, (
                "a first POST was taken for a repeat"
            )
            self.answered[reference] = answer.json["seq_no"]
            return


@contextlib.asynccontextmanager
async def product(folder: Path) -> AsyncIterator[Product]:
    made = Product(folder)
    try:
        yield made
    finally:
        await made.kill()


async def survive(folder: Path, rounds: int, chance: random.Random) -> None:
    """``rounds`` kills under load, then everything that must be true in the end."""
    timeout = aiohttp.ClientTimeout(total=20)
    async with (
        product(folder) as it,
        aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        await it.launch()
        load = Load(Api(session=session, ready=await it.ready()))
        clients = [asyncio.create_task(load.client()) for _ in range(CLIENTS)]
        for number in range(rounds):
            if number % 5 != 4:  # else it dies while it starts
                load.api.ready = await it.ready()
                load.up.set()
            await asyncio.wait(
                clients, timeout=chance.uniform(0, 1.0), return_when=asyncio.FIRST_EXCEPTION
            )
            await it.kill()
            load.up.clear()
            await it.launch()
        load.api.ready = await it.ready()
        load.stop = True
        load.up.set()
        await asyncio.wait_for(asyncio.gather(*clients), 60)
        await check(load, it.home)


async def check(load: Load, home: Path) -> None:
    api, wanted = load.api, load.answered
    assert len(set(wanted.values())) == len(wanted) > 20, load.statuses
    assert load.repeated, "no POST was under way at any kill"

    async def all_approved() -> bool:
        found = await api.get("/declarations", params={"status": "approved", "limit": 1})
        return bool(found.json["total"] >= len(wanted))

    await eventually(all_approved, every=0.05, what=f"{len(wanted)} approved declarations")
    found = await declarations(api)
    assert {d["enterprise_ref"]: d["seq_no"] for d in found} == wanted
    assert len(found) == len(wanted), "a reference has two numbers"
    assert {d["status"] for d in found} == {"approved"}
    assert len({d["business_no"] for d in found}) == len(wanted)

    async def whole_feed() -> list[Any]:
        receipts = await api.receipts()
        return receipts if len(receipts) >= 2 * len(wanted) else []

    receipts = await eventually(whole_feed, every=0.05, what=f"{2 * len(wanted)} receipts")
    assert [r["seq"] for r in receipts] == list(range(1, len(receipts) + 1))
    kinds: dict[str, list[str]] = {}
    for receipt in receipts:
        kinds.setdefault(receipt["seq_no"], []).append(receipt["message_type"])
    assert set(kinds) == set(wanted.values())
    assert {tuple(sorted(k)) for k in kinds.values()} == {("GRT200", "GRT201")}
    for seq_no in random.sample(sorted(wanted.values()), 5):
        steps = [s["status_text"] for s in await api.timeline(seq_no)]
        assert steps == ["申报成功", "成功发送至海关", "海关接收成功", "审批通过"]

    customs = home / "customs.db"
    assert sorted(rows(customs, "SELECT seq_no FROM c_guarantees")) == sorted(
        (s,) for s in wanted.values()
    )
    assert sorted(rows(customs, "SELECT seq_no, status FROM c_cases")) == sorted(
        (s, "approved") for s in wanted.values()
    )
    assert {r[0] for r in rows(customs, "SELECT gasr_no FROM c_guarantees")} == {
        d["business_no"] for d in found
    }
    assert rows(customs, "SELECT reason FROM c_parked") == []
    assert rows(home / "gateway.db", "SELECT reason FROM parked") == []
    for file in (customs, home / "gateway.db"):
        assert rows(file, "PRAGMA integrity_check") == [("ok",)]


async def declarations(api: Api) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while True:
        page = (
            await api.get(
                "/declarations",
                params={"limit": 1000} | ({} if cursor is None else {"cursor": cursor}),
            )
        ).json
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.slow
async def test_ten_kills_under_load_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    await survive(tmp_path, 10, random.Random(seed))


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_two_hundred_kills_under_load_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    await survive(tmp_path, 200, random.Random(seed))
