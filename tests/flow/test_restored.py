"""An older copy of a store is restored: no number comes back, nobody gets another's receipt, and
nothing vanishes in silence (``docs/contract.md`` 1, 2 and 7)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fixtures.kit.cli.reconcile import differences
from fixtures.kit.cli.recover import recover
from fixtures.kit.cli.store_checks import both_sides_check
from tests.conftest import BEIJING, SHANGHAI, Api, client, eventually, pair_at, settings_of
from tests.factories import grt101
from tests.flow.world import World
from tests.support.restoring import SIDES, copied, filed, restored


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.slow
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


@pytest.mark.slow
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


async def missing_of(home: Path) -> list[str]:
    """What the doctor finds missing on either side."""
    told = await asyncio.to_thread(lambda: list(both_sides_check(settings_of(home))))
    return [line for level, line, _ in told if level != "ok"]


async def rest(api: Api, seq_nos: set[str]) -> dict[str, str]:
    """The status of each declaration once it is approved, or as it is after a while."""
    seen = {}
    for seq_no in seq_nos:
        for enterprise in (BEIJING, SHANGHAI):
            answer = await api.get(f"/declarations/{seq_no}", enterprise=enterprise)
            if answer.status == 200:
                found = await api.until(seq_no, "approved", enterprise=enterprise, within=30)
                seen[seq_no] = found["status"]
    return seen


@pytest.mark.slow
async def test_what_the_gateway_lost_comes_back_from_customs_by_one_command(tmp_path: Path) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup"
    async with pair_at(home) as pair, client(pair.ready) as api:
        kept = await filed(api, 1, 2)
    copied(home, backup, SIDES["gateway"])
    async with pair_at(home) as pair, client(pair.ready) as api:
        lost = await filed(api, 3, 4)
        w = World(api)
        levy = await w.new_levy("1000.00")
        confirmed = await api.approved(await w.confirmation(levy))
        feeds = {e: await api.receipts(enterprise=e) for e in (BEIJING, SHANGHAI)}
    assert await asyncio.to_thread(differences, settings_of(home)) == []
    restored(home, backup, SIDES["gateway"])

    assert await missing_of(home) == [
        "the gateway lost 5 messages that customs received",
        "the gateway does not have 11 messages that customs sent",
    ]
    assert await asyncio.to_thread(recover, settings_of(home), as_json=False) == 0
    async with pair_at(home) as pair, client(pair.ready) as api:
        back = {*kept, *lost, confirmed["seq_no"]}
        assert await rest(api, back) == dict.fromkeys(back, "approved")
        for enterprise, feed in feeds.items():

            async def whole(enterprise: str = enterprise, feed: list[Any] = feed) -> Any:
                again = await api.receipts(enterprise=enterprise)
                return again if len(again) == len(feed) else None

            again = await eventually(whole, what=f"the feed of {enterprise}")
            assert sorted(r["message_id"] for r in again) == sorted(r["message_id"] for r in feed)
        timeline = await api.timeline(next(iter(lost)), enterprise=SHANGHAI)
        assert timeline[0]["source"] == "gateway"
    assert await asyncio.to_thread(differences, settings_of(home)) == []
    assert await asyncio.to_thread(recover, settings_of(home), as_json=False) == 0


@pytest.mark.slow
async def test_what_customs_lost_is_sent_again_and_what_it_decided_is_told(tmp_path: Path) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup"
    async with pair_at(home) as pair, client(pair.ready) as api:
        await filed(api, 1, 2)
    copied(home, backup, SIDES["customs"])
    async with pair_at(home, profile="manual") as pair, client(pair.ready) as api:
        waiting = await api.taken(grt101("W1", 20, ltguaNo="LG-20"))
        await api.until(waiting["seq_no"], "received")
    restored(home, backup, SIDES["customs"])

    assert await missing_of(home) == [
        f"customs does not have 1 messages that wait for its answer: {waiting['seq_no']}"
    ]
    assert await asyncio.to_thread(recover, settings_of(home), as_json=False) == 0
    async with pair_at(home) as pair, client(pair.ready) as api:
        await api.until(waiting["seq_no"], "approved")
    assert await asyncio.to_thread(differences, settings_of(home)) == []
