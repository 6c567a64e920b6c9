"""Outages of the scale installation under load: nothing accepted is lost, nothing is applied twice,
no manual step.

Short forms; the long ones are in ``tests/live``. Both sides run as two workers each on PostgreSQL
and RabbitMQ.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool
from yarl import URL

from fixtures.kit.bench.bench import rss_mb
from tests.bounds import within
from tests.conftest import AMQP, Api, eventually, need_postgres, need_rabbitmq
from tests.factories import grt101
from tests.flow.test_crash import VALID_UNTIL, Load
from tests.support.scale import Proxy, Sides, sides

pytestmark = pytest.mark.timeout(180)
CLIENTS = 8


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    need_postgres()
    await need_rabbitmq()
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=20), connector=aiohttp.TCPConnector(limit=0)
    ) as made:
        yield made


@contextlib.asynccontextmanager
async def under_load(
    it: Sides, session: aiohttp.ClientSession, pause: float = 0.0
) -> AsyncIterator[Load]:
    """Clients send all through the block; at its end everything that was answered must be approved
    once."""
    load = Load(Api(session=session, ready=await it.both()), pause)
    load.up.set()
    clients = [asyncio.create_task(load.client()) for _ in range(CLIENTS)]
    try:
        await more(load, 40)
        yield load
        await more(load, 40)
        load.stop = True
        await asyncio.wait_for(asyncio.gather(*clients), 60)
    finally:
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
    await settled(it, load)


async def more(load: Load, count: int) -> None:
    """Go on when ``count`` more declarations were answered."""
    before = len(load.answered)
    await eventually(
        lambda: len(load.answered) >= before + count, what=f"{count} more answers after {before}"
    )


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


async def settled(it: Sides, load: Load) -> None:
    wanted = load.answered
    assert len(set(wanted.values())) == len(wanted)

    async def all_approved() -> bool:
        found = await load.api.get("/declarations", params={"status": "approved", "limit": 1})
        return bool(found.json["total"] >= len(wanted))

    await eventually(
        all_approved, within=60 + len(wanted) / 300, every=0.1, what=f"{len(wanted)} approvals"
    )
    gateway, customs = it.stores
    found = dict(
        rows(gateway, "SELECT reference, seq_no FROM declarations WHERE status = 'approved'")
    )
    assert {reference: str(seq_no) for reference, seq_no in found.items()} == wanted
    receipts = Counter(rows(gateway, "SELECT seq_no, message_type FROM feed"))
    assert set(receipts.values()) == {1}
    assert receipts.keys() == {
        (int(s), kind) for s in wanted.values() for kind in ("GRT200", "GRT201")
    }
    numbers = [n for (n,) in rows(gateway, "SELECT seq FROM feed ORDER BY seq")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert sorted(rows(customs, "SELECT seq_no FROM c_guarantees")) == sorted(
        (s,) for s in wanted.values()
    )
    assert (
        rows(gateway, "SELECT reason FROM parked")
        == rows(customs, "SELECT reason FROM c_parked")
        == []
    )
    await eventually(
        lambda: rows(gateway, "SELECT id FROM outbox") == [],
        within=15,
        every=0.1,
        what="an empty outbox",
    )


@pytest.mark.parametrize("side", ["gateway", "customs"])
@pytest.mark.slow
async def test_a_killed_worker_is_replaced_and_nothing_is_lost(
    tmp_path: Path, session: aiohttp.ClientSession, side: str
) -> None:
    await kills(tmp_path, session, side, 2)


async def kills(folder: Path, session: aiohttp.ClientSession, side: str, rounds: int) -> None:
    async with sides(folder, workers=2) as it, under_load(it, session) as load:
        for _ in range(rounds):
            before = it.worker_pids(side)
            os.kill(before[0], signal.SIGKILL)
            await eventually(
                lambda before=before: len(set(it.worker_pids(side)) - {before[0]}) == 2,
                what="two workers",
            )
            await more(load, 20)


@pytest.mark.parametrize("side", ["gateway", pytest.param("customs", marks=pytest.mark.long)])
@pytest.mark.slow
async def test_a_killed_supervisor_takes_its_workers_along_in_order(
    tmp_path: Path, session: aiohttp.ClientSession, side: str
) -> None:
    async with sides(tmp_path, workers=2) as it, under_load(it, session):
        workers = it.worker_pids(side)
        it.processes[side].kill()
        await it.processes[side].wait()
        await eventually(
            lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), what="orphans gone"
        )
        await it.launch(side)
        await it.ready(side)


@pytest.mark.slow
async def test_a_hole_in_the_network_heals_by_itself(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    await hole(tmp_path, session, 3.0)


async def hole(folder: Path, session: aiohttp.ClientSession, seconds: float) -> None:
    url = URL(AMQP)
    proxy = Proxy(url.host or "127.0.0.1", url.port or 5672)
    behind = str(url.with_host("127.0.0.1").with_port(await proxy.start()))
    try:
        async with sides(folder, workers=1, amqp=behind) as it, under_load(it, session) as load:
            before = len(load.answered)
            proxy.silence()
            await asyncio.wait([asyncio.create_task(asyncio.sleep(seconds))])
            assert len(load.answered) > before, "the gateway must go on accepting"
            proxy.heal()
            began = time.monotonic()
            waiting = list(load.answered.values())[before:]
            await load.api.until(
                waiting[min(100, len(waiting) - 1)], "approved"
            )  # the first may have slipped through before the hole
            print(
                f"back after {time.monotonic() - began:.1f} s, with {len(waiting)} that had to wait"
            )
    finally:
        await proxy.close()


@pytest.mark.slow
async def test_a_backlog_drains_fast_and_in_order(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    await backlog(tmp_path, session, 2000)


async def backlog(folder: Path, session: aiohttp.ClientSession, count: int) -> None:
    """Customs is stopped, ``count`` declarations are taken, customs starts. Rates are measurements
    in the long form only: the short one runs beside others."""
    async with sides(folder) as it:
        load = Load(Api(session=session, ready=await it.both()))
        load.up.set()

        async def taken(first: int, last: int) -> float:
            """Accepted a second."""
            numbers = iter(range(first, last))

            async def client() -> None:
                for n in numbers:
                    await load._send(f"R{n}", grt101(f"R{n}", n, ltguaValidDate=VALID_UNTIL))

            began = time.monotonic()
            await asyncio.gather(*[client() for _ in range(32)])
            return (last - first) / (time.monotonic() - began)

        usual = await taken(1, 1 + count // 5)
        await settled(it, load)
        assert await it.stop("customs") == 0
        before = memory(it)
        held = await taken(1 + count // 5, 1 + count // 5 + count)
        grown = memory(it) - before
        await it.launch("customs")
        await it.ready("customs")
        began = time.monotonic()
        await settled(it, load)
        rate = count / (time.monotonic() - began)
        print(
            f"accepted {usual:.0f}/s with customs, {held:.0f}/s without; memory grew {grown:.0f}"
            f" MB; {count} drained at {rate:.0f}/s"
        )
        long = count > 10_000
        assert grown < 100
        assert within(300 if long else 60, rate)
        assert within((0.8 if long else 0.3) * usual, held)
        disordered = rows(
            it.stores[0],
            "SELECT a.seq_no FROM timeline a JOIN timeline b ON a.seq_no = b.seq_no AND a.n < b.n "
            "WHERE a.event = 'approved' AND b.event IN ('sent', 'stored') AND b.stale = 0",
        )
        assert disordered == []


def memory(it: Sides) -> float:
    """Resident memory of the gateway's workers in MB."""
    return sum(rss_mb(pid) or 0 for pid in it.worker_pids("gateway"))


