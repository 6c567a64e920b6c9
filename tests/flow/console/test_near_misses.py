"""Why no fault struck: what each looked at, and the nearest miss with its reasons; on the page and
in the control API. The form offers what there is, and refuses what can never strike."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.customs_factories import LETTER, declaration
from tests.flow.console.visitor import PAGE, V1, Api, filed, post, token


async def rules(api: Api) -> list[dict[str, Any]]:
    client, _ = api
    found: list[dict[str, Any]] = (await (await client.get(V1 + "/faults")).json())["rules"]
    return found


async def test_the_nearest_miss_of_each_fault_is_told_with_its_reasons(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    answer = await client.put(
        V1 + "/faults",
        json={
            "rules": [
                {"fault": "drop", "match": {"type": "GRT201", "enterprise": "3105960AAA"}},
                {"fault": "repeat", "match": {"type": "GRT301", "ref": "R-9"}},
                {"fault": "one_after_three"},
                {"fault": "delay", "match": {"type": "GRT200", "nth": 3}},
                {"fault": "bom", "match": {"type": "GRT200", "limit": 1}},
            ]
        },
    )
    assert answer.status == 200, await answer.text()
    assert [(rule["looked"], rule["nearest"]) for rule in await rules(api)] == [(0, None)] * 5
    await filed(house, 2)
    await house.gateway.send(declaration(3, LETTER | {"ltguaNo": "LG-3"}))
    await house.gateway.answered(6)
    found = await rules(api)
    assert [(rule["looked"], rule["hits"]) for rule in found] == [
        (4, 0),
        (4, 0),
        (4, 0),
        (4, 0),
        (4, 1),
    ]
    drop, repeat, one, delay, bom = (rule["nearest"] for rule in found)
    assert (drop["message_type"], drop["case_no"]) == ("GRT201", 3)
    assert drop["reasons"] == [
        {
            "what": "enterprise",
            "found": "1105910159",
            "wanted": "3105960AAA",
            "zh": "企业 1105910159, 应为 3105960AAA",
            "en": "enterprise 1105910159, wanted 3105960AAA",
        }
    ]
    assert [each["what"] for each in repeat["reasons"]] == ["type", "ref"]
    assert [each["what"] for each in one["reasons"]] == ["content"]
    assert [(e["what"], e["found"], e["wanted"]) for e in delay["reasons"]] == [
        ("count", "2 / 0", "nth 3")
    ]
    assert [each["what"] for each in bom["reasons"]] == ["count"]
    page = await (await client.get("/scenarios", headers=PAGE)).text()
    said = [
        " ".join(html.unescape(re.sub(r"<[^>]+>", " ", why)).split())
        for why in re.findall(r'<p class="why">(.*?)</p>', page, re.DOTALL)
    ]
    assert len(said) == 4
    assert said[0] == "为何没有命中: 最接近的 GRT201 — 企业 1105910159 ≠ 3105960AAA"


async def test_a_fault_that_is_added_leaves_what_the_others_looked_at(api: Api) -> None:
    client, house = api
    right = await token(client, "/scenarios")
    add = {"csrf": right, "do": "one", "form": "fault", "back": "/scenarios"}
    assert (await post(client, "/faults", **add, fault="drop", type="GRT301")).status == 303
    await filed(house, 1)
    assert (await post(client, "/faults", **add, fault="repeat", type="GRT301")).status == 303
    assert [(rule["name"], rule["looked"]) for rule in await rules(api)] == [
        ("drop-1", 2),
        ("repeat-1", 0),
    ]


async def test_the_form_refuses_what_can_never_strike_and_marks_the_field(api: Api) -> None:
    client, _ = api
    right = await token(client, "/scenarios")
    told = {"csrf": right, "do": "one", "form": "fault", "back": "/scenarios"}
    for wrong, field in (
        ({"fault": "drop", "enterprise": "北京"}, "enterprise"),
        ({"fault": "three_after_two", "type": "GRT200"}, "type"),
        ({"fault": "drop", "nth": "-1"}, "nth"),
    ):
        answer = await post(client, "/faults", **told, **wrong)
        assert answer.headers["Location"] == "/scenarios#fault", wrong
        page = await (await client.get("/scenarios", headers=PAGE)).text()
        marked = re.findall(r'<(?:select|input)[^>]*aria-invalid="true"', page)
        assert [f'name="{field}"' in each for each in marked] == [True], (wrong, marked)
    assert await rules(api) == []
    refused = await client.put(
        V1 + "/faults", json={"rules": [{"fault": "drop", "match": {"enterprise": "北京"}}]}
    )
    assert refused.status == 404
