"""What was set aside stands together by its cause; a whole cause is tried again or thrown away, and
what was thrown away can be brought back for seven working days."""

from __future__ import annotations

import html
import re
from typing import Any

from gateway.base.message import Message
from gateway.base.ports import ACK, Disposition, Verdict
from tests.customs_factories import LETTER, declaration, seq_of
from tests.flow.console.visitor import OWN, PAGE, V1, Api, audit, post, token

PARK = Disposition(Verdict.PARK, reason="no queue 17 at 10:00")


async def unreadable(api: Api, *names: str) -> None:
    _, house = api
    await house.node.on_batch([Message(id=name, body=b"junk", headers={}) for name in names])


async def listed(api: Api, path: str) -> list[dict[str, Any]]:
    client, _ = api
    items: list[dict[str, Any]] = (await (await client.get(V1 + path)).json())["items"]
    return items


async def test_a_cause_is_shown_with_its_count_and_thrown_away_after_a_question(api: Api) -> None:
    client, house = api
    await unreadable(api, "A-1", "B-22", "C-333")
    await house.node.on_batch([Message(id="D-4", body=b"<DxpMsg/>", headers={})])
    causes = await listed(api, "/parked/causes")
    assert [(each["count"], each["direction"]) for each in causes] == [(3, "in"), (1, "in")]
    page = await (await client.get("/parked", headers=PAGE)).text()
    assert "丢弃 3 条" in page
    right, path = await token(client, "/parked"), f"/parked/causes/{causes[0]['cause']}"
    asked = await post(client, path + "/drop", csrf=right)
    assert (asked.status, "丢弃 3 条死信?" in await asked.text()) == (200, True)
    assert len(await listed(api, "/parked")) == 4
    assert (await post(client, path + "/drop", csrf=right, sure="yes")).status == 303
    assert [each["message_id"] for each in await listed(api, "/parked")] == ["D-4"]
    binned = await listed(api, "/parked/bin")
    # Monday noon and seven working days: noon of the Wednesday of the week after
    assert {each["binned_until"] for each in binned} == {"2026-12-02T12:00:00+08:00"}
    bin_page = await (await client.get("/parked/bin", headers=PAGE)).text()
    assert {"A-1", "B-22", "C-333"} <= set(re.findall(r"<bdi>([A-Z]-\d+)</bdi>", bin_page))
    (back,) = (each for each in binned if each["message_id"] == "B-22")
    assert (await post(client, f"/parked/{back['id']}/restore", csrf=right)).status == 303
    assert {each["message_id"] for each in await listed(api, "/parked")} == {"B-22", "D-4"}
    house.clock.advance(10 * 24 * 3600)
    assert await listed(api, "/parked/bin") == []
    assert await house.rows("SELECT message_id FROM c_parked ORDER BY id") == [("B-22",), ("D-4",)]
    assert [(each["action"], each["target"]) for each in await audit(client)][:1] == [
        ("parked_restore", "B-22")
    ]
    for call in ("/causes/0123456789ab/drop", "/causes/0123456789ab", "/99/restore"):
        answer = await client.post(f"{V1}/parked{call}", headers=OWN)
        assert answer.status in (404, 405), call


async def test_a_cause_is_tried_again_as_a_whole(api: Api) -> None:
    client, house = api
    house.gateway.says = lambda _: PARK
    await house.gateway.send(*(declaration(n, LETTER | {"ltguaNo": f"L{n}"}) for n in (1, 2)))
    await house.has_rows("SELECT count(*) FROM c_parked", [(4,)])
    (cause,) = await listed(api, "/parked/causes")
    assert (cause["count"], cause["direction"]) == (4, "out")
    house.gateway.says = lambda _: ACK
    asked = await client.post(f"{V1}/parked/causes/{cause['cause']}/retry")
    assert await asked.json() == {"applied": 0, "sent": 4, "parked": 0, "tried": 4}
    assert len(await house.gateway.answered(4)) == 4
    assert await listed(api, "/parked/causes") == []
    gone = await client.post(f"{V1}/parked/causes/{cause['cause']}/retry")
    assert gone.status == 404


async def test_what_comes_once_more_leaves_the_bin_and_an_answer_that_is_gone_was_never_sent(
    api: Api,
) -> None:
    client, house = api
    await unreadable(api, "A-1")
    (row,) = await listed(api, "/parked")
    assert (await client.delete(f"{V1}/parked/{row['id']}")).status == 204
    assert (await client.delete(f"{V1}/parked/{row['id']}")).status == 404
    await unreadable(api, "A-1")
    assert [each["message_id"] for each in await listed(api, "/parked")] == ["A-1"]
    assert await listed(api, "/parked/bin") == []
    house.gateway.says = lambda _: PARK
    await house.gateway.send(declaration(1, LETTER))
    await house.has_rows("SELECT count(*) FROM c_parked WHERE direction = 'out'", [(2,)])
    (cause,) = (e for e in await listed(api, "/parked/causes") if e["direction"] == "out")
    done = await client.delete(f"{V1}/parked/causes/{cause['cause']}")
    assert await done.json() == {"dropped": 2}
    house.clock.advance(10 * 24 * 3600)
    assert await listed(api, "/parked/bin") == []
    sent = [e for e in await listed(api, f"/messages?q={seq_of(1)}") if e["direction"] == "out"]
    assert {each["delivery"] for each in sent} == {"parked"}
    shown = html.unescape(await (await client.get("/parked", headers=PAGE)).text())
    assert "回收站 0" in shown
