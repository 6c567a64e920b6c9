"""Reports of groups without a declaration, on every kind of store that several processes can
share."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from msgspec.structs import replace
from sqlalchemy import insert, select

from gateway.base.store.migrations import upgrade
from gateway.base.store.sql import SqlStore
from gateway.filing.missing_pockets import Gaps
from gateway.filing.pockets import WAITING
from gateway.store import tables as t
from gateway.store.sql import Sql
from handlers.declaration import Declaration
from handlers.lifecycle import Status
from tests.conftest import Stores, on

DRAFT = Declaration(
    seq_no=7,
    enterprise="1105910159",
    message_type="GRT101",
    kind=WAITING,
    reference="",
    filing_key="k",
    business_no=None,
    subject="",
    change_no=0,
    attempt=0,
    status=Status.DRAFT,
    events=1,
    message=1,
    document=1,
    decided_at=None,
    customs="",
    mode="",
    gur_type="",
    refund_kind="",
    filed_at=0,
    conflict=0,
    undeliverable=None,
    outdated=0,
    deleted=0,
    updated_at=0,
)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@on("shared")
async def test_two_processes_report_a_gap_once_and_date_it_with_the_end_of_its_time(
    stores: Stores,
) -> None:
    one, two = stores.open(), stores.open()
    upgrade(one, side="gateway", package="gateway.store")
    sql = Sql(one.dialect)
    await one.write(lambda c: sql.add_declarations(c, [DRAFT]))
    await one.write(
        lambda c: c.execute(
            insert(t.pocket_groups).values(
                enterprise=DRAFT.enterprise, pocket_id="P", seq_no=7, total=2, waits_since=0
            )
        )
    )
    both = [Gaps(store, sql, 600) for store in (one, two)]
    assert await both[0].report(at(599.9)) == 0
    assert sum(await asyncio.gather(*(gaps.report(at(9999)) for gaps in both * 3))) == 1
    assert await entries(one) == [(7, 2, "undelivered", 600_000_000)]


async def entries(store: SqlStore) -> list[tuple[int, int, str, int]]:
    e = t.timeline.c
    rows = await store.read(lambda c: c.execute(select(e.seq_no, e.n, e.event, e.at)).fetchall())
    return [tuple(row) for row in rows]


@on("shared")
async def test_groups_that_wait_when_the_store_is_upgraded_are_reported_too(stores: Stores) -> None:
    store = stores.open()
    upgrade(store, side="gateway", package="gateway.store", to="0003")
    sql = Sql(store.dialect)
    filed = [
        replace(DRAFT, filed_at=5_000_000),
        replace(DRAFT, seq_no=8, kind="setup", filing_key="l"),
    ]
    await store.write(lambda c: sql.add_declarations(c, filed))
    await store.write(
        lambda c: c.execute(
            insert(t.pocket_groups),
            [
                {"enterprise": DRAFT.enterprise, "pocket_id": name, "seq_no": seq_no, "total": 2}
                for name, seq_no in (("P", 7), ("Q", 8))
            ],
        )
    )
    assert upgrade(store, side="gateway", package="gateway.store")
    gaps = Gaps(store, sql, 600)
    assert await gaps.report(at(604)) == 0
    assert await gaps.report(at(605)) == 1
    assert [row[:2] for row in await entries(store)] == [(7, 2)]
