"""The console over HTTP: work at the desk, with one case and with many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse

from customs_sim.cases.settings import CustomsSettings
from customs_sim.desk.decisions import Act, Decided, Decision
from gateway.base.message import Message
from tests.bounds import within
from tests.conftest import Stores, on
from tests.customs_factories import LETTER, House, declaration, seq_of
from tests.flow.console.visitor import PAGE, V1, Api, audit, client_of, filed, post, token


async def test_in_one_batch_a_change_frees_the_letter_that_the_next_case_takes(api: Api) -> None:
    client, house = api
    await client.put(V1 + "/profile", json={"profile": "instant"})
    await house.gateway.send(declaration(1))
    held = (await house.gateway.answered(2))[1].body("GrtGasrLevyBsc")
    await client.put(V1 + "/profile", json={"profile": "manual"})
    change = held | {"dclTypecd": "2", "chgTmsCnt": "1", "ltguaNo": "LG-NEW"}
    await house.gateway.send(declaration(2, change))
    await house.gateway.answered(4)
    await house.gateway.send(declaration(3, LETTER | {"ltguaNo": held["ltguaNo"]}))
    await house.gateway.answered(6)
    made = await house.node.desk.decide(
        [Decision(seq_no=seq_of(n), result=Act.APPROVE) for n in (2, 3)]
    )
    assert [type(each) for each in made] == [Decided, Decided]


# the other kind of store


@on("server")
@pytest.mark.slow
async def test_the_desk_works_on_postgresql_too(stores: Stores) -> None:
    house = House(stores.url("desk"), settings=CustomsSettings(profile="manual"))
    async with house, client_of(house) as client:
        await filed(house, 1, 2)
        assert (
            await post(client, "/decide", csrf=await token(client), seq_no=seq_of(1), act="approve")
        ).status == 303
        await house.gateway.answered(5)
        await client.post(
            V1 + "/payments",
            json={"amount": "5", "paid_at": "2026-11-23T12:00:00+08:00", "reference": "B"},
        )
        await client.post(
            V1 + "/statements",
            json={"enterprise": "1105910159", "from": "2026-11-01", "to": "2026-11-23"},
        )
        for path in (
            "/",
            "/?kind=GRT101&from_amount=1&enterprise=1105910159",
            "/cases/1",
            "/cases/2",
            "/levies",
            "/payments",
            "/guarantees",
            "/guarantees/ZB0100202600001",
            "/statements",
            "/messages",
            "/messages/1",
            "/parked",
            "/scenarios",
            "/clock",
            "/audit",
            "/operators",
        ):
            answer = await client.get(path, headers=PAGE)
            assert answer.status == 200, (path, await answer.text())
        assert [(e["action"], e["outcome"]) for e in await audit(client)] == [
            ("statement", "done"),
            ("pay", "done"),
            ("approve", "done"),
        ]


# many


@pytest.fixture
async def crowd() -> AsyncIterator[Api]:
    """A thousand cases that wait."""
    house = House(settings=CustomsSettings(profile="manual"))
    async with house, client_of(house) as client:
        for start in range(1, 1001, 250):
            await filed(house, *range(start, start + 250))
        yield client, house


@pytest.mark.timed
@pytest.mark.slow
async def test_a_thousand_waiting_cases_render_within_300_ms_and_stay_live(crowd: Api) -> None:
    client, house = crowd
    assert "1000" in await (await client.get("/?limit=1000", headers=PAGE)).text()  # warm
    took = []
    for _ in range(5):
        begin = time.perf_counter()
        page = await (await client.get("/?limit=1000", headers=PAGE)).text()
        took.append(time.perf_counter() - begin)
    assert page.count('data-row="') == 1000
    print(f"1,000 waiting cases rendered in {', '.join(f'{t * 1000:.0f}' for t in took)} ms")
    assert within(min(took), 0.3), took
    async with client.get("/events") as stream:
        assert b'"waiting":1000' in await asyncio.wait_for(stream.content.readline(), 5)
        await stream.content.readline()
        await filed(house, 1001)
        assert b'"waiting":1001' in await asyncio.wait_for(news(stream, b'"waiting":1001'), 5)


async def news(stream: ClientResponse, wanted: bytes) -> bytes:
    """The first line of the stream that has it."""
    while wanted not in (line := await stream.content.readline()):
        assert line
    return line


@pytest.mark.timed
@pytest.mark.slow
async def test_two_hundred_cases_are_decided_at_once_within_2_s(crowd: Api) -> None:
    client, house = crowd
    form = [
        ("csrf", await token(client)),
        ("act", "approve"),
        ("back", "/"),
        ("sure", "yes"),
        *(("seq_no", seq_of(n)) for n in range(1, 201)),
    ]
    begin = time.perf_counter()
    answer = await client.post("/decide", data=form, headers=PAGE, allow_redirects=False)
    took = time.perf_counter() - begin
    assert answer.status == 303
    assert await house.rows("SELECT count(*) FROM c_cases WHERE status = 'approved'") == [(200,)]
    print(f"200 cases decided at once in {took:.2f} s")
    assert within(took, 2.0), took
    assert len(await audit(client)) == 100
    assert (await house.rows("SELECT count(*) FROM c_audit WHERE action = 'approve'")) == [(200,)]


async def test_a_message_that_cannot_be_read_is_shown_with_its_reason(api: Api) -> None:
    client, house = api
    await house.node.on_batch(
        [Message(id="BAD-1", body=b"<a>\xff<script>alert(1)</script>", headers={})]
    )
    page = await (await client.get("/parked", headers=PAGE)).text()
    assert "BAD-1" in page
    one = await client.get("/parked/1", headers=PAGE)
    assert one.status == 200
    assert "<script>alert" not in await one.text()
    raw = await client.get("/parked/1/raw", headers=PAGE)
    assert await raw.read() == b"<a>\xff<script>alert(1)</script>"
    assert raw.headers["Content-Disposition"].startswith("attachment")
    assert (await post(client, "/parked/1/retry", csrf=await token(client))).status == 303
    again = await (await client.get("/parked", headers=PAGE)).text()
    assert "仍不能处理" in again
    [left] = await house.rows("SELECT id FROM c_parked")
    asked = await post(client, f"/parked/{left[0]}/drop", csrf=await token(client))
    assert (asked.status, f"丢弃死信 {left[0]}?" in await asked.text()) == (200, True)
    sure = {"csrf": await token(client), "sure": "yes"}
    assert (await post(client, f"/parked/{left[0]}/drop", **sure)).status == 303
    assert await house.rows("SELECT count(*) FROM c_parked WHERE binned_until = 0") == [(0,)]
    assert [(e["action"], e["target"]) for e in await audit(client)] == [
        ("parked_drop", "BAD-1"),
        ("parked_retry", "BAD-1"),
    ]
