"""What goes over the wire between an open page and the desk: packed pages, live parts alone, files
that are asked for once, questions before acts."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from customs_sim.cli.app import control_app
from gateway.base.web.underway import end, make_runner
from tests.customs_factories import House, seq_of
from tests.flow.console.visitor import KEY, PAGE, Api, audit, filed, post, token

LIVE = "X-Live"
PACKED = {"Accept-Encoding": "gzip"}
ROWS = 100
"""Of a page, however many wait."""


@pytest.fixture
async def wire(api: Api) -> AsyncIterator[tuple[aiohttp.ClientSession, House]]:
    """The desk as a process serves it, and a client that sees what is on the wire."""
    _, house = api
    runner = make_runner(control_app(house.node, operator_key=KEY, keyless=True), keep_alive=5)
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{runner.addresses[0][1]}",
        auto_decompress=False,
        cookie_jar=aiohttp.CookieJar(unsafe=True),
    ) as client:
        yield client, house
    await end(runner, 1)


async def test_the_work_list_weighs_little_and_a_change_of_it_less(
    wire: tuple[aiohttp.ClientSession, House],
) -> None:
    client, house = wire
    await filed(house, *range(1, ROWS + 21))
    whole = await client.get("/", headers=PAGE | PACKED)
    content = await whole.read()
    assert whole.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in whole.headers["Vary"]
    page = gzip.decompress(content).decode()
    assert page.count("data-row=") == ROWS
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    for path in files:
        answer = await client.get(path, headers=PACKED)
        assert "immutable" in answer.headers["Cache-Control"], path
        content += await answer.read()
    assert len(content) < 150_000, "with its stylesheets and its script"

    first = await client.get("/", headers=PAGE | PACKED | {LIVE: "-"})
    parts = await first.read()
    assert len(parts) < 20_000
    assert len(parts) < len(gzip.decompress(parts)) / 3
    marks = re.findall(rb'"([\w-]+)":\{"hash":"(\w+)"', gzip.decompress(parts))
    has = " ".join(f"{name.decode()}={mark.decode()}" for name, mark in marks)
    assert {name for name, _ in marks} >= {b"list", b"total", b"world", b"business-now"}
    again = await client.get("/", headers=PAGE | PACKED | {LIVE: has})
    assert await again.json(content_type=None) == {}, "nothing has changed"
    await filed(house, 500)
    changed = await client.get("/", headers=PAGE | PACKED | {LIVE: has})
    news = await changed.read()
    assert len(news) < 20_000
    assert b'"total"' in gzip.decompress(news)
    assert b'"world"' not in gzip.decompress(news)


async def test_what_is_small_or_not_wanted_packed_goes_as_it_is(
    wire: tuple[aiohttp.ClientSession, House],
) -> None:
    client, _ = wire
    for path, headers in (
        ("/livez", PACKED),
        ("/", PAGE | {"Accept-Encoding": "identity"}),
        ("/", PAGE | {"Accept-Encoding": "br, gzip;q=0"}),
    ):
        answer = await client.get(path, headers=headers)
        assert "Content-Encoding" not in answer.headers, headers
    answer = await client.head("/", headers=PAGE | PACKED)
    assert answer.status == 200


async def test_a_live_look_eats_no_message_of_an_act(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    await post(client, "/decide", csrf=await token(client), seq_no=seq_of(1), act="claim")
    looked = await client.get("/", headers=PAGE | {LIVE: "-"})
    assert looked.content_type == "application/json"
    assert 'class="flash good"' in await (await client.get("/", headers=PAGE)).text()


async def test_a_form_that_only_asks_does_nothing(api: Api) -> None:
    client, house = api
    await filed(house, 1, 2)
    csrf, asks = await token(client), {LIVE: "ask"}
    free = await post(client, "/decide", asks, csrf=csrf, seq_no=seq_of(1), act="claim")
    assert free.status == 204
    asked = await post(client, "/decide", asks, csrf=csrf, seq_no=seq_of(1), act="return")
    assert 'class="card stack question' in await asked.text()
    wrong = await post(client, "/levies", asks, csrf=csrf, amount="12万")
    assert wrong.status == 204, "what is wrong is told when it is sent"
    forged = await post(client, "/decide", asks, csrf="x", seq_no=seq_of(1), act="claim")
    assert forged.status == 204, "a page of nobody is given nothing"
    cases = (await (await client.get("/control/v1/worklist")).json())["items"]
    assert [case["status"] for case in cases] == ["received", "received"]
    tried = await (await client.get("/control/v1/audit")).json()
    assert tried["items"] == []


async def test_a_form_without_its_token_is_given_back_to_our_own_page_alone(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    form = {"csrf": "gone", "seq_no": seq_of(1), "act": "return", "notes": "材料不全"}
    own = {"Origin": str(client.make_url("/")).rstrip("/")}
    back = await post(client, "/decide", own, **form)
    page = await back.text()
    assert back.status == 403
    assert "材料不全" in page
    assert 'name="sure"' not in page, "the question of the act is still to come"
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert (await post(client, "/decide", own, **fields)).status == 303
    assert "材料不全" in (await audit(client, seq_of(1)))[0]["after"]
    for other in ({}, {"Origin": "http://example.com"}):
        refused = await post(client, "/decide", other, **form)
        assert refused.status in (401, 403)
        assert "材料不全" not in await refused.text()


async def test_files_of_another_version_are_given_but_not_kept(api: Api) -> None:
    client, _ = api
    old = await client.get("/static/0123456789ab/pages.css")
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache")
    assert (await client.get("/static/0123456789ab/pages.py")).status == 404