@pytest.mark.long  # by default: one connection at a time in tests/flow/test_workers.py
async def test_sigterm_drains_and_the_ready_file_goes(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with sides(tmp_path, workers=2) as it:
        load = Load(Api(session=session, ready=await it.both()))
        load.up.set()
        clients = [asyncio.create_task(load.client()) for _ in range(CLIENTS)]
        await more(load, 60)
        assert await it.stop("gateway") == 0
        assert not it.file("gateway").exists()
        load.up.clear()
        await it.launch("gateway")
        await it.ready("gateway")
        load.up.set()
        await more(load, 20)
        load.stop = True
        await asyncio.gather(*clients)
        await settled(it, load)


@pytest.mark.slow
async def test_without_an_amqp_url_one_line_says_so(tmp_path: Path) -> None:
    for side in ("gateway", "customs"):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("EPORT_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gateway.cli",
            side,
            env=environment,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        assert process.returncode == 2
        assert said.decode().strip().count("\n") == 0
        assert "EPORT_AMQP_URL" in said.decode()


@pytest.mark.slow
async def test_a_hold_reaches_every_worker(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    """Two workers a side: whichever takes the call, all of them act on it."""
    async with sides(tmp_path, workers=2) as it:
        api = Api(session=session, ready=await it.both())
        await api.approved(grt101("R1", 1, ltguaValidDate=VALID_UNTIL))
        assert (await api.control("POST", "/hold")).json == {"held": True}

        async def state(held: bool) -> bool:
            """What twenty connections of their own see: no worker is left out."""
            seen = set()
            for _ in range(20):
                async with (
                    aiohttp.ClientSession() as fresh,
                    fresh.get(api.ready.control + "/readyz") as answer,
                ):
                    seen.add((await answer.json())["held"])
            return seen == {held}

        await eventually(lambda: state(True), every=0.1, what="held everywhere")
        waiting = await api.taken(grt101("R2", 2, ltguaValidDate=VALID_UNTIL))
        await api.until(waiting["seq_no"], "sent")
        await api.control("POST", "/release")
        await eventually(lambda: state(False), every=0.1, what="released everywhere")
        await api.until(waiting["seq_no"], "approved")
