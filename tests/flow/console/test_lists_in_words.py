"""Lists say who an enterprise is, and one state of a levy never looks like another."""

from __future__ import annotations

import re

from sqlalchemy import Connection

from customs_sim.store import tables
from tests.customs_factories import crowd, seq_of
from tests.flow.console.visitor import PAGE, V1, Api, filed, post, token

NAME, CODE = "北京某某保税科技有限公司", "1105910159"
LEVY = {
    "enterprise": CODE,
    "customs": "0100",
    "amount": "1000.00",
    "biz_type": "2",
    "biz_no": "C010016A0471",
    "oriact_no": "C010016A0471",
}

BADGE = re.compile(r'<span class="(badge[^"]*)">(.*?)</span>(?!<)')


async def row(api: Api, path: str) -> str:
    """The first row of the list."""
    page = await (await api[0].get(path, headers=PAGE)).text()
    found = re.search(r"<tr data-row=.*?</tr>", page[page.index('id="list"') :], re.DOTALL)
    assert found, path
    return found[0]


async def test_every_list_names_the_enterprise_beside_its_code(api: Api) -> None:
    client, house = api
    await filed(house, 1, 2)
    await post(client, "/decide", csrf=await token(client), one=f"approve:{seq_of(1)}")
    assert (await client.post(V1 + "/levies", json=LEVY)).status == 201
    order = {"enterprise": CODE, "from": "2026-11-01", "to": "2026-11-22"}
    assert (await client.post(V1 + "/statements", json=order)).status == 201
    for path in (
        "/",
        "/cases?what=filed",
        "/levies",
        "/guarantees",
        "/statements",
        "/messages?q=R-1",
    ):
        shown = await row(api, path.replace("R-1", "R-0001"))
        assert f"<bdi>{NAME}</bdi>" in shown, path
        assert CODE in shown, path


async def test_paid_released_late_and_taken_back_look_each_their_own_way(api: Api) -> None:
    client, house = api
    assert (await client.post(V1 + "/levies", json=LEVY)).status == 201
    looks = {}
    for state, values in {
        "owed": "status = '1'",
        "late": "status = '1', overdue = 1",
        "paid": "status = '2', overdue = 0, open = 0",
        "free": "status = '3', open = 0",
        "back": "taken_back = 1",
    }.items():
        change = f"UPDATE c_levies SET {values}"
        await house.store.write(lambda c, change=change: c.exec_driver_sql(change))
        badge = BADGE.findall(await row(api, "/levies"))[-1]
        looks[state] = (badge[0], re.sub(r"<[^>]*>", "", badge[1]).split()[0])
    assert len(set(looks.values())) == len(looks), looks
    assert looks["late"][1] == "▲"
    assert looks["paid"][0] != looks["free"][0]


async def test_levies_that_wait_for_money_stand_by_deadline_however_many_are_newer(
    api: Api,
) -> None:
    client, house = api
    assert (await client.post(V1 + "/levies", json=LEVY)).status == 201

    def fill(connection: Connection) -> None:
        owed = {"status": "'1'", "confirmed": "1", "mode": "'1'", "type": "'2'"}
        for name, overdue, deadline in (("A-LATE", 1, 9), ("A-NEXT", 0, 10), ("A-LAST", 0, 30)):
            at = str(crowd.NOW + deadline * 86_400_000_000)
            changes = {"levy_no": f"'{name}'", "overdue": str(overdue), "deadline": at}
            crowd.copy(connection, tables.levies, 1, owed | changes)
        crowd.copy(connection, tables.levies, 600, {"levy_no": "'B-' || n.i"})

    await house.store.write(fill)
    page = await (await client.get("/payments", headers=PAGE)).text()
    listed = page[page.index('id="owed-list"') :]
    assert re.findall(r'href="/levies/([^"]+)">', listed) == ["A-LATE", "A-NEXT", "A-LAST"]
    assert '<a class="button small" href="/payments?levy=A-NEXT#new">' in listed
    form = await (await client.get("/payments?levy=A-NEXT", headers=PAGE)).text()
    assert re.search(r'name="levy_no" list="owed"\s+value="A-NEXT"', form)
