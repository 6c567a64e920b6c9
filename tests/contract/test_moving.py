"""A declaration is stored as it stands: whatever a move changes is there afterwards."""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict, replace

from gateway.base.store.migrations import upgrade
from gateway.store.declaration_sql import FILING, MOVING
from gateway.store.sql import Sql
from handlers.lifecycle import Status
from tests.conftest import Stores, on
from tests.contract.test_gaps import DRAFT

OTHER: dict[type, Any] = {int: 5, str: "5", type(None): 5, Status: Status.PENDING}


@on("shared")
async def test_every_column_that_a_move_changes_is_stored(stores: Stores) -> None:
    store = stores.open()
    upgrade(store, side="gateway", package="gateway.store")
    sql, texts = Sql(store.dialect), ("business_no", "undeliverable")
    await store.write(lambda c: sql.add_declarations(c, [DRAFT]))
    before = DRAFT
    for names in (*((name,) for name in FILING if name != "events"), MOVING):
        new = {name: "5" if name in texts else OTHER[type(getattr(DRAFT, name))] for name in names}
        after = replace(before, **{**new, "events": before.events + 1})
        await store.write(lambda c, pair=(before, after): sql.move(c, [pair]))  # type: ignore[misc]
        found = await store.read(lambda c: sql.declarations_by_seq(c, [DRAFT.seq_no]))
        assert asdict(found[DRAFT.seq_no]) == asdict(after), names
        before = after
