"""A home that earlier code made, and was killed in, goes on under this code: nothing is lost or
doubled, and what was under way ends (``docs/operations``, upgrade)."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.kit.cli.reconcile import differences
from fixtures.kit.cli.store_checks import both_sides_check, stores_check
from fixtures.kit.pair.pair import running
from gateway.base.clock.business import MovedClock
from tests.conftest import BEIJING, SHANGHAI, Api, client, eventually, settings_of
from tests.factories import attachment, grt101, grt121, grt141
from tests.flow.test_stories import World
from tests.support.old_homes import NAMES, moved, told, unpacked
from tests.support.scale import schema
from tests.support.stores import need_postgres

AFTER = datetime(2026, 11, 28, 18, 58, tzinfo=UTC)
"""Minutes after the homes were made: a group of pockets still waits for its file."""


async def decided(api: Api, seq_no: str, enterprise: str = BEIJING) -> Any:
    item = {"seq_no": seq_no, "result": "approve", "notes": []}

    async def done() -> bool:
        said = await api.control("POST", "/decisions", {"items": [item]})
        return said.status == 200 and said.json["items"][0]["code"] == 200

    await eventually(done, what=f"{seq_no} on the work list")
    return await api.until(seq_no, "approved", enterprise=enterprise)


async def it_stands_as_it_was(api: Api, was: Any) -> None:
    for name, status in was["statuses"].items():
        if name != "HELD":  # it was on its way to customs
            enterprise = SHANGHAI if name == "S1" else BEIJING
            found = await api.declaration(was["seq_nos"][name], enterprise=enterprise)
            assert found["status"] == status, name
    for enterprise, count in was["feed"].items():
        feed = await api.receipts(enterprise=enterprise)
        assert [r["seq"] for r in feed][:count] == list(range(1, count + 1))
        raw = await api.get(feed[0]["links"]["raw"], enterprise=enterprise)
        assert raw.status == 200
    assert (await api.get("/receipts")).json["items"][0]["seq"] == was["acked"] + 1
    (first,) = (await api.get("/declarations", params={"q": "G1"})).json["items"]
    sent = await api.get(f"/messages/{first['message_id']}/raw")
    again = await api.post(sent.body)
    assert (again.status, again.json["seq_no"]) == (200, was["seq_nos"]["G1"])


async def it_goes_on(api: Api, was: Any) -> None:
    seq_nos, w = was["seq_nos"], World(api)
    w.numbers = itertools.count(900)
    await decided(api, seq_nos["WAIT"])
    await decided(api, seq_nos["S1"], SHANGHAI)
    await decided(api, seq_nos["HELD"])
    await api.taken(attachment(b"%PDF-1.4 ", "P1", 3, 2, 905))
    assert (await decided(api, seq_nos["P1"]))["pockets"]["received"] == [1, 2, 3]
    draft = await api.taken(grt101("DRAFT", 906, ltguaNo="LG-6"))
    assert draft["seq_no"] == seq_nos["DRAFT"]
    await decided(api, draft["seq_no"])
    rows = {row["seq_no"]: row for row in (await api.get("/levies")).json["items"]}
    paid, asked = rows[seq_nos["levy"]], rows[seq_nos["asked"]]
    refund = grt121("T1", 907, gurNo=paid["business_no"], rtnbkCrdwAmt="100.00")
    assert (await api.taken(refund))["seq_no"] == seq_nos["T1"]
    assert (await decided(api, seq_nos["T1"]))["attempt"] == 2
    confirmed = await api.taken(await w.confirmation(asked["business_no"]))
    assert confirmed["seq_no"] == seq_nos["asked"]
    await decided(api, seq_nos["asked"])
    await api.taken(grt141(908, etpsPreentNo=seq_nos["PARK"]))  # its approval was cut off
    await api.until(seq_nos["PARK"], "approved")
    new = await api.taken(grt101("NEW", 909, ltguaNo="LG-9"))
    assert int(new["seq_no"]) > max(map(int, seq_nos.values()))
    await decided(api, new["seq_no"])
    for enterprise, count in was["feed"].items():
        feed = await api.receipts(enterprise=enterprise)
        assert [r["seq"] for r in feed] == list(range(1, len(feed) + 1))
        assert len(feed) > count


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_home_of_earlier_code_goes_on(tmp_path: Path, name: str, kind: str) -> None:
    home, was, changes = tmp_path / "home", told(name), dict[str, str]()
    unpacked(name, home)
    if kind == "sqlite":
        await opened(home, was, changes)
        return
    need_postgres()
    with schema() as urls:
        for side, url in zip(("gateway", "customs"), urls, strict=True):
            await moved(home, side, url)
            (home / f"{side}.db").unlink()
        changes = {"store_url": urls[0], "customs_store_url": urls[1]}
        await opened(home, was, changes)


async def opened(home: Path, was: Any, changes: dict[str, str]) -> None:
    settings = settings_of(home, profile="manual", **changes)
    async with (
        running(settings, clock=MovedClock(AFTER, frozen=False)) as pair,
        client(pair.ready) as api,
    ):
        assert pair.ready.keys == was["keys"]
        await it_stands_as_it_was(api, was)
        await it_goes_on(api, was)
    # The store says what it always said of the answer that was cut off; everything else agrees.
    said = await asyncio.to_thread(lambda: [*stores_check(settings), *both_sides_check(settings)])
    assert [text for level, text, _ in said if level != "ok"] == [
        text for _, text, _ in said if "set aside; the last" in text
    ]
    assert await asyncio.to_thread(differences, settings) == []
