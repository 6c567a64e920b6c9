"""How far each message got, on every page and in the control API: no further than customs knows,
and with the fault that struck it."""

from __future__ import annotations

import asyncio
import html
import re
from typing import Any

import pytest

from customs_sim.desk.views import pulse
from customs_sim.steering.faults import FAULTS
from gateway.base.ports import ACK, Disposition, Verdict
from tests.customs_factories import LETTER, declaration, seq_of
from tests.flow.console.visitor import PAGE, V1, Api, filed

FILED = [("GRT101", "received", None), ("GRT200", "sent", None), ("GRT201", "sent", None)]
"""A filing that was taken and handed to a person."""
STRANGE = "gbk_as_utf8"
"""Bytes that the stand-in of the gateway does not read."""
REFUSED = Disposition(Verdict.RETRY, after=30.0, reason="not now")


async def rows(api: Api, seq_no: str) -> list[tuple[str, str, str | None]]:
    """(type, delivery, fault) of the messages of a filing, oldest first."""
    client, _ = api
    items = (await (await client.get(V1 + "/messages", params={"q": seq_no})).json())["items"]
    return [(row["message_type"], row["delivery"], row["fault"]) for row in reversed(items)]


async def drawn(api: Api, case_no: int) -> list[tuple[str, str]]:
    """Of each row of the drawing its classes, and what it says."""
    client, _ = api
    page = await (await client.get(f"/cases/{case_no}", headers=PAGE)).text()
    listed = re.search(r'<ol class="sequence">(.*?)</ol>', page, re.DOTALL)
    assert listed, page
    return [
        (way, " ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split()))
        for way, row in re.findall(r'<li class="([^"]+)">(.*?)</li>', listed[1], re.DOTALL)
    ]


async def arm(api: Api, fault: str, **match: Any) -> None:
    client, _ = api
    rule = {"fault": fault} | ({"match": match} if match else {})
    answer = await client.put(V1 + "/faults", json={"rules": [rule]})
    assert answer.status == 200, await answer.text()


async def approve(api: Api, *numbers: int) -> None:
    client, _ = api
    items = [{"seq_no": seq_of(n), "result": "approve"} for n in numbers]
    answer = await client.post(V1 + "/decisions", json={"items": items})
    assert answer.status == 200, await answer.text()


async def moved(api: Api, seq_no: str, wanted: list[tuple[str, str, str | None]]) -> None:
    """Return once the messages of a filing stand like this."""
    async with asyncio.timeout(30):
        while (found := await rows(api, seq_no)) != wanted:
            await asyncio.sleep(0.01)
            assert len(found) <= len(wanted), found


async def test_a_dropped_answer_is_drawn_as_never_sent_with_the_name_of_the_fault(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    await arm(api, "drop", type=["GRT201"])
    await approve(api, 1)
    assert await rows(api, seq_of(1)) == [*FILED, ("GRT201", "dropped", "drop")]
    shown = await drawn(api, 1)
    assert [way for way, _ in shown] == ["in w-received", *["out w-sent"] * 2, "out w-dropped"]
    assert "没有发出 ✕ drop 丢失" in shown[3][1]
    number = (await house.rows("SELECT max(id) FROM c_messages"))[0][0]
    for path in ("/messages", f"/messages/{number}"):
        page = await (await client.get(path, headers=PAGE)).text()
        assert re.search(r"没有发出</span>\s*<span class=\"struck\">✕ drop 丢失", page), path
    case = await (await client.get(f"{V1}/cases/1")).json()
    assert [(m["delivery"], m["fault"]) for m in case["messages"]][-1] == ("dropped", "drop")


async def test_an_answer_waits_until_the_broker_confirms_it_and_open_pages_are_told(
    api: Api,
) -> None:
    _, house = api
    house.gateway.says = lambda _: REFUSED
    await house.gateway.send(declaration(1, LETTER))
    waits = [FILED[0], ("GRT200", "waiting", None), ("GRT201", "waiting", None)]
    await moved(api, seq_of(1), waits)
    await house.has_rows("SELECT count(*) FROM c_outbox WHERE tries > 0", [(1,)])
    assert await rows(api, seq_of(1)) == waits
    assert [way for way, _ in await drawn(api, 1)] == ["in w-received", *["out w-waiting"] * 2]
    listed = await (await api[0].get("/", headers=PAGE)).text()
    assert listed.count('class="dot waits"') == 2
    before = await house.store.read(lambda c: pulse(c, 0))
    house.gateway.says = lambda _: ACK
    house.wall.advance(31)
    house.node.wake()
    await moved(api, seq_of(1), FILED)
    after = await house.store.read(lambda c: pulse(c, 0))
    assert (before.unsent, after.unsent) == (2, 0)
    assert before.last_message == after.last_message


async def test_a_delayed_answer_is_held_until_its_time_and_then_sent(api: Api) -> None:
    _, house = api
    await filed(house, 1)
    await arm(api, "delay", type=["GRT201"])
    await approve(api, 1)
    assert (await rows(api, seq_of(1)))[3] == ("GRT201", "held", "delay")
    way, said = (await drawn(api, 1))[3]
    assert way == "out w-held"
    assert "故障扣住 ✕ delay 延迟 至 2026-11-23 12:01:00" in said
    before = await house.store.read(lambda c: pulse(c, 0))
    assert before.kept_back == 1
    house.clock.advance(61)
    house.node.wake()
    await house.gateway.answered(3)
    await moved(api, seq_of(1), [*FILED, ("GRT201", "disturbed", "delay")])
    after = await house.store.read(lambda c: pulse(c, 0))
    assert after.kept_back == 0


async def test_an_answer_that_nobody_takes_is_shown_as_parked(api: Api) -> None:
    _, house = api
    house.gateway.says = lambda _: Disposition(Verdict.PARK, reason="no such queue")
    await house.gateway.send(declaration(1, LETTER))
    await house.has_rows("SELECT count(*) FROM c_parked", [(2,)])
    assert {way for _, way, _ in await rows(api, seq_of(1))} == {"received", "parked"}


@pytest.mark.slow
async def test_every_fault_that_strikes_is_named_at_the_message_that_it_struck(api: Api) -> None:
    client, house = api
    for number, fault in enumerate((name for name in FAULTS if name != STRANGE), 1):
        await arm(api, fault)
        await house.gateway.send(declaration(number, LETTER | {"ltguaNo": f"LG-{number:04d}"}))
        await house.has_rows(
            f"SELECT count(*) FROM c_messages WHERE case_no = {number} AND direction = 'out'",
            [(2,)],
        )
        await approve(api, number)
    await house.has_rows("SELECT count(*) FROM c_outbox", [(0,)])
    log = await house.rows(
        "SELECT m.case_no, m.message_type, min(d.fault), min(length(d.body)), max(d.due_at)"
        " FROM c_disturbed d JOIN c_messages m ON m.id = d.message GROUP BY m.id ORDER BY m.id"
    )
    assert len({fault for _, _, fault, _, _ in log}) > len(FAULTS) - 8
    for case_no, kind, fault, size, due in log:
        known = (kind, "dropped" if not size else "held" if due else "disturbed", fault)
        assert known in await rows(api, seq_of(case_no)), fault
        said = " ".join(said for _, said in await drawn(api, case_no))
        assert f"✕ {fault} {FAULTS[fault].zh}" in said
    english = await (await client.get("/cases/1?lang=en", headers=PAGE)).text()
    assert "✕ drop the answer is lost" in english


@pytest.mark.parametrize("path", ["/cases/1", "/messages", "/messages/1"])
async def test_no_link_stands_inside_a_picture_and_the_broker_is_the_last_that_is_known(
    api: Api, path: str
) -> None:
    client, house = api
    await filed(house, 1)
    page = await (await client.get(path, headers=PAGE)).text()
    assert not re.search(r'role="img"(?:(?!</svg>).)*<a ', page, re.DOTALL)
    if path == "/cases/1":
        assert "海关看不到" in page
        assert 'class="legend"' in page
