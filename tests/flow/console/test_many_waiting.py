"""Thousands of cases that wait: all that fit a filter are decided at once, with a question before,
progress, and a list of what was refused; pages and their changes stay light."""

from __future__ import annotations

import gzip
import re

import pytest

from customs_sim.cases.settings import CustomsSettings
from customs_sim.console import decide_page
from tests.customs_factories import House, crowd, seq_of
from tests.flow.console.visitor import PAGE, Api, client_of, filed, post, token

LIVE = PAGE | {"X-Live": "-"}
MANY, TWINS, EMPTY = 150, 120, 3
"""Cases that wait; those of them that bring one letter, of which a rule lets one pass; and those
for no amount, of which it lets none."""
REFUSED = TWINS - 1 + EMPTY


def given(page: str) -> list[int]:
    """Done, refused, undone, still to come."""
    return [int(number) for number in re.findall(r"<dd>(\d+)</dd>", page)]


async def weight(api: Api, path: str, headers: dict[str, str] = PAGE) -> int:
    """Bytes of an answer, packed as a browser asks for it."""
    return len(gzip.compress(await (await api[0].get(path, headers=headers)).read(), 4))


async def test_all_that_fit_are_given_before_any_rule_runs_and_what_is_refused_is_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decide_page, "CHUNK", 100)
    house = House(settings=CustomsSettings(profile="manual", undo=5.0))
    async with house, client_of(house) as client:
        api = client, house
        await house.store.write(lambda c: crowd.wait(c, MANY, twins=TWINS, empty=EMPTY))
        csrf = await token(client)
        fit = {"csrf": csrf, "act": "approve", "scope": "fit", "back": "/?enterprise=1105910159"}
        asked = await (await post(client, "/decide", **fit)).text()
        assert f"通过 {MANY} 件?" in asked
        total = sum(100_000 + n % 900_000 for n in range(crowd.FIRST, crowd.FIRST + MANY - EMPTY))
        assert f"合计 {total:,}.00 元" in asked
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked))
        later = crowd.FIRST + MANY
        await house.store.write(lambda c: crowd.wait(c, 1, first=later))
        told = await post(client, "/decide", **fields)
        where = told.headers["Location"]
        assert where.startswith("/batches/")

        async def batch() -> str:
            return await (await client.get(where, headers=PAGE)).text()

        assert given(await batch()) == [0, 0, 0, MANY], "no rule ran yet, so none is refused"
        assert await house.rows("SELECT DISTINCT status FROM c_cases") == [("received",)]
        house.wall.advance(6)
        await house.has_rows("SELECT count(*) FROM c_pending WHERE outcome = ''", [(0,)])
        page = await batch()
        assert given(page) == [MANY - REFUSED, REFUSED, 0, 0]
        assert page.count("S101.18") == 100
        assert f"1–100 / {REFUSED}" in page
        second = await (await client.get(where + "&page=2", headers=PAGE)).text()
        assert second.count("S101.") >= REFUSED - 100
        assert await weight(api, where, LIVE) < 20_000
        waits = await house.rows(
            f"SELECT case_no FROM c_cases WHERE status = 'received' AND case_no >= {later}"
        )
        assert waits == [(later,)], "what came after the question was not decided"


async def test_many_are_taken_back_while_they_are_still_to_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decide_page, "CHUNK", 10)
    house = House(settings=CustomsSettings(profile="manual", undo=5.0))
    async with house, client_of(house) as client:
        await house.store.write(lambda c: crowd.wait(c, 30))
        csrf = await token(client)
        fit = {"csrf": csrf, "act": "return", "scope": "fit", "back": "/", "notes": "缺附件"}
        told = await post(client, "/decide", **fit, sure="yes")
        where = told.headers["Location"]
        number = where.rpartition("/")[2]
        await post(client, "/decide", csrf=csrf, act="undo", batch=number, back=where)
        house.wall.advance(6)
        page = await (await client.get(where, headers=PAGE)).text()
        assert given(page) == [0, 0, 30, 0]
        assert house.gateway.answers == []


async def test_without_a_grace_many_are_decided_at_once_and_lead_to_no_missing_page(
    api: Api,
) -> None:
    client, house = api
    await filed(house, *range(1, 31))
    fit = {"csrf": await token(client), "act": "approve", "scope": "fit", "back": "/"}
    told = await post(client, "/decide", **fit, sure="yes")
    assert told.headers["Location"] == "/"
    assert await house.rows("SELECT count(*) FROM c_cases WHERE status = 'approved'") == [(30,)]
    assert seq_of(1) not in await (await client.get("/", headers=PAGE)).text()
