"""The day at a glance: the front page and GET /today say the same numbers, and each leads to the
list of what it counts. On every kind of database."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from customs_sim.cases.settings import CustomsSettings
from gateway.base.ports import Disposition, Verdict
from tests.conftest import Stores
from tests.customs_factories import LETTER, House, declaration, seq_of
from tests.flow.console.visitor import OWN, PAGE, V1, client_of, filed

REFUSED = Disposition(Verdict.RETRY, after=30.0, reason="not now")
MANUAL = CustomsSettings(profile="manual")
Client = TestClient[Any, Any]


async def day(client: Client) -> dict[str, Any]:
    answer = await client.get(V1 + "/today", headers=OWN)
    assert answer.status == 200
    found: dict[str, Any] = await answer.json()
    return found


async def page(client: Client, path: str) -> str:
    answer = await client.get(path, headers=PAGE)
    assert answer.status == 200, path
    return await answer.text()


def numbers(text: str) -> set[str]:
    """The SeqNos of a list."""
    return set(re.findall(r'<a href="/cases/\d+[^"]*">([^<]+)</a>', text))


@pytest.mark.slow
async def test_ages_hours_and_decisions_are_counted_and_each_number_leads_to_its_cases(
    stores: Stores,
) -> None:
    house = House(stores.url("day"), settings=MANUAL)
    async with house, client_of(house) as client:
        await filed(house, 1)
        house.clock.advance(3 * 86400)
        await filed(house, 2)
        house.clock.advance(5 * 3600)
        await filed(house, 3, 4, 5)
        for number, result in ((4, "approve"), (5, "return")):
            item = {"seq_no": seq_of(number), "result": result, "notes": ["缺附件"]}
            done = await client.post(V1 + "/decisions", json={"items": [item]}, headers=OWN)
            assert done.status == 200
        await house.has_rows("SELECT count(*) FROM c_outbox", [(0,)])
        seen = await day(client)
        (aged,) = seen["by_age"]
        assert aged["by_age"] == {"under_4h": 1, "4h_to_24h": 1, "1d_to_3d": 0, "over_3d": 1}
        assert (seen["day"], seen["filed"], seen["decided"], seen["waiting"]) == (
            "2026-11-26",
            4,
            2,
            3,
        )
        assert seen["outcomes"] == {"approved": 1, "returned": 1}
        by_hour = {each["begins"][11:13]: each for each in seen["hours"] if each["filed"]}
        assert {at: (each["filed"], each["decided"]) for at, each in by_hour.items()} == {
            "12": (1, 0),
            "17": (3, 2),
        }
        assert seen["receipts"] == {"sent": 10, "waiting": 0, "disturbed": 0}

        front = await page(client, "/today")
        links = {each.replace("&amp;", "&") for each in re.findall(r'href="(/[^"]*)"', front)}
        wanted = {
            "/?kind=GRT101&age=over_3d": {seq_of(1)},
            "/?kind=GRT101&age=4h_to_24h": {seq_of(2)},
            "/?kind=GRT101&age=under_4h": {seq_of(3)},
            "/cases?what=filed&at=2026-11-26T12": {seq_of(2)},
            "/cases?what=decided&at=2026-11-26T17": {seq_of(4), seq_of(5)},
            "/cases?what=decided": {seq_of(4), seq_of(5)},
            "/cases?what=returned": {seq_of(5)},
        }
        for link, cases in wanted.items():
            assert link in links
            assert numbers(await page(client, link)) == cases, link
        for link in links:
            await page(client, link)
        assert "已办 2 件" in front
        assert "退单 1" in front
        # an hour without a case is no link, and a kind without one has no bar
        assert not any("T03" in link for link in links)


WORLD = ("/clock", "/scenarios")
"""What is unusual about the world leads there; it counts nothing that has a list."""
LINK = re.compile(r'<a\s+href="(/[^"]*)"([^>]*)>(.*?)</a>', re.DOTALL)


def shown_numbers(front: str) -> list[tuple[str, int]]:
    """Every link of the front page that shows a number, with the number."""
    found = []
    for href, more, inside in LINK.findall(front):
        label = re.search(r'aria-label="([^"]*)"', more)
        told = label[1] if label else re.sub(r"<[^>]*>", " ", inside)
        number = re.search(r"(\d+)(?: 件)?\s*$", told)
        if number and not href.startswith(WORLD):
            found.append((href.replace("&amp;", "&"), int(number[1])))
    return found


def total_of(text: str, href: str) -> int:
    """How many a list says that it has; of money in suspense its own heading does."""
    place = r"Suspense|暂存款: 等待核销</h2>" if "#" in href else ""
    found = (
        re.search(r"等待核销 <small>(\d+) ·", text)
        if place
        else re.search(r'id="total" data-live>(\d+)<', text)
    )
    assert found, href
    return int(found[1])


async def test_every_number_of_the_front_page_is_the_total_of_the_list_behind_it(
    stores: Stores,
) -> None:
    house = House(stores.url("day"), settings=MANUAL)
    async with house, client_of(house) as client:
        await filed(house, 1, 2)
        house.clock.advance(4 * 86400)
        rules = {"rules": [{"fault": "repeat", "match": {"type": "GRT201"}}]}
        armed = await client.put(V1 + "/faults", json=rules, headers=OWN)
        assert armed.status == 200, await armed.text()
        await filed(house, 3, 4, 5, ltguaValidDate="2026-12-20 00:00:00")
        for number, result in ((3, "approve"), (4, "return"), (2, "hold")):
            item = {"seq_no": seq_of(number), "result": result, "notes": ["缺附件"]}
            done = await client.post(V1 + "/decisions", json={"items": [item]}, headers=OWN)
            assert done.status == 200
        for reference in ("B-1", "B-2"):
            paid = {
                "amount": "88.5",
                "paid_at": "2026-11-23T12:00:00+08:00",
                "reference": reference,
            }
            assert (await client.post(V1 + "/payments", json=paid, headers=OWN)).status == 201
        await house.has_rows("SELECT count(*) FROM c_outbox", [(0,)])
        house.gateway.says = lambda _: REFUSED
        await house.gateway.send(declaration(6, LETTER | {"ltguaNo": "LG-0006"}))
        await house.has_rows("SELECT sum(n) FROM c_outbox WHERE tries > 0", [(3,)])
        front = await page(client, "/today")
        numbers = shown_numbers(front)
        seen = {href.partition("?")[0] for href, _ in numbers}
        assert seen >= {"/", "/cases", "/messages", "/guarantees", "/levies", "/payments#suspense"}
        for href, number in numbers:
            assert total_of(await page(client, href), href) == number, href
        by_link = dict(numbers)
        assert by_link["/messages?only=waiting"] == 2
        assert by_link["/messages?only=disturbed"] >= 1
        assert by_link["/messages?only=sent"] > by_link["/messages?only=disturbed"]
        assert by_link["/guarantees?only=ending"] == 1
        items = await client.get(V1 + "/messages?only=waiting", headers=OWN)
        assert (await items.json())["total"] == 2
        wrong = await client.get(V1 + "/messages?only=lost", headers=OWN)
        assert wrong.status == 400


async def test_what_is_put_off_is_not_counted_and_a_wrong_filter_is_refused(stores: Stores) -> None:
    house = House(stores.url("day"), settings=MANUAL)
    async with house, client_of(house) as client:
        await filed(house, 1, 2)
        item = {"seq_no": seq_of(1), "result": "hold", "notes": ["等材料"]}
        await client.post(V1 + "/decisions", json={"items": [item]}, headers=OWN)
        assert (await day(client))["waiting"] == 1
        for path in ("/?age=old", "/cases?what=all", "/cases?at=yesterday", "/levies?only=ending"):
            answer = await client.get(path, headers=PAGE)
            assert answer.status == 400, path
        for path in ("/worklist?age=old", "/levies?only=ending", "/guarantees?only=overdue"):
            answer = await client.get(V1 + path, headers=OWN)
            assert answer.status == 400, path
        assert (await client.get(V1 + "/worklist?age=under_4h", headers=OWN)).status == 200


async def test_letters_that_end_overdue_levies_and_suspense_lead_to_their_lists(
    stores: Stores,
) -> None:
    async with (house := House(stores.url("day"))), client_of(house) as client:
        await filed(house, 1, ltguaValidDate="2027-11-23 00:00:00")
        order = {
            "enterprise": "1105910159",
            "customs": "0100",
            "amount": "1000.00",
            "biz_type": "2",
            "biz_no": "C010016A0471",
            "oriact_no": "C010016A0471",
        }
        made = await client.post(V1 + "/levies", json=order, headers=OWN)
        assert made.status == 201, await made.text()
        paid = {"amount": "88.50", "paid_at": "2026-11-23T12:00:00+08:00", "reference": "B-1"}
        assert (await client.post(V1 + "/payments", json=paid, headers=OWN)).status == 201
        seen = await day(client)
        assert seen["guarantees_ending"]["count"] == seen["levies_overdue"]["count"] == 0
        assert seen["suspense"] == {"count": 1, "amount": "88.50"}
        clock = await client.post(
            V1 + "/clock", json={"freeze": "2027-11-01T09:00:00+08:00"}, headers=OWN
        )
        assert clock.status == 200
        seen = await day(client)
        assert seen["guarantees_ending"]["count"] == 1
        assert "/guarantees/" in (ending := await page(client, "/guarantees?only=ending"))
        assert len(re.findall("data-row=", ending)) == 1
        assert 'id="due-2027-11-23"' in ending  # its last day, not the midnight behind it
        items = await client.get(V1 + "/guarantees?only=ending", headers=OWN)
        assert (await items.json())["total"] == 1
        late = await page(client, "/levies?only=overdue")
        assert seen["levies_overdue"]["count"] == len(re.findall("data-row=", late))


async def test_a_guarantee_shows_its_use_with_a_warning_and_what_was_returned() -> None:
    """From 90 % of use on it has a sign, and the picture says its numbers in words."""
    house = House(settings=CustomsSettings(profile="instant"))
    async with house, client_of(house) as client:
        await filed(house, 1, gasrAmt="100000")
        words = "额度 100,000.00: 已用 {}, 可用 {}, 待缴 0.00, 已退还 0.00"
        quiet = await page(client, "/guarantees")
        assert words.format("0.00", "100,000.00") in quiet
        assert "已退还</th>" in quiet
        assert "将用尽" not in quiet
        used = "UPDATE c_guarantees SET used_amount = 9000000"
        await house.store.write(lambda c: c.exec_driver_sql(used))
        warned = await page(client, "/guarantees")
        assert words.format("90,000.00", "10,000.00") in warned
        assert "将用尽" in warned


async def test_a_guarantee_shows_its_end_its_waiting_change_and_points_to_its_postings() -> None:
    house = House(settings=CustomsSettings(profile="instant"))
    async with house, client_of(house) as client:
        await filed(house, 1, gasrAmt="100000")
        ((gasr_no,),) = await house.rows("SELECT gasr_no FROM c_guarantees")
        path = f"/guarantees/{gasr_no}"
        first = await page(client, path)
        assert "到期 " in first
        assert "待批变更" not in first
        anchors = set(re.findall(r'href="#(e-\d+)"', first))
        assert anchors
        assert anchors <= set(re.findall(r'<tr id="(e-\d+)"', first))
        # links stand in no picture that is one thing to a reader of the screen
        for drawn in re.findall(r'<svg[^>]*role="img".*?</svg>', first, re.DOTALL):
            assert "<a " not in drawn
        change = f"""INSERT INTO c_cases SELECT case_no + 1000, '900000000000000001', '',
            message_type, enterprise, dxp_id, '{gasr_no}', 1, reference, customs, 25000000,
            'received', '', in_message, since, updated, '' FROM c_cases"""
        await house.store.write(lambda c: c.exec_driver_sql(change))
        waits = await page(client, path)
        assert "待批变更后的额度" in waits
        assert "250,000.00" in waits
        assert re.search(r'href="/cases/\d+">待批变更', waits)
