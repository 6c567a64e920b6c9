"""SIGTERM to either side with two workers under load: whoever was let in is answered, nothing is
lost or doubled, and the side ends with 0 (``docs/operations``)."""

from __future__ import annotations

import asyncio
import io
import itertools
import zipfile
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BEIJING, Api, eventually, need_postgres, need_rabbitmq
from tests.factories import grt101
from tests.flow.test_workers import everywhere
from tests.support.scale import Sides, sides

CLIENTS = 8
MOST = 400
"""Requests after which the load ends by itself, should readiness never turn false."""


async def stopped_under_load(
    it: Sides, api: Api, side: str, call: Callable[[int], Awaitable[None]], numbers: Any
) -> int:
    """Call again and again from many clients, stop the side, and go away once it says that it is
    not ready, as a load balancer does. Return its exit code."""
    url = api.ready.gateway if side == "gateway" else api.ready.control
    leaving, begun = asyncio.Event(), Counter[str]()

    async def one() -> None:
        while not leaving.is_set() and begun["calls"] < MOST:
            begun["calls"] += 1
            await call(next(numbers))

    async with asyncio.TaskGroup() as load:
        for _ in range(CLIENTS):
            load.create_task(one())
        await eventually(lambda: begun["calls"] > 2 * CLIENTS, what="a load")
        stopping = load.create_task(it.stop(side))

        async def left() -> bool:
            return (await api.get(f"{url}/readyz", key="")).status == 503

        await eventually(left, what=f"{side} not ready")
        leaving.set()
    assert begun["calls"] < MOST
    return stopping.result()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_whoever_was_let_in_is_answered_and_nothing_is_lost(tmp_path: Path) -> None:
    need_postgres()
    await need_rabbitmq()
    numbers, taken, levies = itertools.count(1), list[str](), list[str]()
    async with sides(tmp_path, workers=2) as it:
        it.environment["EPORT_LEAVE"] = "1"
        async with everywhere(it) as api:

            async def file(n: int) -> None:
                if n % 5:
                    body = grt101(f"D{n}", n, ltguaNo=f"LG-{n}")
                    taken.append((await api.taken(body))["seq_no"])
                    return
                packed = io.BytesIO()
                with zipfile.ZipFile(packed, "w") as archive:
                    for k in range(5):
                        name, number = f"B{n}-{k}", 100_000 + 100 * n + k
                        archive.writestr(name, grt101(name, number, ltguaNo=f"LG-{name}"))
                said = await api.post(
                    packed.getvalue(), "/messages/batch", content_type="application/zip"
                )
                assert said.status == 200, said.body
                taken.extend(row["message"]["seq_no"] for row in said.json["items"])

            async def levy(n: int) -> None:
                await file(n)
                order = {"enterprise": BEIJING, "amount": "10.00", "biz_type": "2"}
                order |= {"biz_no": f"C{n:011d}", "oriact_no": "C010016A0471"}
                made = await api.control("POST", "/levies", order)
                assert made.status == 201, made.body
                levies.append(made.json["levy_no"])

            for side, call in (("customs", levy), ("gateway", file)):
                assert await stopped_under_load(it, api, side, call, numbers) == 0
                assert not it.file(side).exists(), "the ready file goes with it"
                await it.launch(side)
                await it.ready(side)

            assert len(taken) == len(set(taken))
            for seq_no in taken:
                await api.until(seq_no, "approved")
            total = (await api.get("/guarantees", params={"limit": 1})).json["total"]
            assert total == len(taken)

            async def all_levies() -> bool:
                rows = (await api.get("/levies", params={"limit": 1000})).json["items"]
                return sorted(row["business_no"] for row in rows) == sorted(levies)

            await eventually(all_levies, what=f"{len(levies)} levies, each once")

            async def said_once() -> bool:
                count = Counter((r["seq_no"], r["message_type"]) for r in await api.receipts())
                return count == Counter(
                    {(seq_no, kind): 1 for seq_no in taken for kind in ("GRT200", "GRT201")}
                ) + Counter({key: 1 for key in count if key[1] == "GRT301"})

            await eventually(said_once, what="two receipts of each, once")
