"""What the desk sorts its lists by, the control API does too: one order, page by page."""

from __future__ import annotations

import re
from typing import Any

from aiohttp.test_utils import TestClient

from customs_sim.cases.settings import CustomsSettings
from customs_sim.desk.lists import SORTS
from customs_sim.desk.waiting import SORTS as OF_WORK
from tests.customs_factories import House, seq_of
from tests.flow.console.visitor import PAGE, V1, client_of, filed

LISTS = {
    "/worklist": ("/", "case_no", tuple(OF_WORK)),
    "/levies": ("/levies", "levy_no", tuple(SORTS["levy"])),
    "/guarantees": ("/guarantees", "gasr_no", tuple(SORTS["guarantee"])),
    "/payments": ("/payments", "payment_no", tuple(SORTS["payment"])),
    "/statements?show=all": ("/statements", "statement_no", tuple(SORTS["statement"])),
}
"""Call to the page of the desk, what names an item, and the names of orders."""
Client = TestClient[Any, Any]


async def items(client: Client, path: str) -> dict[str, Any]:
    answer = await client.get(V1 + path)
    assert answer.status == 200, (path, await answer.text())
    found: dict[str, Any] = await answer.json()
    return found


async def paged(client: Client, path: str, key: str) -> list[str]:
    """What a list has, two a page."""
    found, cursor = list[str](), ""
    while True:
        page = await items(client, f"{path}&limit=2{cursor}")
        found += [str(item[key]) for item in page["items"]]
        if page["next"] is None:
            assert len(found) == page["total"]
            return found
        cursor = f"&cursor={page['next']}"


async def shown(client: Client, path: str) -> list[str]:
    page = await (await client.get(path, headers=PAGE)).text()
    table = page[page.index('id="list"') :]
    return [row.split("-")[0] for row in re.findall(r'data-row="([^"]+)"', table)]


async def fill(client: Client, house: House) -> None:
    """Five of everything, in no order."""
    for number, amount in ((1, "900000"), (2, "100000"), (3, "500000"), (4, "300000"), (5, "1000")):
        await filed(house, number, gasrAmt=amount)
        house.clock.advance(3600)
    decisions = [{"seq_no": seq_of(number), "result": "approve"} for number in (4, 5)]
    await client.post(V1 + "/decisions", json={"items": decisions})
    await filed(house, 6, 7)
    for firm, district, amount in (
        ("1105910159", "0100", "10.50"),
        ("3105960AAA", "2200", "300"),
        ("1105910159", "0100", "20"),
        ("3105960AAA", "2200", "1.25"),
        ("1105910159", "0100", "9"),
    ):
        levy = {
            "enterprise": firm,
            "customs": district,
            "amount": amount,
            "biz_type": "2",
            "biz_no": "C010016A0471",
            "oriact_no": "C010016A0471",
        }
        assert (await client.post(V1 + "/levies", json=levy)).status == 201
        day = f"2026-11-1{len(amount)}T12:00:00+08:00"
        paid = {"amount": amount, "paid_at": day, "reference": f"B-{amount}"}
        assert (await client.post(V1 + "/payments", json=paid)).status == 201
    for firm, first in (("1105910159", "2026-11-01"), ("3105960AAA", "2026-10-01")):
        order = {"enterprise": firm, "from": first, "to": "2026-11-22"}
        for _ in range(2):
            assert (await client.post(V1 + "/statements", json=order)).status == 201


async def test_every_list_is_sorted_as_at_the_desk_page_by_page() -> None:
    house = House(settings=CustomsSettings(profile="manual"))
    async with house, client_of(house) as client:
        await fill(client, house)
        document = await (await client.get(V1 + "/openapi.json")).json()
        for path, (desk, key, names) in LISTS.items():
            call, joint = path.partition("?")[0], "&" if "?" in path else "?"
            told = {
                each["name"]: each["schema"]
                for each in document["paths"][V1 + call]["get"]["parameters"]
            }
            orders = [order for name in names for order in (name, "-" + name)]
            assert told["sort"]["enum"] == orders, path
            for order in orders:
                here = await paged(client, f"{path}{joint}sort={order}", key)
                assert len(here) > 2 or call == "/guarantees", path
                assert here == await shown(client, f"{desk}?sort={order}"), (path, order)
            wrong = await client.get(f"{V1}{path}{joint}sort=colour")
            assert wrong.status == 400, path


async def test_statements_are_found_by_number_and_enterprise() -> None:
    house = House(settings=CustomsSettings(profile="manual"))
    async with house, client_of(house) as client:
        await fill(client, house)
        every = (await items(client, "/statements?show=all"))["items"]
        assert [each["version"] for each in every] == [2, 1, 2, 1]
        number = every[0]["statement_no"]
        for query, total in ((f"q={number}", 2), (f"q={number[:2]}", 4), ("q=none", 0)):
            assert (await items(client, f"/statements?show=all&{query}"))["total"] == total, query
        one = await items(client, "/statements?show=all&enterprise=3105960AAA&limit=1")
        assert (one["total"], one["next"]) == (2, "1")
        assert (await items(client, "/statements"))["total"] == 0, "nothing waits on the desk"
        disputed = "UPDATE c_statements SET status = 'disputed' WHERE version = 2"
        await house.store.write(lambda c: c.exec_driver_sql(disputed))
        waits = await items(client, f"/statements?q={number}")
        assert [each["statement_no"] for each in waits["items"]] == [number]
        assert await shown(client, "/statements?only=desk&enterprise=3105960AAA") == [number]
