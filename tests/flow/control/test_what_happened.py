"""After a move of the clock it is told what came about; before it, what will. Times are taken as
people write them. On every kind of database."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from customs_sim.cases.settings import CustomsSettings
from customs_sim.console.timeline import DAY, timeline
from tests.conftest import Stores
from tests.customs_factories import LETTER, House, declaration, seq_of
from tests.flow.console.visitor import OWN, PAGE, V1, client_of, filed, post, token

Client = TestClient[Any, Any]


async def clock(client: Client, **order: Any) -> dict[str, Any]:
    answer = await client.post(V1 + "/clock", json=order, headers=OWN)
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def page(client: Client) -> str:
    return await (await client.get("/clock", headers=PAGE)).text()


async def test_a_letter_that_ended_is_told_once_with_its_link_and_kept(stores: Stores) -> None:
    house = House(stores.url("moved"), settings=CustomsSettings(profile="instant"))
    async with house, client_of(house) as client:
        await filed(house, 1, ltguaValidDate="2026-12-10 00:00:00")
        ((gasr_no, until),) = await house.rows("SELECT gasr_no, valid_until FROM c_guarantees")
        before = await page(client)
        assert f'href="/guarantees/{gasr_no}"' in before.partition('id="ahead"')[2]
        assert 'id="last"' not in before
        moved = await clock(client, advance="P30D")
        told = {
            "kind": "letter",
            "number": gasr_no,
            "case_no": None,
            "enterprise": "1105910159",
            "at": "2026-12-11T00:00:00+08:00",
            "state": "2",
        }
        assert moved["happened"] == [told]
        assert moved["last_move"]["happened"] == [told]
        last = (await page(client)).partition('id="last"')[2].partition("</section>")[0]
        assert "保函已到期" in last
        assert f'href="/guarantees/{gasr_no}"' in last
        # it does not come about a second time, and what is kept is the last move
        await clock(client, freeze="2026-12-01T00:00:00+08:00")
        assert (await clock(client, advance="P30D"))["happened"] == []
        assert "保函已到期" not in await page(client)
        assert until < 1 << 62


async def test_the_steps_of_cases_are_told_with_what_became_of_them() -> None:
    house = House(settings=CustomsSettings(profile="realistic"))
    async with house, client_of(house) as client:
        await house.gateway.send(declaration(1, LETTER))  # its answers come by the clock
        await house.has_rows("SELECT count(*) FROM c_cases", [(1,)])
        moved = await clock(client, advance="P1D")
        (told,) = moved["happened"]
        assert (told["kind"], told["number"], told["state"]) == ("case", seq_of(1), "approved")
        assert f'href="/cases/{told["case_no"]}"' in await page(client)
        # standing still moves nothing
        assert (await clock(client, freeze=True))["happened"] == []
        again = await (await client.get(V1 + "/clock", headers=OWN)).json()
        assert again["last_move"]["happened"] == [told]


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("3600", "2026-11-23T13:00:00+08:00"),
        ("30", "2026-11-23T12:00:30+08:00"),
        ("+3d", "2026-11-26T12:00:00+08:00"),
        ("2h", "2026-11-23T14:00:00+08:00"),
        ("3 天", "2026-11-26T12:00:00+08:00"),
        ("P1D", "2026-11-24T12:00:00+08:00"),
        ("2026-11-28", "2026-11-28T00:00:00+08:00"),
        ("2026/11/28", "2026-11-28T00:00:00+08:00"),
        ("2026-11-28 10:00", "2026-11-28T10:00:00+08:00"),
        ("2026-11-28T10:00", "2026-11-28T10:00:00+08:00"),
        ("2026-11-28T10:00:00Z", "2026-11-28T18:00:00+08:00"),
    ],
)
@pytest.mark.slow
async def test_times_are_taken_as_people_write_them(written: str, wanted: str) -> None:
    async with (house := House()), client_of(house) as client:
        csrf = await token(client, "/clock")
        form = {"csrf": csrf, "back": "/clock", "form": "advance", "do": "advance"}
        answer = await post(client, "/clock", **form, value=written, picked="")
        assert answer.status == 303
        now = await (await client.get(V1 + "/clock", headers=OWN)).json()
        assert now["now"] == wanted
        # what was picked is taken where nothing was written
        await post(client, "/clock", **form, value="", picked="2027-01-02T08:30")
        now = await (await client.get(V1 + "/clock", headers=OWN)).json()
        assert now["now"] == "2027-01-02T08:30:00+08:00"


@pytest.mark.parametrize(
    "written", ["tomorrow", "", "2026-13-01", "3 moons", "-1d", "2026-11-20", "9" * 12, "P", "1e9"]
)
async def test_what_is_no_time_is_refused_at_its_field_and_kept_there(written: str) -> None:
    async with (house := House()), client_of(house) as client:
        csrf = await token(client, "/clock")
        form = {"csrf": csrf, "back": "/clock", "form": "advance", "do": "advance"}
        answer = await post(client, "/clock", **form, value=written)
        assert answer.headers["Location"] == "/clock#advance"
        shown = await page(client)
        field = re.search(r'<form id="advance".*?</form>', shown, re.DOTALL)
        assert field
        assert 'aria-invalid="true"' in field[0]
        assert f'value="{written}"' in field[0]
        assert 'role="alert"' in field[0]
        assert shown.count('aria-invalid="true"') == 1
        now = await (await client.get(V1 + "/clock", headers=OWN)).json()
        assert now["now"] == "2026-11-23T12:00:00+08:00"


def test_what_is_near_on_the_line_is_one_spot_and_what_is_late_stands_at_its_beginning() -> None:
    now = 1_795_000_000_000_000
    line = timeline([now - DAY, now + DAY // 2, now + 15 * DAY, now + 30 * DAY], now, 30)
    assert [(stop.x, stop.number) for stop in line.stops] == [(0.0, 2), (50.0, 1), (100.0, 1)]
    assert len(line.ticks) == 6
