"""The business clock over the control API, seen from both sides of a pair. No test waits for real
time to pass."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from customs_sim.cli.clock import clock as command
from fixtures.kit.pair.pair import Pair, running
from gateway.base.clock.business import BusinessClock
from gateway.base.clock.followed import FollowedClock
from gateway.base.errors import BadSetting
from tests.bounds import within
from tests.conftest import Api, client, eventually, pair_at, settings_of
from tests.factories import grt101

NEW_YEAR = "2031-01-06T09:00:00+08:00"


async def move(api: Api, **order: Any) -> Any:
    answer = await api.control("POST", "/clock", order)
    assert answer.status == 200, answer.body.decode()
    return answer.json


async def shown(api: Api) -> Any:
    return (await api.control("GET", "/clock")).json


async def letter(api: Api, number: int, until: str) -> Any:
    return await api.approved(
        grt101(f"R{number:04d}", number, ltguaNo=f"LG-{number}", ltguaValidDate=f"{until} 00:00:00")
    )


@pytest.mark.timed
async def test_thirty_days_pass_in_under_a_second_and_every_event_has_its_own_moment_on_both_sides(
    api: Api,
) -> None:
    days = [f"2026-12-{day:02d}" for day in range(1, 21)]
    made = [await letter(api, n, day) for n, day in enumerate(days, 1)]
    await move(api, freeze=True)
    began = time.monotonic()
    told = await move(api, advance="P30D")
    took = time.monotonic() - began
    assert told["moved"]["moments"] == 20
    items = (await api.control("GET", "/messages?q=GRT302")).json["items"]
    ends = [
        f"{datetime.fromisoformat(day) + timedelta(days=1):%Y-%m-%d}T00:00:00+08:00" for day in days
    ]
    assert [i["at"] for i in reversed(items)] == ends
    for declared, end in zip(made, ends, strict=True):
        last = (await api.timeline(declared["seq_no"]))[-1]
        assert (last["event"], last["at"][:19]) == ("synced", end[:19])
    assert within(took, 1.0), f"thirty days took {took:.2f} s"


async def test_the_clock_is_frozen_moved_and_sped_up_and_the_gateway_follows(api: Api) -> None:
    assert (await shown(api))["mode"] == "running"
    frozen = await move(api, freeze=NEW_YEAR)
    assert (frozen["now"], frozen["mode"], frozen["calendar"], frozen["working_day"]) == (
        NEW_YEAR,
        "frozen",
        "weekends_only",
        True,
    )
    assert (await move(api, advance=3600))["now"] == "2031-01-06T10:00:00+08:00"
    assert (await move(api, advance="2031-01-10T16:45:00+08:00"))[
        "next_working_moment"
    ] == "2031-01-13T09:00:00+08:00"
    fast = await move(api, speed=86400)
    assert (fast["mode"], fast["speed"]) == ("running", 86400)

    async def days_on() -> bool:
        return bool((await shown(api))["now"] > "2031-01-12")

    await eventually(days_on)
    assert (await move(api, freeze=False))["speed"] == 1
    refused = await api.post(grt101("R0900", 900, ltguaValidDate="2030-12-31 00:00:00"))
    assert (refused.status, refused.codes) == (422, ["S101.09"])
    assert (
        await api.post(grt101("R0901", 901, ltguaValidDate="2031-12-31 00:00:00"))
    ).status == 202


async def test_the_clock_survives_a_restart(tmp_path: Path) -> None:
    async with running(settings_of(tmp_path / "home")) as pair, client(pair.ready) as api:
        await move(api, freeze=NEW_YEAR)
    async with running(settings_of(tmp_path / "home")) as pair, client(pair.ready) as api:
        assert (await shown(api))["now"] == NEW_YEAR
        assert pair.gateway.clock.now() == datetime.fromisoformat(NEW_YEAR)
        back = await move(api, reset=True)
        assert back["mode"] == "wall"
    async with running(settings_of(tmp_path / "home")) as pair, client(pair.ready) as api:
        assert (await shown(api))["mode"] == "wall"


async def test_delays_of_the_profile_are_stepped_through_in_order(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home", profile="realistic") as pair, client(pair.ready) as api:
        await move(api, freeze="2026-11-24T10:00:00+08:00")
        taken = await api.taken(grt101())
        await api.until(taken["seq_no"], "sent")
        await eventually(lambda: _due(api))
        await move(api, advance=60)
        entries = [
            (e["event"], e["at"][11:19])
            for e in await api.timeline(taken["seq_no"])
            if e["source"] == "customs"
        ]
        assert [at for _, at in entries] == ["10:00:05", "10:00:20", "10:00:28"]


async def _due(api: Api) -> Any:
    return (await shown(api))["next_due"]


async def test_a_case_of_the_evening_is_decided_on_the_next_working_day_when_the_review_keeps_hours(
    tmp_path: Path,
) -> None:
    async with (
        pair_at(tmp_path / "home", profile="realistic", review_hours=True) as pair,
        client(pair.ready) as api,
    ):
        await move(api, freeze="2026-11-27T16:30:00+08:00")  # a Friday
        taken = await api.taken(grt101())
        await eventually(lambda: _due(api))
        await move(api, advance="P3D")
        last = (await api.timeline(taken["seq_no"]))[-1]
        assert (last["status"], last["at"][:19]) == ("approved", "2026-11-30T09:00:00")


async def test_going_back_is_done_and_told(api: Api) -> None:
    await letter(api, 1, "2027-01-01")
    went = await move(api, freeze="2026-01-05T09:00:00+08:00")
    assert went["now"] == "2026-01-05T09:00:00+08:00"
    assert [w["code"] for w in went["warnings"]] == ["CLOCK.02"]


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"freeze": True, "speed": 2},
        {"advance": -1},
        {"advance": "tomorrow"},
        {"advance": "2031-01-06T09:00:00"},
        {"advance": "P999999D"},
        {"advance": True},
        {"advance": 1e300},
        {"speed": 0},
        {"speed": "fast"},
        {"speed": 1e9},
        {"freeze": "P"},
        {"reset": False},
    ],
)
@pytest.mark.slow
async def test_an_order_that_makes_no_sense_names_what_is_wanted(
    api: Api, order: dict[str, Any]
) -> None:
    answer = await api.control("POST", "/clock", order)
    assert (answer.status, answer.codes) == (400, ["QUERY.01"]), answer.body.decode()
    assert (await shown(api))["mode"] == "running"


async def test_a_reset_forgets_the_cases_and_keeps_the_numbers(api: Api) -> None:
    first = await letter(api, 1, "2027-01-01")
    await move(api, freeze=NEW_YEAR)
    answer = await api.control("POST", "/reset")
    assert answer.status == 200, answer.body.decode()
    assert answer.json["removed"]["cases"] == 1
    assert (await api.control("GET", "/messages")).json["total"] == 0
    assert (await shown(api))["now"] < "2027"
    again = await letter(api, 2, "2027-01-01")
    assert int(again["business_no"].removeprefix("ZB01002026")) == 1 + int(
        first["business_no"].removeprefix("ZB01002026")
    )


async def test_a_reset_of_the_clock_goes_through_what_fell_due_until_now_and_ends_at_wall_time(
    api: Api,
) -> None:
    now = datetime.fromisoformat((await shown(api))["wall"])
    await move(api, freeze=(now - timedelta(days=10)).isoformat())
    last_day = (now - timedelta(days=5)).date()
    made = await letter(api, 1, last_day.isoformat())
    back = await move(api, reset=True)
    assert (back["mode"], back["speed"], back["moved"]["fired"]) == ("wall", 1, 1)
    assert abs(
        datetime.fromisoformat(back["now"]) - datetime.fromisoformat(back["wall"])
    ) < timedelta(seconds=1)
    expiry = (await api.timeline(made["seq_no"]))[-1]
    assert (expiry["event"], expiry["at"][:19]) == (
        "synced",
        f"{last_day + timedelta(days=1)}T00:00:00",
    )


async def test_a_reset_is_refused_while_messages_wait_for_the_gateway_and_forced_it_gives_them_up(
    api: Api, pair: Pair
) -> None:
    await pair.gateway.reception.close()  # the gateway hears nothing
    taken = await api.taken(grt101("R0001", 1))

    async def waiting() -> Any:
        return await pair.customs.office.store.read(
            lambda c: c.exec_driver_sql("SELECT sum(n) FROM c_outbox").scalar()
        )

    count = await eventually(waiting, what="receipts that cannot be handed over")
    refused = await api.control("POST", "/reset")
    assert (refused.status, refused.codes) == (409, ["RESET.01"])
    assert f"还有 {count} 条报文未送达网关" in refused.findings[0]["message_zh"]
    assert '{"force": true}' in refused.findings[0]["hint_en"]
    assert (await api.control("POST", "/reset", {"force": False})).codes == ["RESET.01"]
    assert (await api.control("GET", "/messages")).json["total"] == 3, "nothing was forgotten"
    forced = await api.control("POST", "/reset", {"force": True})
    assert forced.status == 200, forced.body.decode()
    assert (forced.json["removed"]["cases"], forced.json["removed"]["messages"]) == (1, 3)
    assert await waiting() is None
    await pair.gateway.reception.start()
    await api.approved(grt101("R0002", 2, ltguaNo="LG-2"))
    assert (await api.declaration(taken["seq_no"]))["status"] == "sent", (
        "its receipts were given up"
    )


@pytest.mark.parametrize("body", [{"force": "yes"}, {"forced": True}, [1]])
async def test_a_reset_with_another_body_does_nothing(api: Api, body: Any) -> None:
    await letter(api, 1, "2027-01-01")
    assert (await api.control("POST", "/reset", body)).status == 400
    assert (await api.control("GET", "/messages")).json["total"] == 3


async def test_a_sleeper_wakes_when_the_clock_is_moved_past_its_moment() -> None:
    clock = BusinessClock()
    clock.advance(1)
    async with asyncio.timeout(5):
        waiting = asyncio.ensure_future(clock.sleep(3600))
        await asyncio.sleep(0)
        clock.advance(3601)
        await waiting


@pytest.mark.slow
async def test_a_gateway_elsewhere_follows_customs_clock_and_goes_on_when_it_is_gone(
    tmp_path: Path,
) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        clock = FollowedClock(key=pair.ready.operator_key, poll=0.01)
        await move(api, freeze=NEW_YEAR)
        await clock.start(pair.ready.control)
        try:
            assert clock.now() == datetime.fromisoformat(NEW_YEAR)
            moved = datetime.fromisoformat((await move(api, advance="P30D"))["now"])
            await eventually(lambda: clock.now() == moved, what="the advance seen elsewhere")
            await pair.close()
            await eventually(lambda: not clock.reachable)
            assert clock.now() == moved
        finally:
            await clock.close()


async def test_without_an_answer_a_following_clock_shows_wall_time() -> None:
    clock = FollowedClock(poll=60)
    await clock.start("http://127.0.0.1:9")
    try:
        assert (clock.reachable, clock.mode) == (False, "wall")
    finally:
        await clock.close()


async def test_the_command_line_shows_and_moves_the_clock(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(order: str, value: str = "", *, as_json: bool = True) -> tuple[int, str]:
        code = command(
            order,
            value,
            control=api.ready.control,
            key=api.ready.operator_key,
            home=Path("none"),
            as_json=as_json,
        )
        said = capsys.readouterr()
        return code, said.out + said.err

    code, out = await asyncio.to_thread(run, "freeze", NEW_YEAR)
    assert (code, msgspec.json.decode(out)["now"]) == (0, NEW_YEAR)
    code, out = await asyncio.to_thread(run, "advance", "3600", as_json=False)
    assert code == 0
    assert "2031-01-06T10:00:00+08:00" in out
    assert "weekends only" in out
    assert (await asyncio.to_thread(run, "speed", "0", as_json=False))[0] == 1
    with pytest.raises(BadSetting, match="wanted one of"):
        await asyncio.to_thread(run, "bend")
