"""The console over HTTP: what every page and answer carries, and forms against forgery."""

from __future__ import annotations

import re

import pytest

from customs_sim.desk.decisions import Act
from tests.customs_factories import seq_of
from tests.flow.console.visitor import PAGE, Api, audit, filed, post, token


async def test_every_page_of_the_menu_is_there_and_says_what_to_do_when_empty(api: Api) -> None:
    client, _ = api
    menu = re.findall(r'<a href="(/[a-z]*)"', await (await client.get("/", headers=PAGE)).text())
    assert len(menu) >= 8
    for path in (*menu, "/operators", "/login"):
        answer = await client.get(path, headers=PAGE)
        assert (answer.status, answer.content_type) == (200, "text/html"), path
    assert "没有等待处理的案卷" in await (await client.get("/", headers=PAGE)).text()


async def test_every_answer_forbids_foreign_script_frames_and_guessing(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    for path in ("/", "/cases/1", "/nothing", "/login"):
        answer = await client.get(path, headers=PAGE)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        page = await answer.text()
        assert (
            re.findall(r"<script(?![^>]*\bsrc=)|\bon[a-z]+=\"|<style| style=\"|javascript:", page)
            == []
        )
        assert set(re.findall(r"(?:src|href)=\"(https?:)?//", page)) == set()


async def test_a_page_in_english_is_asked_for_by_the_address_and_remembered(api: Api) -> None:
    client, _ = api
    assert "Work list" in await (await client.get("/?lang=en", headers=PAGE)).text()
    assert "Levies" in await (await client.get("/levies", headers=PAGE)).text()
    assert "征收单" in await (await client.get("/levies?lang=zh", headers=PAGE)).text()


async def test_what_is_unknown_is_a_page_that_says_so_and_bad_numbers_are_never_a_500(
    api: Api,
) -> None:
    client, _ = api
    for path in (
        "/cases/99",
        "/cases/x",
        "/cases/9223372036854775808",
        "/levies/<script>",
        "/guarantees/ZB1",
        "/messages/0",
        "/parked/7",
        "/attachments/1",
        "/nothing",
    ):
        answer = await client.get(path, headers=PAGE)
        assert (answer.status, answer.content_type) == (404, "text/html"), path
        assert "<script>" not in await answer.text()
    assert (await client.get("/?cursor=x", headers=PAGE)).status == 400
    assert (await client.get("/?from_amount=1e5", headers=PAGE)).status == 400
    assert (await client.get("/?limit=-1", headers=PAGE)).status == 400


# forms


async def test_a_form_decides_and_the_next_page_says_what_happened(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    answer = await post(
        client, "/decide", csrf=await token(client), seq_no=seq_of(1), act="approve", back="/"
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert "通过: 1 件" in await (await client.get("/", headers=PAGE)).text()
    await house.gateway.answered(3)
    assert house.gateway.to(1)[-1] == ("GRT201", "1")
    assert "通过: 1 件" not in await (await client.get("/", headers=PAGE)).text()


@pytest.mark.parametrize("act", [act.value for act in Act])
@pytest.mark.slow
async def test_a_form_without_its_token_or_from_another_page_does_nothing(
    api: Api, act: str
) -> None:
    client, house = api
    await filed(house, 1)
    right = await token(client)
    for headers, form in (
        ({}, {}),
        ({}, {"csrf": "0" * 64}),
        ({"Origin": "http://evil.example"}, {"csrf": right}),
    ):
        answer = await post(client, "/decide", headers, seq_no=seq_of(1), act=act, **form)
        assert answer.status in (401, 403)
    assert len(house.gateway.answers) == 2


async def test_a_way_back_never_leads_away(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    right = await token(client)
    for away in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
    ):
        answer = await post(
            client, "/decide", csrf=right, seq_no=seq_of(1), act="hold", notes="x", back=away
        )
        assert answer.headers["Location"] == "/", away


async def test_a_refused_form_comes_back_with_the_rule_and_what_was_typed(api: Api) -> None:
    client, _ = api
    answer = await post(
        client,
        "/levies",
        csrf=await token(client, "/levies"),
        back="/levies",
        enterprise="1105910159",
        customs="0100",
        amount="-1",
        biz_type="2",
        biz_no="C010016A0471",
        oriact_no="C010016A0471",
        form="issue",
    )
    assert answer.headers["Location"] == "/levies#issue"
    page = await (await client.get("/levies", headers=PAGE)).text()
    assert "P301.01" in page
    assert 'name="amount" inputmode="decimal" value="-1"' in page
    assert [(e["action"], e["outcome"]) for e in await audit(client)] == [
        ("post_levies", "P301.01")
    ]
