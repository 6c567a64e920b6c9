"""An attempt that was lost in a restore, and the one that is made in its place, are two: neither
hangs, and neither gets the answer of the other (``docs/contract.md`` 2)."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.kit.cli.recover import recover
from tests.conftest import Api, client, eventually
from tests.factories import grt101, grt141
from tests.support.restoring import SIDES, Place, parked
from tests.support.restoring import place as place  # a fixture


async def decided(api: Api, seq_no: str, result: str, *statuses: str) -> Any:
    """The declaration after an officer's decision."""
    items = [{"seq_no": seq_no, "result": result, "notes": [] if result == "approve" else ["x"]}]
    said = await api.control("POST", "/decisions", {"items": items})
    assert said.status == 200, said.json
    return await api.until(seq_no, *statuses)


async def lost(place: Place, result: str = "") -> str:
    """A returned filing, and its second attempt, which the gateway's store does not have."""
    async with place.pair("manual") as pair, client(pair.ready) as api:
        seq_no: str = (await api.taken(grt101("A", 1, ltguaNo="LG-1")))["seq_no"]
        await api.until(seq_no, "received")
        await decided(api, seq_no, "return", "returned")
    place.keep(SIDES["gateway"])
    async with place.pair("manual") as pair, client(pair.ready) as api:
        await api.taken(grt101("A", 2, ltguaNo="LG-2"))
        await api.until(seq_no, "received")
        if result:
            await decided(api, seq_no, result, "approved", "returned")
    place.put_back(SIDES["gateway"])
    return seq_no


async def feed_of(api: Api, count: int) -> list[Any]:
    """The feed once it has so many entries."""

    async def look() -> Any:
        return found if len(found := await api.receipts()) == count else None

    found: list[Any] = await eventually(look, what=f"{count} receipts")
    return found


@pytest.mark.slow
async def test_an_attempt_made_again_gets_its_own_answer_and_not_that_of_the_lost_one(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    seq_no = await lost(place)
    async with place.pair("manual") as pair, client(pair.ready) as api:
        await api.taken(grt101("A", 3, ltguaNo="LG-3"))
        await api.until(seq_no, "received")
        before = [(r["message_id"], r["resent"]) for r in await api.receipts()]
        await api.post(grt141(4, etpsPreentNo=seq_no))
        # The receipts of attempt 1 and both attempts 2 come again.
        shown = await feed_of(api, len(before) + 5)
        assert [(r["message_id"], r["resent"]) for r in shown[: len(before)]] == before
        reasons = await parked(place)
        assert len(reasons) == 2
        assert all(f"an attempt 2 of {seq_no} that is not in this store" in r for r in reasons)
        assert (await api.declaration(seq_no))["status"] == "received"
        done = await decided(api, seq_no, "approve", "approved")
        assert (done["attempt"], done["fields"]["ltguaNo"]) == (2, "LG-3")
        feed = len(await api.receipts())

    told = await place.said(capsys, recover)
    assert (told["filings"], told["left"]) == ([seq_no], [])
    assert told["notes"][0].startswith(f"{seq_no}: attempt 2 was lost and made again")
    async with place.pair("manual") as pair, client(pair.ready) as api:
        await feed_of(api, feed + 4)  # as first sent, and as sent again
        now = await api.declaration(seq_no)
        assert {k: now[k] for k in ("status", "business_no", "fields", "attempt")} == {
            k: done[k] for k in ("status", "business_no", "fields", "attempt")
        }
        assert [e["text_en"] for e in await api.timeline(seq_no)].count(
            "recovered from customs: an older copy of the gateway's store had lost it"
        ) == 1
        raw = [r["links"]["raw"] for r in await api.receipts()]
        assert len(set(raw)) == len(raw)
    assert await parked(place) == []
    assert await place.missing(capsys) == []


@pytest.mark.slow
async def test_what_customs_approved_stands_though_the_attempt_was_made_again(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    seq_no = await lost(place, "approve")
    async with place.pair("manual") as pair, client(pair.ready) as api:
        await api.taken(grt101("A", 3, ltguaNo="LG-3"))
        assert (await api.until(seq_no, "refused"))["fields"]["ltguaNo"] == "LG-3"

    told = await place.said(capsys, recover)
    assert (told["filings"], told["left"]) == ([seq_no], [])
    async with place.pair("manual") as pair, client(pair.ready) as api:
        done = await api.until(seq_no, "approved")
        assert (done["attempt"], done["fields"]["ltguaNo"]) == (2, "LG-2")
        (guarantee,) = (await api.get("/guarantees")).json["items"]
        assert guarantee["business_no"] == done["business_no"]
    assert await place.missing(capsys) == []
