"""A house that is sent wrong input: it measures, and looks what was left behind."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from fixtures.kit.pair.pair import Pair
from gateway.store.metadata import metadata
from tests.bounds import within
from tests.conftest import Api, Reply, eventually
from tests.factories import grt101, grt101_fields

QUICK, STALL, CROWDED = 0.25, 0.1, 0.5
FIELDS = tuple(grt101_fields())
TABLES = [table for name, table in metadata.tables.items() if name not in ("refusals", "sequences")]
NUMBERS = itertools.count(1000)


# the house


@dataclass(slots=True)
class Watchdog:
    """A task in the server's loop that measures how late it is."""

    worst: float = 0.0

    async def run(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.002)
            self.worst = max(self.worst, time.perf_counter() - before - 0.002)


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[Watchdog]:
    dog = Watchdog()
    task = asyncio.create_task(dog.run())
    await asyncio.sleep(0)
    try:
        yield dog
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass(slots=True)
class House:
    """A pair, its client, and what is asserted of every refusal."""

    pair: Pair
    api: Api

    async def rows(self) -> dict[str, int]:
        def unit(connection: Connection) -> dict[str, int]:
            return {
                t.name: connection.execute(select(func.count()).select_from(t)).scalar_one()
                for t in TABLES
            }

        return await self.pair.gateway.store.read(unit)

    async def refusals(self) -> int:
        return await self.pair.gateway.store.read(
            lambda c: c.execute(
                select(func.count()).select_from(metadata.tables["refusals"])
            ).scalar_one()
        )

    async def refused(self, body: bytes, status: int | None = None, **options: Any) -> Reply:
        """The refusal of ``body``: a quick 4xx with findings that stores nothing else and stalls
        nobody."""
        rows, kept = await self.rows(), await self.refusals()
        first = await self.api.post(body, **options)
        posts = 1
        for _ in range(5):
            posts += 1
            async with watched() as dog:
                began = time.perf_counter()
                answer = await self.api.post(body, **options)
                took = time.perf_counter() - began
            if within(took, QUICK) and within(dog.worst, STALL):
                break
        assert 400 <= answer.status < 500, (answer.status, answer.body[:500])
        assert (answer.status, answer.codes) == (first.status, first.codes)
        assert answer.codes
        assert status in (None, answer.status), answer.findings
        assert within(took, QUICK)
        assert within(dog.worst, STALL)
        assert len(answer.body) < 500_000
        assert await self.rows() == rows
        assert await self.refusals() == kept + posts
        for item in answer.findings:
            assert item["message_zh"]
            assert item["message_en"]
        return answer

    async def accepted(self, body: bytes, **options: Any) -> None:
        """``body`` is taken; return when its answers are in, so that the next case finds the house
        quiet."""
        taken = await self.api.taken(body, **options)
        await self.api.until(taken["seq_no"], "approved", "returned", **options)
        await self.quiet()

    async def quiet(self) -> None:
        async def nothing_under_way() -> bool:
            rows = await self.rows()
            return not rows["outbox"] and rows["feed"] == 2 * rows["declarations"]

        await eventually(nothing_under_way)


def errors(answer: Reply) -> list[tuple[str, str | None]]:
    return [(f["code"], f["field"]) for f in answer.findings if f["severity"] == "error"]


# each of the 36 fields


def lines(number: int, **options: Any) -> tuple[list[str], dict[str, int]]:
    """A sound document in lines, and the line of each field."""
    found = grt101(f"R{number}", number, **options).decode().splitlines(keepends=True)
    places = {
        name: [n for n, line in enumerate(found) if re.match(rf"\s*<{name}[>/]", line)]
        for name in FIELDS
    }
    return found, {name: at[-1] for name, at in places.items()}
