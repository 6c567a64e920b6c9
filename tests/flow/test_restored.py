"""An older copy of a store is restored: no number comes back, nobody gets another's receipt, and
nothing vanishes in silence (``docs/contract.md`` 1, 2 and 7)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BEIJING, SHANGHAI, Api, client, pair_at
from tests.factories import grt101

SIDES = {
    "gateway": ("gateway.db",),
    "customs": ("customs.db",),
    "both": ("gateway.db", "customs.db"),
}


def copied(home: Path, to: Path, names: tuple[str, ...]) -> None:
    """Copy whole databases, their WAL included, as ``sqlite3 .backup`` does."""
    to.mkdir(exist_ok=True)
    for name in names:
        (to / name).unlink(missing_ok=True)
        with sqlite3.connect(home / name) as source, sqlite3.connect(to / name) as target:
            source.backup(target)


def restored(home: Path, backup: Path, names: tuple[str, ...]) -> None:
    for name in names:
        for suffix in ("", "-wal", "-shm"):
            (home / f"{name}{suffix}").unlink(missing_ok=True)
    copied(backup, home, names)


async def filed(api: Api, start: int, count: int) -> dict[str, Any]:
    """Approved declarations of both enterprises by SeqNo."""
    made = {}
    for n in range(start, start + count):
        enterprise = (BEIJING, SHANGHAI)[n % 2]
        body = grt101(f"R{n}", n, enterprise=enterprise, ltguaNo=f"LG-{n}")
        approved = await api.approved(body, enterprise=enterprise)
        assert approved["seq_no"] not in made
        made[approved["seq_no"]] = approved
    return made


@pytest.mark.parametrize("side", SIDES)
async def test_no_number_comes_back_and_nobody_gets_anothers_receipt(
    tmp_path: Path, side: str
) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup"
    async with pair_at(home) as pair, client(pair.ready) as api:
        kept = await filed(api, 1, 2)
    copied(home, backup, SIDES[side])
    async with pair_at(home) as pair, client(pair.ready) as api:
        lost = await filed(api, 3, 4)
    restored(home, backup, SIDES[side])
    async with pair_at(home) as pair, client(pair.ready) as api:
        again = await filed(api, 7, 4)

        before = kept | lost
        assert again.keys() & before.keys() == set()
        numbers = {row["business_no"] for row in before.values()}
        assert {row["business_no"] for row in again.values()} & numbers == set()
        for enterprise in (BEIJING, SHANGHAI):
            for receipt in await api.receipts(enterprise=enterprise):
                raw = (
                    await api.get(
                        receipt["links"]["raw"].removeprefix("/api/v1"), enterprise=enterprise
                    )
                ).body.decode()
                assert {BEIJING: SHANGHAI, SHANGHAI: BEIJING}[enterprise] not in raw
            items = (await api.get("/guarantees", enterprise=enterprise)).json["items"]
            assert all(item["fields"]["assuredEtpsno"] == enterprise for item in items)


async def test_a_cursor_ahead_of_a_restored_feed_is_told_so(tmp_path: Path) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup"
    async with pair_at(home) as pair, client(pair.ready) as api:
        await api.approved(grt101("R1", 1))
    copied(home, backup, SIDES["gateway"])
    async with pair_at(home) as pair, client(pair.ready) as api:
        await api.approved(grt101("R2", 2))
        cursor = (await api.receipts())[-1]["seq"]
        assert (await api.get("/receipts", params={"after": cursor})).status == 200
    restored(home, backup, SIDES["gateway"])
    async with pair_at(home) as pair, client(pair.ready) as api:
        told = await api.get("/receipts", params={"after": cursor})

    assert told.status == 409
    (finding,) = told.json["findings"]
    assert (finding["code"], finding["value"], finding["wanted"]) == ("FEED.01", str(cursor), "2")
