"""Several worker processes of each side on one PostgreSQL and one RabbitMQ: what one of them learns
or does holds for all of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aio_pika
import aiohttp
import msgspec
import pytest

from fixtures.kit.pair.pair import Ready
from tests.bounds import within
from tests.conftest import AMQP, BEIJING, Api, eventually, need_postgres, need_rabbitmq
from tests.factories import account_row, contact_row, grt101, grt151
from tests.flow.test_outages import rows
from tests.support.scale import Sides, sides

pytestmark = pytest.mark.timeout(120)
COUNT = 30
ONCE = {"GRT200": 1, "GRT201": 2}
"""What customs says of one declaration that waits for its decision: stored; taken (Y), approved
(1)."""


@contextlib.asynccontextmanager
async def everywhere(it: Sides) -> AsyncIterator[Api]:
    """A client whose every call is a connection of its own, so that all workers of a port get some.
    The gateway goes by customs' clock."""
    await it.launch("customs")
    customs = await it.ready("customs")
    it.environment["EPORT_CLOCK_URL"] = str(customs["control"])
    await it.launch("gateway")
    ready = msgspec.convert(await it.ready("gateway") | customs, Ready)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True), timeout=aiohttp.ClientTimeout(total=20)
    ) as session:
        yield Api(session=session, ready=ready)


@pytest.fixture
async def servers() -> None:
    need_postgres()
    await need_rabbitmq()


async def asked(api: Api, path: str) -> list[Any]:
    """The same question 24 times: with two workers that share a port, one that is never asked is a
    chance of 1 in 8 million."""
    return [(await api.get(path)).json for _ in range(24)]


async def counted(api: Api, message_type: str) -> Counter[int]:
    """How many messages of customs each worker of the gateway has applied, as often as it
    answered."""
    found: Counter[int] = Counter()
    for _ in range(24):
        text = (await api.get(f"{api.ready.gateway}/metrics")).body.decode()
        said = re.search(rf'eport_receipts_total{{message_type="{message_type}"}} (\d+)', text)
        found[int(said[1]) if said else 0] += 1
    return found


@pytest.mark.slow
async def test_receipts_by_way_of_different_workers_converge(tmp_path: Path, servers: None) -> None:
    async with sides(tmp_path, workers=2) as it:
        it.options["customs"] = ("--profile", "manual")
        async with everywhere(it) as api:
            taken = [(await api.taken(grt101(f"W{n}", n)))["seq_no"] for n in range(COUNT)]
            for seq_no in taken:
                await api.until(seq_no, "received", "review")
                done = await api.control(
                    "POST", "/decisions", {"items": [{"seq_no": seq_no, "result": "approve"}]}
                )
                assert done.status == 200, done.body.decode()
            for seq_no in taken:
                await api.until(seq_no, "approved")
                line = await api.timeline(seq_no)
                assert [item["status"] for item in line] == [
                    "declared",
                    "sent",
                    "received",
                    "received",
                    "approved",
                ], "入库, 接收, 通过"
            shares = await counted(api, "GRT201")
            assert all(0 < share < 2 * COUNT for share in shares), (
                f"each worker has applied some of {2 * COUNT}, found {shares}"
            )
            receipts = Counter((r["seq_no"], r["message_type"]) for r in await api.receipts())
            assert receipts == {
                (seq_no, kind): count for seq_no in taken for kind, count in ONCE.items()
            }


@pytest.mark.slow
async def test_every_worker_knows_what_one_of_them_was_told_of_an_enterprise(
    tmp_path: Path, servers: None
) -> None:
    async with sides(tmp_path, workers=2) as it, everywhere(it) as api:
        before = await asked(api, f"/enterprises/{BEIJING}")
        await api.approved(
            grt151(
                contacts=[contact_row(etpsConcErName="李四", etpsConcErTelnum="010-66667777")],
                accounts=[account_row()],
            )
        )

        async def all_know() -> bool:
            return all("李四" in str(one) for one in await asked(api, f"/enterprises/{BEIJING}"))

        assert "李四" not in str(before)
        await eventually(all_know, every=0.1, what="the new contact at every worker")


@pytest.mark.slow
async def test_both_sides_go_by_one_clock_and_a_timer_of_several_processes_fires_once(
    tmp_path: Path, servers: None
) -> None:
    async with sides(tmp_path, workers=2) as it:
        it.options["customs"] = ("--scenario", "realistic")
        async with everywhere(it) as api:
            active = (await api.control("GET", "/scenario")).json
            assert active["name"] == "realistic", "the scenario given at the start"
            moved = await api.control("POST", "/clock", {"freeze": "2031-01-06T10:00:00+08:00"})
            assert moved.status == 200, moved.body.decode()

            async def all_follow() -> bool:
                refused = [
                    await api.post(
                        grt101(f"X{n}", n, ltguaValidDate="2030-12-31 00:00:00"),
                        "/messages/validate",
                    )
                    for n in range(24)
                ]
                clocks = [(await api.control("GET", "/clock")).json["now"] for _ in range(24)]
                return set(clocks) == {moved.json["now"]} and all(
                    "S101.09" in {f["code"] for f in one.json["findings"]} for one in refused
                )

            await eventually(
                all_follow, every=0.1, what="customs' date at every worker of both sides"
            )
            taken = [
                (await api.taken(grt101(f"W{n}", n, ltguaValidDate="2031-12-31 00:00:00")))[
                    "seq_no"
                ]
                for n in range(COUNT)
            ]
            for seq_no in taken:
                await api.until(seq_no, "sent")

            async def all_wait() -> bool:
                return (await api.control("GET", "/scenario")).json["running"] == COUNT

            await eventually(all_wait, every=0.05, what="all waiting for their moment")
            assert (await api.control("POST", "/clock", {"advance": "P5D"})).status == 200
            for seq_no in taken:
                await api.until(seq_no, "approved")
            answers = Counter(
                rows(
                    it.stores[1],
                    "SELECT seq_no, m.message_type FROM c_messages AS m JOIN c_cases AS c USING"
                    " (case_no) WHERE direction = 'out'",
                )
            )
            assert answers == {
                (seq_no, kind): count for seq_no in taken for kind, count in ONCE.items()
            }


