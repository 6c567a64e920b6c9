"""Expectations have a page: what was stated, how it stands, with a link to the case."""

from __future__ import annotations

import re

from tests.customs_factories import seq_of
from tests.flow.console.visitor import PAGE, V1, Api, filed, post, token


async def test_an_expectation_is_stated_judged_and_deleted_on_its_page(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    right = await token(client, "/expectations")
    form = {"csrf": right, "form": "expectation", "back": "/expectations", "hours": "2"}
    asked = form | {"seq_no": seq_of(1), "status": "approved", "name": "the first"}
    assert (await post(client, "/expectations", **asked)).status == 303
    page = await (await client.get("/expectations", headers=PAGE)).text()
    assert "… 待定" in page
    assert 'href="/cases/1"' in page
    items = {"items": [{"seq_no": seq_of(1), "result": "return", "notes": ["x"]}]}
    await client.post(V1 + "/decisions", json=items)
    page = await (await client.get("/expectations", headers=PAGE)).text()
    assert "✗ 不符" in page
    assert (await post(client, "/expectations/1/drop", csrf=right)).status == 303
    assert (await (await client.get(V1 + "/expectations")).json())["total"] == 0
    for wrong, field in (({"hours": "0"}, "hours"), ({"receipts": "X"}, "receipts")):
        answer = await post(client, "/expectations", **asked | wrong)
        assert answer.headers["Location"] == "/expectations#expectation"
        page = await (await client.get("/expectations", headers=PAGE)).text()
        (marked,) = re.findall(r'<(?:select|input)[^>]*aria-invalid="true"', page)
        assert f'name="{field}"' in marked
