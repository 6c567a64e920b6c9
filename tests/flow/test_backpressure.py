"""Customs stopped under load: the gateway goes on accepting, its memory stays flat, and afterwards
the backlog drains in order."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from fixtures.kit.bench.bench import distinct, rss_mb
from tests.bounds import within
from tests.conftest import eventually

CLIENTS = 32
WARM = 600


@contextmanager
def embedded(folder: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """An embedded pair in a process of its own: its ready file and its process id."""
    ready = folder / "ready.json"
    command = [
        sys.executable,
        "-m",
        "gateway.cli",
        "up",
        "--home",
        str(folder / "home"),
        "--port",
        "0",
        "--control-port",
        "0",
        "--ready-file",
        str(ready),
    ]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("EPORT_")}
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=plain
    )
    try:
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None, "the pair ended"
            assert time.monotonic() < deadline, "the pair did not start"
            time.sleep(0.05)
        yield json.loads(ready.read_text()), process.pid
    finally:
        process.terminate()
        process.wait(60)


class Load:
    """A client of the pair."""

    def __init__(self, session: aiohttp.ClientSession, ready: dict[str, Any]) -> None:
        self.session, self.ready = session, ready
        self.key = {"Authorization": f"Bearer {next(iter(ready['keys'].values()))}"}

    async def rate(self, bodies: list[bytes]) -> float:
        """Accepted a second; every one must be."""
        left = iter(bodies)

        async def one() -> None:
            for body in left:
                async with self.session.post(
                    self.ready["gateway"] + "/api/v1/messages", data=body, headers=self.key
                ) as answer:
                    assert answer.status == 202, await answer.text()

        began = time.perf_counter()
        await asyncio.gather(*[one() for _ in range(CLIENTS)])
        return len(bodies) / (time.perf_counter() - began)

    async def control(self, act: str) -> None:
        headers = {"Authorization": f"Bearer {self.ready['operator_key']}"}
        async with self.session.post(
            f"{self.ready['control']}/control/v1/{act}", headers=headers
        ) as answer:
            assert answer.status == 200

    async def approved(self) -> int:
        async with self.session.get(
            self.ready["gateway"] + "/api/v1/guarantees?status=approved&limit=1", headers=self.key
        ) as answer:
            return int((await answer.json())["total"])

    async def receipts(self) -> list[Any]:
        found: list[Any] = []
        after: str | None = "0"
        while after is not None:
            async with self.session.get(
                f"{self.ready['gateway']}/api/v1/receipts?after={after}&limit=1000",
                headers=self.key,
            ) as answer:
                page = await answer.json()
            found += page["items"]
            after = page["next"]
        return found


async def stopped_customs(folder: Path, backlog: int) -> None:
    with embedded(folder) as (ready, pid):
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CLIENTS)) as session:
            load = Load(session, ready)
            await load.rate(distinct(WARM))
            usual = await load.rate(distinct(WARM))
            done = 2 * WARM

            async def ended(count: int) -> bool:
                return await load.approved() >= count

            await eventually(lambda: ended(done), every=0.05)
            await load.control("hold")
            before = rss_mb(pid)
            held = await load.rate(distinct(backlog))
            after = rss_mb(pid)
            assert await load.approved() == done
            began = time.perf_counter()
            await load.control("release")
            await eventually(lambda: ended(done + backlog), within=60 + backlog / 100, every=0.05)
            drained = backlog / (time.perf_counter() - began)
            receipts = await load.receipts()
    grown = (after or 0) - (before or 0)
    print(
        f"accepted {usual:.0f}/s with customs, {held:.0f}/s without; memory grew {grown:.0f} MB;"
        f" drained {drained:.0f}/s"
    )
    assert grown < 100
    assert within(0.8 * usual, held)
    assert within(300, drained)
    order: dict[str, list[str]] = {}
    for receipt in receipts:
        order.setdefault(receipt["seq_no"], []).append(receipt["message_type"])
    assert len(order) == done + backlog
    assert {tuple(types) for types in order.values()} == {("GRT200", "GRT201")}


@pytest.mark.slow
async def test_the_gateway_goes_on_while_customs_is_stopped_and_drains_2_000_in_order(
    tmp_path: Path,
) -> None:
    await stopped_customs(tmp_path, 2_000)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_the_gateway_goes_on_while_customs_is_stopped_and_drains_20_000_in_order(
    tmp_path: Path,
) -> None:
    await stopped_customs(tmp_path, 20_000)
