"""A filtered page over 200,000 declarations. Off by default."""

from __future__ import annotations

import random
import statistics
import time
from pathlib import Path

import pytest

from gateway.base.store.migrations import upgrade
from gateway.queries.filters import Filter
from gateway.queries.queries import Queries
from gateway.store.sql import Sql
from handlers.declaration import Declaration
from handlers.lifecycle import Status
from schemas.xml import XmlReader
from tests.conftest import BEIJING, SHANGHAI, Stores, on
from tests.factories import grt101

ROWS = 200_000
START = 1_790_000_000_000_000


def fill(stores: Stores) -> Queries:
    store = stores.open()
    upgrade(store, side="gateway", package="gateway.store")
    sql, chance, body = Sql(store.dialect), random.Random(1), grt101()
    statuses = list(Status)
    for first in range(1, ROWS + 1, 5000):
        numbers = range(first, first + 5000)
        seq = 202600000000000000
        declarations = [
            Declaration(
                seq_no=seq + i,
                enterprise=BEIJING if i % 5 else SHANGHAI,
                message_type="GRT101",
                kind="setup",
                reference=f"R{i}",
                filing_key=f"k{i}",
                business_no=f"ZB01002026{i:05d}",
                subject="",
                change_no=0,
                attempt=1,
                status=chance.choice(statuses),
                events=1,
                message=i,
                document=i,
                decided_at=None,
                customs=chance.choice(["0100", "0101"]),
                mode=chance.choice("12"),
                gur_type="",
                refund_kind="",
                filed_at=START + i * 1_000_000,
                conflict=0,
                undeliverable=None,
                outdated=0,
                deleted=0,
                updated_at=i,
            )
            for i in numbers
        ]
        rows = [
            (i, "op", f"m{i}", "GRT101", seq + i, 1, 1, b"x" * 32, body, None, i) for i in numbers
        ]
        store.write_here(
            lambda c, r=rows, d=declarations: (sql.archive.many(c, r), sql.add_declarations(c, d))
        )  # type: ignore[misc]
    store.write_here(lambda c: c.exec_driver_sql("ANALYZE"))
    return Queries(store, XmlReader())


@pytest.mark.bench
@pytest.mark.timeout(600)
@on("beside")
async def test_a_filtered_page_over_200_000_declarations_takes_under_50_ms(
    stores: Stores, tmp_path: Path
) -> None:
    queries = fill(stores)
    filters = {
        "nothing": {},
        "status": {"status": Status.APPROVED},
        "mode and customs": {"mode": "2", "customs": "0100"},
        "dates": {"filed_from": START + ROWS * 500_000, "filed_until": START + ROWS * 600_000},
        "text": {"text": "R1999"},
    }
    slow = {}
    for name, given in filters.items():
        narrowed = Filter(
            enterprises=frozenset({BEIJING}),
            message_types=("GRT101",),
            kinds=("setup",),
            or_pending=True,
            limit=20,
            **given,
        )
        took = []
        for _ in range(7):
            began = time.perf_counter()
            await queries.declarations(narrowed)
            took.append((time.perf_counter() - began) * 1e3)
        print(f"{name}: median {statistics.median(took):.1f} ms")
        if statistics.median(took) >= 50:
            slow[name] = statistics.median(took)
    assert not slow
