"""After an older copy of a store was restored: what is missing is said, and one command brings back
what the other side knows (``docs/operations``)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fixtures.kit.cli.recover import recover
from tests.conftest import BEIJING, SHANGHAI, Api, client
from tests.factories import grt101
from tests.flow.test_stories import World
from tests.support.restoring import SIDES, Place, filed, parked
from tests.support.restoring import place as place  # a fixture


@pytest.mark.slow
async def test_what_the_gateway_lost_comes_back_with_its_receipts(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    async with place.pair() as pair, client(pair.ready) as api:
        kept = await filed(api, 1, 2)
    place.keep(SIDES["gateway"])
    async with place.pair() as pair, client(pair.ready) as api:
        lost = await filed(api, 3, 4)
        feeds = {e: len(await api.receipts(enterprise=e)) for e in (BEIJING, SHANGHAI)}
    assert await place.missing(capsys) == []
    place.put_back(SIDES["gateway"])
    async with place.pair() as pair, client(pair.ready) as api:
        later = await filed(api, 7, 2)  # it was started before anybody looked

    assert await place.missing(capsys) == [
        "the gateway lost 4 messages that customs received",
        "the gateway does not have 8 messages that customs sent",
    ]
    told = await place.said(capsys, recover)
    assert (set(told["filings"]), told["left"]) == (set(lost), [])
    async with place.pair() as pair, client(pair.ready) as api:
        every = kept | lost | later
        assert len(every) == 8
        for n, (seq_no, before) in enumerate(every.items(), 1):
            enterprise = (BEIJING, SHANGHAI)[n % 2]
            now = await api.until(seq_no, "approved", enterprise=enterprise)
            for name in ("business_no", "enterprise_ref", "fields", "attempt"):
                assert now[name] == before[name]
        for enterprise, count in feeds.items():
            receipts = await api.receipts(enterprise=enterprise)
            assert [r["seq"] for r in receipts] == list(range(1, count + 3))
            assert {r["seq_no"] for r in receipts} <= {
                seq_no
                for n, seq_no in enumerate(every, 1)
                if (BEIJING, SHANGHAI)[n % 2] == enterprise
            }
        timeline = await api.timeline(next(iter(lost)), enterprise=SHANGHAI)
        assert timeline[0]["text_en"].startswith("recovered from customs")
        again = await api.post(
            grt101("R3", 3, enterprise=SHANGHAI, ltguaNo="LG-3"), enterprise=SHANGHAI
        )
        assert (again.status, again.json["seq_no"]) == (200, next(iter(lost)))
        assert (await api.control("GET", "/parked")).json["items"] == []
    assert await place.missing(capsys) == []
    assert (await place.said(capsys, recover))["missing"] == []


@pytest.mark.slow
async def test_what_customs_lost_is_sent_to_it_again(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    async with place.pair() as pair, client(pair.ready) as api:
        await filed(api, 1, 2)
    place.keep(SIDES["customs"])
    async with place.pair() as pair, client(pair.ready) as api:
        answered = await filed(api, 3, 1)
        levy = await World(api).new_levy("1000.00")
    waiting = {}
    async with place.pair(profile="manual") as pair, client(pair.ready) as api:
        for n, enterprise in enumerate((BEIJING, SHANGHAI), 4):
            body = grt101(f"R{n}", n, enterprise=enterprise, ltguaNo=f"LG-{n}")
            seq_no = (await api.taken(body, enterprise=enterprise))["seq_no"]
            waiting[seq_no] = enterprise
            await api.until(seq_no, "received", "review", enterprise=enterprise)
    place.put_back(SIDES["customs"])

    (done,) = answered
    assert await place.missing(capsys) == [
        f"customs does not have 2 messages that wait for its answer: {', '.join(sorted(waiting))}",
        f"customs does not know 1 filings that it answered: {done}",
        f"customs does not know 1 registers or statements that it sent: GRT301 {levy}",
    ]
    told = await place.said(capsys, recover)
    assert told["sent_again"] == 2
    assert [line.partition(":")[0] for line in told["left"]] == [
        f"{done} (approved)",
        f"GRT301 {levy}",
    ]
    async with place.pair() as pair, client(pair.ready) as api:
        for seq_no, enterprise in waiting.items():
            await api.until(seq_no, "approved", enterprise=enterprise)
        assert (await api.declaration(done, enterprise=SHANGHAI)) == answered[done]
    assert await parked(place) == []


@pytest.mark.slow
async def test_both_restored_from_different_moments(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    async with place.pair() as pair, client(pair.ready) as api:
        first = await filed(api, 1, 2)
    place.keep(SIDES["gateway"])
    async with place.pair() as pair, client(pair.ready) as api:
        second = await filed(api, 3, 2)
    place.keep(SIDES["customs"])
    async with place.pair() as pair, client(pair.ready) as api:
        third = await filed(api, 5, 2)
    place.put_back(SIDES["both"])

    told = await place.said(capsys, recover)
    assert (set(told["filings"]), told["left"]) == (set(second), [])
    async with place.pair() as pair, client(pair.ready) as api:
        later = await filed(api, 7, 2)
        assert not later.keys() & (first | second | third).keys()
        for n, seq_no in enumerate(first | second, 1):
            now = await api.until(seq_no, "approved", enterprise=(BEIJING, SHANGHAI)[n % 2])
            assert now["business_no"] == (first | second)[seq_no]["business_no"]
        numbers = [row["business_no"] for row in (first | second | third | later).values()]
        assert len(numbers) == len(set(numbers))
    assert await place.missing(capsys) == []
    assert await parked(place) == []


@pytest.mark.slow
@pytest.mark.parametrize("side", SIDES)
async def test_a_copy_made_under_load_is_restored(
    place: Place, capsys: pytest.CaptureFixture[str], side: str
) -> None:
    made: dict[str, dict[str, Any]] = {}
    owner: dict[str, str] = {}

    async def file(api: Api, n: int) -> None:
        enterprise = (BEIJING, SHANGHAI)[n % 2]
        body = grt101(f"R{n}", n, enterprise=enterprise, ltguaNo=f"LG-{n}")
        seq_no = (await api.taken(body, enterprise=enterprise))["seq_no"]
        assert seq_no not in owner
        owner[seq_no] = enterprise
        made[seq_no] = await api.until(seq_no, "approved", enterprise=enterprise)

    async with place.pair() as pair, client(pair.ready) as api, asyncio.TaskGroup() as load:
        for n in range(1, 41):
            load.create_task(file(api, n))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(place.keep, SIDES[side])
    place.put_back(SIDES[side])
    async with place.pair() as pair, client(pair.ready) as api, asyncio.TaskGroup() as load:
        for n in range(41, 61):
            load.create_task(file(api, n))
    told = await place.said(capsys, recover)
    if side == "gateway":
        assert told["left"] == []

    async with place.pair() as pair, client(pair.ready) as api:
        # What customs answered and lost keeps its answer here; what both lost is nowhere.
        for seq_no in made if side != "both" else [s for s in made if s in told["filings"]]:
            now = await api.until(seq_no, "approved", enterprise=owner[seq_no])
            assert now["business_no"] == made[seq_no]["business_no"]
        for enterprise in (BEIJING, SHANGHAI):
            receipts = await api.receipts(enterprise=enterprise)
            assert [r["seq"] for r in receipts] == list(range(1, len(receipts) + 1))
            assert all(owner[r["seq_no"]] == enterprise for r in receipts)
    numbers = [row["business_no"] for row in made.values()]
    assert (len(numbers), len(set(numbers))) == (60, 60)
