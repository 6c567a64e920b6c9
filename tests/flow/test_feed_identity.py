"""A feed that was restored and has grown past an old cursor is not the one that the cursor is of
(``docs/contract.md`` 3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import BEIJING, SHANGHAI, Api, client
from tests.factories import grt101
from tests.support.restoring import SIDES, Place
from tests.support.restoring import place as place  # a fixture


async def page(api: Api, **params: Any) -> Any:
    answer = await api.get("/receipts", params=params)
    assert answer.status == 200, answer.body.decode()
    return answer.json


async def acked(api: Api, **body: Any) -> Any:
    return await api.post(
        json.dumps(body).encode(), "/receipts/ack", content_type="application/json"
    )


@pytest.mark.slow
async def test_a_restored_feed_that_has_grown_past_a_cursor_is_told_from_the_one_before(
    place: Place,
) -> None:
    async with place.pair() as pair, client(pair.ready) as api:
        empty = (await page(api, after=0))["feed"]
        await api.approved(grt101("R1", 1, ltguaNo="LG-1"))
        kept = (await page(api, after=0))["feed"]
    place.keep(SIDES["gateway"])
    async with place.pair() as pair, client(pair.ready) as api:
        assert (await page(api, after=0, feed=kept))["feed"] == kept  # the same over restarts
        await api.approved(grt101("R2", 2, ltguaNo="LG-2"))
        seen = await page(api, after=0)
        cursor, lost = seen["items"][-1]["seq"], seen["feed"]
        assert (await page(api, after=cursor, feed=lost))["feed"] == lost
        assert (await acked(api, up_to=cursor, feed=lost)).json["feed"] == lost
    place.put_back(SIDES["gateway"])
    async with place.pair() as pair, client(pair.ready) as api:
        shorter = await api.get("/receipts", params={"after": 0, "feed": lost})
        await api.approved(grt101("R3", 3, ltguaNo="LG-3"))
        await api.approved(grt101("R4", 4, ltguaNo="LG-4"))
        now = await page(api, after=0)
        assert now["items"][-1]["seq"] > cursor
        # Without the identity nothing is amiss here: that is the hole.
        assert (await api.get("/receipts", params={"after": cursor})).status == 200
        grown = await api.get("/receipts", params={"after": cursor, "feed": lost})
        mark = await acked(api, up_to=cursor, feed=lost)
        for told in (shorter, grown, mark):
            assert (told.status, told.codes) == (409, ["FEED.01"])
            assert (told.findings[0]["field"], told.findings[0]["value"]) == ("feed", lost)
            assert "after=0" in told.findings[0]["hint_en"]
        # What was read before the copy was made still holds, and so does the whole.
        for known in (empty, kept, now["feed"]):
            assert (await page(api, after=0, feed=known))["items"] == now["items"]
        assert (await acked(api, up_to=1, feed=kept)).status == 200


@pytest.mark.parametrize(
    "feed", ["x", "1", "1-zz", "1-0123456789ABCDEF", "\u0663-0123456789abcdef"]
)
@pytest.mark.slow
async def test_what_is_no_identity_is_refused(api: Api, feed: str) -> None:
    pulled = await api.get("/receipts", params={"feed": feed})
    marked = await acked(api, up_to=0, feed=feed)
    assert (pulled.status, pulled.codes) == (marked.status, marked.codes) == (400, ["QUERY.01"])


async def test_the_identity_of_another_enterprises_feed_is_not_this_ones(api: Api) -> None:
    other = await api.get("/receipts", enterprise=SHANGHAI)
    told = await api.get("/receipts", params={"feed": other.json["feed"]}, enterprise=BEIJING)
    assert (told.status, told.codes) == (409, ["FEED.01"])
