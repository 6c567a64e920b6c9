"""One box on every page finds anything by any of its numbers, or by the beginning of one."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import ClientResponse

from tests.customs_factories import seq_of
from tests.customs_factories.writing import gateway_id
from tests.flow.console.visitor import PAGE, V1, Api, filed, post, token

ENVELOPE = "DXPENT0000000001DXPEDCGRT00000012026112311590000000000001"
"""The message_id that the enterprise's package carries."""


async def groups(api: Api, q: str, **more: str) -> dict[str, list[dict[str, Any]]]:
    answer = await api[0].get(V1 + "/search", params={"q": q} | more)
    assert answer.status == 200, await answer.text()
    return {group["kind"]: group["items"] for group in (await answer.json())["groups"]}


async def visit(api: Api, path: str, **query: str) -> ClientResponse:
    return await api[0].get(path, params=query, headers=PAGE, allow_redirects=False)


async def set_up(api: Api) -> dict[str, str]:
    """Return the numbers of a guarantee, a levy, a payment and a statement; two cases wait."""
    client, house = api
    await filed(house, 1, 2, 3)
    csrf = await token(client)
    await post(client, "/decide", csrf=csrf, one=f"approve:{seq_of(3)}", back="/")
    due = await client.post(
        V1 + "/levies",
        json={
            "enterprise": "3105960AAA",
            "customs": "2200",
            "amount": "1200.50",
            "biz_type": "2",
            "biz_no": "C220026A0099",
            "oriact_no": "C220026A0471",
        },
    )
    assert due.status == 201, await due.text()
    paid = await client.post(
        V1 + "/payments",
        json={"amount": "88000", "paid_at": "2026-11-23T10:00:00+08:00", "reference": "BANK-77/1"},
    )
    stated = await client.post(
        V1 + "/statements",
        json={"enterprise": "1105910159", "from": "2026-11-01", "to": "2026-11-22"},
    )
    assert stated.status == 201, await stated.text()
    guarantees = (await (await client.get(V1 + "/guarantees")).json())["items"]
    return {
        "guarantee": guarantees[0]["gasr_no"] if guarantees else "",
        "levy": (await due.json())["levy_no"],
        "payment": (await paid.json())["payment_no"],
        "statement": (await stated.json())["statement_no"],
    }


async def test_every_number_and_its_beginning_is_found_by_kind(api: Api) -> None:
    numbers = await set_up(api)
    for q, kind, number in (
        (seq_of(1), "case", seq_of(1)),
        ("R-0002", "case", seq_of(2)),
        ("r-0002", "case", seq_of(2)),
        ("LG-0002", "case", seq_of(2)),
        (numbers["levy"], "levy", numbers["levy"]),
        (numbers["levy"][:8], "levy", numbers["levy"]),
        ("C220026A0099", "levy", numbers["levy"]),
        ("c220026a0471", "levy", numbers["levy"]),
        (numbers["payment"], "payment", numbers["payment"]),
        ("BANK-77", "payment", numbers["payment"]),
        (numbers["statement"], "statement", numbers["statement"]),
        (gateway_id(2), "message", gateway_id(2)),
        (gateway_id(2)[:12].lower(), "message", gateway_id(2)),
        (ENVELOPE, "message", gateway_id(1)),
        ("上海某某", "enterprise", "3105960AAA"),
        ("3105", "enterprise", "3105960AAA"),
    ):
        found = await groups(api, q)
        assert number in [hit["number"] for hit in found.get(kind, ())], (q, found)
    for q in ("R_0002", "%", "R-0002x", "ANK-77"):
        assert await groups(api, q) == {}, q
    matched = (await groups(api, "C220026A0099"))["levy"][0]["matched"]
    assert matched == [
        {
            "field": "biz_no",
            "label_zh": "业务单证编号",
            "label_en": "business document no.",
            "value": "C220026A0099",
        }
    ]
    assert list(await groups(api, numbers["levy"], kind="message")) == []


async def test_the_only_hit_is_gone_to_and_several_stand_by_kind_with_links_and_counts(
    api: Api,
) -> None:
    numbers = await set_up(api)
    for q, there in (
        ("R-0002", "/cases/2"),
        (seq_of(2), "/cases/2"),
        (numbers["levy"], f"/levies/{numbers['levy']}"),
        ("BANK-77/1", f"/payments?q={numbers['payment']}"),
    ):
        answer = await visit(api, "/search", q=q)
        assert (answer.status, answer.headers.get("Location")) == (303, there), q
        assert (await visit(api, there)).status == 200
    page = await (await visit(api, "/search", q="R-000")).text()
    assert re.findall(r'<section class="card" id="of-(\w+)">', page) == ["case"]
    assert re.search(r'案卷\s+<span class="total">3</span>', page)
    assert 'href="/cases/1"' in page
    assert "企业内部编号" in page
    await filed(api[1], *range(11, 21))
    page = await (await visit(api, "/search", q="R-00")).text()
    assert 'href="/search?q=R-00&amp;kind=case">全部 13' in page
    whole = await (await visit(api, "/search", q="R-00", kind="case")).text()
    assert len(re.findall(r'data-row="case-', whole)) == 13
    assert "没有找到" in await (await visit(api, "/search", q="nothing")).text()
    assert (await visit(api, "/search", q="x" * 256)).status == 400


async def test_the_box_stands_on_every_page_and_the_lists_take_beginnings(api: Api) -> None:
    client, _ = api
    numbers = await set_up(api)
    for path in ("/", "/levies", "/clock", "/cases/1", f"/levies/{numbers['levy']}", "/audit"):
        assert (
            '<form method="get" action="/search" class="find"'
            in await (await visit(api, path)).text()
        ), path
    for path, q, total in (
        ("/worklist", seq_of(1), 1),
        ("/worklist", "R-000", 2),
        ("/worklist", gateway_id(2), 1),
        ("/worklist", "LG-0001", 1),
        ("/worklist", "none", 0),
        ("/levies", "C2200", 1),
        ("/payments", "BANK", 1),
        ("/messages", gateway_id(1), 3),
        ("/messages", ENVELOPE, 10),
        ("/messages", numbers["statement"], 1),
        ("/messages", numbers["levy"][:9], 1),
        ("/messages", "R-0001", 3),
        ("/messages", "GRT101", 3),
        ("/messages", "1105910159", 10),
        ("/audit", seq_of(3)[:14], 1),
    ):
        answer = await client.get(V1 + path, params={"q": q, "limit": "1000"})
        found = await answer.json()
        assert (found["total"], len(found["items"])) == (total, total), (path, q)


async def test_a_search_without_words_or_of_an_unknown_kind_is_refused_by_the_api(api: Api) -> None:
    for query in ({}, {"q": ""}, {"q": "1", "kind": "cases"}, {"q": "1", "limit": "0"}, {"p": "1"}):
        answer = await api[0].get(V1 + "/search", params=query)
        assert answer.status == 400, query
    spec = await (await api[0].get(V1 + "/openapi.json")).json()
    described = spec["paths"][V1 + "/search"]["get"]["responses"]["200"]["content"]
    assert described["application/json"]["schema"]["$ref"].endswith("/SearchAnswer")
