"""Notes for the next officer: left on the front page, shown with who and when, cleared by a click,
audited."""

from __future__ import annotations

import asyncio
import html
import re
from typing import Any

import pytest

from customs_sim.desk.handover import LONGEST, MOST
from tests.flow.console.visitor import AWAY, KEY, PAGE, V1, Api, audit, post, token

SAID = "ZB-1 等企业补交 <保函>\n周一再看"


def lying(shown: str) -> list[str]:
    found = re.findall(r'<bdi class="note">(.*?)</bdi>', shown, re.DOTALL)
    return [html.unescape(each) for each in found]


async def page(client: Any, path: str) -> str:
    text: str = await (await client.get(path, headers=PAGE)).text()
    return text


async def leave(client: Any, text: str) -> Any:
    return await post(client, "/handover", csrf=await token(client), text=text, back="/today")


async def test_a_note_lies_on_the_desk_until_somebody_clears_it(api: Api) -> None:
    client, _ = api
    assert "桌上没有便条" in await page(client, "/today")
    assert (await leave(client, SAID)).status == 303
    shown = await page(client, "/today")
    assert lying(shown) == [SAID]
    assert "2026-11-23 12:00" in shown
    assert "<bdi>本机</bdi>" in shown
    assert "this machine" in await page(client, "/today?lang=en")
    named = re.search(r'name="id" value="(\w+)"', shown)
    assert named
    clear = {"csrf": await token(client), "id": named[1]}
    await post(client, "/handover/clear", **clear)
    shown = await page(client, "/today?lang=zh")
    assert lying(shown) == []
    assert "便条已清除" in shown
    assert (await client.post("/handover/clear", data=clear)).status == 404, "twice is once"
    acts = [(each["operator"], each["action"], each["outcome"]) for each in await audit(client)]
    assert acts[-2:] == [
        ("本机 local", "handover_clear", "done"),
        ("本机 local", "handover", "done"),
    ]
    assert "周一再看" in await page(client, "/audit"), "what was said stays known"


async def test_what_is_no_note_is_told_at_its_field_and_kept(api: Api) -> None:
    client, _ = api
    for text in ("", "  ", "长" * (LONGEST + 1)):
        await leave(client, text)
        shown = await page(client, "/today")
        assert f"1 到 {LONGEST} 个字" in shown
        assert lying(shown) == []
    await asyncio.gather(*(leave(client, f"第 {n} 张") for n in range(MOST)))
    assert len(lying(await page(client, "/today"))) == MOST, "two at once lose nothing"
    await leave(client, "多一张")
    shown = await page(client, "/today")
    assert "NOTE.01" in shown
    assert len(lying(shown)) == MOST


@pytest.mark.parametrize("role", ["viewer", "officer"])
async def test_a_viewer_reads_notes_and_an_officer_acts(api: Api, role: str) -> None:
    client, _ = api
    await leave(client, SAID)
    own = {"Authorization": f"Bearer {KEY}"}
    made = await client.post(V1 + "/operators", json={"name": "甲", "role": role}, headers=own)
    key = (await made.json())["key"]
    csrf = await token(client, "/login", **AWAY)
    await post(client, "/login", AWAY, csrf=csrf, key=key, next="/today")
    shown = await (await client.get("/today", headers=PAGE | AWAY)).text()
    assert lying(shown) == [SAID]
    offered = 'action="/handover/clear"' in shown, 'action="/handover"' in shown
    assert offered == ((role == "officer"),) * 2
    found = re.search(r'name="csrf" value="(\w+)"', shown)
    assert found
    answer = await post(client, "/handover", AWAY, csrf=found[1], text="x", back="/today")
    assert answer.status == (303 if role == "officer" else 403)
