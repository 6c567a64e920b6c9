"""All receipts of an enterprise since a time are sent again, after a question with their count."""

from __future__ import annotations

from tests.customs_factories import LETTER, declaration
from tests.flow.console.visitor import PAGE, V1, Api, audit, filed, post, token

E1 = "1105910159"


async def test_the_receipts_since_a_time_go_out_once_more_after_a_question(api: Api) -> None:
    client, house = api
    await filed(house, 1)
    house.clock.advance(3600)
    await filed(house, 2)
    before = [each.package for each in house.gateway.answers]
    right = await token(client, "/messages")
    form = {"csrf": right, "form": "resend", "back": "/messages", "enterprise": E1}
    asked = await post(client, "/messages/resend", **form, since="2026-11-23T12:30:00")
    assert (asked.status, "重发 2 件回执?" in await asked.text()) == (200, True)
    assert len(house.gateway.answers) == 4
    sure = form | {"since": "2026-11-23T12:30:00", "sure": "yes"}
    assert (await post(client, "/messages/resend", **sure)).status == 303
    again = (await house.gateway.answered(6))[4:]
    assert [each.package for each in again] == before[2:]
    assert len({each.message.id for each in house.gateway.answers}) == 6
    # what was sent again is not a receipt of its own
    since = {"enterprise": E1, "since": "2026-11-23T11:00:00+08:00"}
    counted = await client.get(V1 + "/resends", params=since)
    assert await counted.json() == {"count": 4}
    sent = await client.post(V1 + "/resends", json=since)
    assert (sent.status, await sent.json()) == (201, {"enterprise": E1, "sent": 4})
    assert len(await house.gateway.answered(10)) == 10
    assert [(each["action"], each["target"]) for each in await audit(client)] == [
        ("resend", E1)
    ] * 2


async def test_an_enterprise_or_a_time_that_is_none_is_refused_at_its_field(api: Api) -> None:
    client, house = api
    await house.gateway.send(declaration(1, LETTER))
    await house.gateway.answered(2)
    right = await token(client, "/messages")
    form = {"csrf": right, "form": "resend", "back": "/messages"}
    for wrong, field, status in (
        ({"enterprise": "9999999999", "since": "2026-11-23T12:00"}, "enterprise", 404),
        ({"enterprise": E1, "since": "yesterday"}, "since", 400),
        ({"enterprise": E1, "since": ""}, "since", 400),
    ):
        answer = await post(client, "/messages/resend", **form, **wrong)
        assert answer.headers["Location"] == "/messages#resend"
        page = await (await client.get("/messages", headers=PAGE)).text()
        assert f'name="{field}"' in page.partition('aria-invalid="true"')[0].rpartition("<")[2]
        since = wrong["since"] + "+08:00" if "T" in wrong["since"] else wrong["since"]
        refused = await client.post(V1 + "/resends", json=wrong | {"since": since})
        assert refused.status == status
    assert len(house.gateway.answers) == 2