@pytest.mark.slow
async def test_what_the_broker_set_aside_is_listed_shown_and_dropped_like_all_that_is_parked(
    tmp_path: Path, servers: None
) -> None:
    """Bytes on the queues that are no interchange: another program's mistake."""
    async with (
        sides(tmp_path) as it,
        everywhere(it) as api,
        await aio_pika.connect(AMQP, timeout=5) as connection,
    ):
        channel = await connection.channel()
        for queue in ("eport.gateway", "eport.customs"):
            await channel.default_exchange.publish(
                aio_pika.Message(
                    b"\xc1 no msgpack",
                    content_type="application/msgpack",
                    message_id=f"BAD {queue}",
                ),
                it.prefix + queue,
                mandatory=True,
            )
        key = api.ready.operator_key

        async def eport(*words: str) -> tuple[int | None, str]:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "gateway.cli",
                "parked",
                *words,
                "--url",
                api.ready.gateway,
                "--control",
                api.ready.control,
                "--key",
                key,
                stdout=asyncio.subprocess.PIPE,
            )
            out, _ = await process.communicate()
            return process.returncode, out.decode()

        async def both() -> list[Any]:
            calls = (
                api.call("GET", f"{url}/parked", key=key)
                for url in (f"{api.ready.gateway}/api/v1", f"{api.ready.control}/control/v1")
            )
            found = [(await call).json["items"] for call in calls]
            return found if all(found) else []

        gateway, customs = await eventually(both, every=0.1, what="listed on both sides")
        assert [one["message_id"].partition("~")[0] for one in gateway] == ["BAD eport.gateway"]
        assert [one["message_id"].partition("~")[0] for one in customs] == ["BAD eport.customs"]
        for one in (*gateway, *customs):
            assert "no msgpack array" in one["reason"]
        for side, (one,), url in (
            ("gateway", gateway, f"{api.ready.gateway}/api/v1"),
            ("customs", customs, f"{api.ready.control}/control/v1"),
        ):
            code, shown = await eport("show", f"{side}/{one['id']}")
            assert (code, "no msgpack array" in shown) == (0, True)
            code, _ = await eport("retry", f"{side}/{one['id']}")
            assert code == 1, "it is no better the second time"
            (again,) = (await api.call("GET", f"{url}/parked", key=key)).json["items"]
            assert (await eport("drop", f"{side}/{again['id']}"))[0] == 0
            assert (await api.call("GET", f"{url}/parked", key=key)).json["items"] == []


@pytest.mark.slow
async def test_at_sigterm_readiness_turns_false_first_and_what_was_accepted_is_there_afterwards(
    tmp_path: Path, servers: None
) -> None:
    async with sides(tmp_path, workers=2) as it:
        it.environment["EPORT_LEAVE"] = "2"
        async with everywhere(it) as api:
            assert (await api.get(f"{api.ready.gateway}/readyz")).status == 200
            began, stopped = time.monotonic(), asyncio.create_task(it.stop("gateway"))
            seen: list[tuple[int, int]] = []
            taken: list[str] = []
            n = 0
            with contextlib.suppress(aiohttp.ClientError):
                while not stopped.done():
                    n += 1
                    ready = (await api.get(f"{api.ready.gateway}/readyz")).status
                    answer = await api.post(grt101(f"W{n}", n))
                    seen.append((ready, answer.status))
                    taken += [answer.json["seq_no"]] if answer.status == 202 else []
            assert await stopped == 0
            assert not it.file("gateway").exists(), "the ready file goes with it"
            assert within(time.monotonic() - began, 15)
            assert (503, 202) in seen, (
                f"while it leaves it is not ready, and still takes what comes: {seen}"
            )
            assert {status for _, status in seen} == {202}
            await it.launch("gateway")
            await it.ready("gateway")
            for seq_no in taken:
                await api.until(seq_no, "approved")


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"),
    reason="this system does not bind a process to a processor",
)
@pytest.mark.parametrize("pinned", [True, False])
@pytest.mark.slow
async def test_each_worker_keeps_to_one_processor_where_there_is_one_for_each(
    tmp_path: Path, servers: None, pinned: bool
) -> None:
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        pytest.skip("this machine has one processor")
    async with sides(tmp_path, workers=2) as it:
        it.environment["EPORT_PIN"] = str(pinned)
        await it.both()
        found = {
            side: [os.sched_getaffinity(pid) for pid in it.worker_pids(side)]
            for side in ("gateway", "customs")
        }
    if not pinned:
        assert all(each == set(usable) for several in found.values() for each in several)
        return
    assert {frozenset(each) for each in found["gateway"]} == {
        frozenset({cpu}) for cpu in usable[:2]
    }
    assert {frozenset(each) for each in found["customs"]} == {
        frozenset({cpu}) for cpu in usable[-2:]
    }
