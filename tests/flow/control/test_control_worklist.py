"""The control API of customs over real HTTP: the worklist, decisions, profiles, messages."""

from __future__ import annotations

import io

import pytest

from gateway.base.errors import Unavailable, Undelivered
from gateway.base.message import Message
from tests.customs_factories import CASH, LETTER, declaration, gateway_id, seq_of
from tests.flow.control.control import V1, Api, problem_of


async def test_the_worklist_shows_what_waits_for_a_person(api: Api) -> None:
    client, house = api
    await house.gateway.send(declaration(1), declaration(2))
    await house.gateway.answered(4)
    response = await client.get(V1 + "/worklist", params={"limit": "1"})
    assert response.status == 200
    body = await response.json()
    [item] = body["items"]
    assert item == {
        "case_no": item["case_no"],
        "seq_no": seq_of(1),
        "message_type": "GRT101",
        "enterprise": "1105910159",
        "business_no": None,
        "status": "received",
        "since": "2026-11-23T12:00:00+08:00",
        "held_until": None,
        "held_reason": None,
        "claimed_by": None,
        "pending": None,
    }
    assert body["total"] == 2
    following = await (
        await client.get(V1 + "/worklist", params={"limit": "1", "cursor": body["next"]})
    ).json()
    assert ([i["seq_no"] for i in following["items"]], following["next"]) == ([seq_of(2)], None)


async def test_a_decision_is_carried_out_and_answered(api: Api) -> None:
    client, house = api
    await house.gateway.send(declaration(1))
    await house.gateway.answered(2)
    response = await client.post(
        V1 + "/decisions", json={"items": [{"seq_no": seq_of(1), "result": "approve", "notes": []}]}
    )
    assert response.status == 200
    [item] = (await response.json())["items"]
    assert (item["seq_no"], item["code"], item["status"], item["business_no"]) == (
        seq_of(1),
        200,
        "approved",
        "ZB0100202600001",
    )
    await house.gateway.answered(3)
    assert house.gateway.to(1)[-1] == ("GRT201", "1")


async def test_a_forbidden_approval_is_a_409_with_the_rule(api: Api) -> None:
    client, house = api
    await house.gateway.send(declaration(1, LETTER | {"gasrAmt": "0"}))
    await house.gateway.answered(2)
    response = await client.post(
        V1 + "/decisions", json={"items": [{"seq_no": seq_of(1), "result": "approve"}]}
    )
    body = await problem_of(response, 409)
    assert body["findings"][0]["code"] == "S101.07"
    assert (body["items"][0]["code"], body["items"][0]["rule"], body["items"][0]["status"]) == (
        409,
        "S101.07",
        "received",
    )
    assert "不能通过" in body["items"][0]["message_zh"]


async def test_each_decision_has_its_own_result(api: Api) -> None:
    client, house = api
    await house.gateway.send(declaration(1))
    await house.gateway.answered(2)
    response = await client.post(
        V1 + "/decisions",
        json={
            "items": [
                {"seq_no": seq_of(1), "result": "return", "notes": ["材料不全"]},
                {"seq_no": seq_of(2), "result": "approve"},
                {"seq_no": seq_of(1), "result": "approve"},
            ]
        },
    )
    assert response.status == 200
    assert [item["code"] for item in (await response.json())["items"]] == [200, 404, 409]
    assert (await house.gateway.answered(3))[2].notes == ["材料不全"]


async def test_an_unknown_seq_no_is_a_404(api: Api) -> None:
    client, _ = api
    response = await client.post(
        V1 + "/decisions", json={"items": [{"seq_no": "1", "result": "hold"}]}
    )
    assert (await problem_of(response, 404))["items"][0]["code"] == 404


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[]", "object"),
        (b'{"items": [{"result": "approve"}]}', "seq_no"),
        (b'{"items": [{"seq_no": "1", "result": "maybe"}]}', "approve | return | review | hold"),
        (b'{"items": []}', "1000"),
        (b'{"items": [{"seq_no": "1", "result": "return", "notes": "no list"}]}', "notes"),
        (b'{"items": [{"seq_no": "\\u0000", "result": "return"}]}', "printable"),
        (
            b'{"items": [{"seq_no": "1", "result": "return", "notes": ["' + b"x" * 256 + b'"]}]}',
            "255",
        ),
        (b'{"items": [{"seq_no": "1", "result": "return", "note": []}]}', "note"),
    ],
    ids=[
        "empty",
        "cut off",
        "no text",
        "a list",
        "no seq_no",
        "unknown word",
        "nothing",
        "notes no list",
        "NUL",
        "long note",
        "misspelt",
    ],
)
async def test_a_bad_decision_is_a_400_that_says_what_is_wanted(
    api: Api, content: bytes, told: str
) -> None:
    client, _ = api
    body = await problem_of(await client.post(V1 + "/decisions", data=content), 400)
    assert told in body["findings"][0]["message_en"]


async def test_a_body_beyond_the_limit_is_a_413(api: Api) -> None:
    client, _ = api
    await problem_of(
        await client.post(V1 + "/decisions", data=io.BytesIO(b" " * (1024 * 1024 + 1))), 413
    )


# profile, hold, release


async def test_the_profile_can_be_changed_and_is_told(api: Api) -> None:
    client, house = api
    response = await client.put(V1 + "/profile", json={"profile": "instant"})
    assert (response.status, await response.json()) == (200, {"profile": "instant"})
    await house.gateway.send(declaration(1))
    await house.gateway.answered(2)
    assert house.gateway.to(1)[-1] == ("GRT201", "1")
    assert (await (await client.get("/readyz")).json())["profile"] == "instant"


async def test_an_unknown_profile_is_a_400_that_names_the_three(api: Api) -> None:
    client, _ = api
    body = await problem_of(await client.put(V1 + "/profile", json={"profile": "fast"}), 400)
    assert "instant | realistic | manual" in body["findings"][0]["message_zh"]


async def test_hold_and_release(api: Api) -> None:
    client, house = api
    assert await (await client.post(V1 + "/hold")).json() == {"held": True}
    with pytest.raises(Unavailable):
        await house.gateway.send(declaration(1))
    assert (await (await client.get("/readyz")).json())["held"]
    assert await (await client.post(V1 + "/release")).json() == {"held": False}
    await house.gateway.send(declaration(1))
    await house.gateway.answered(2)


# parked and messages


async def test_what_was_parked_is_listed(api: Api) -> None:
    client, house = api
    with pytest.raises(Undelivered):
        await house.gateway.send(Message(id="M-1", body=b"<a>"))
    body = await (await client.get(V1 + "/parked")).json()
    [item] = body["items"]
    assert (item["message_id"], item["direction"], item["tries"], item["at"]) == (
        "M-1",
        "in",
        1,
        "2026-11-23T12:00:00+08:00",
    )
    assert item["reason"]
    assert (body["total"], body["next"]) == (1, None)


async def test_messages_are_found_by_any_of_their_numbers(api: Api) -> None:
    client, house = api
    await house.gateway.send(declaration(1), declaration(2, CASH))
    await house.gateway.answered(4)

    async def found(q: str) -> list[tuple[str, str]]:
        body = await (await client.get(V1 + "/messages", params={"q": q})).json()
        assert body["total"] == len(body["items"])
        return [(item["direction"], item["message_type"]) for item in body["items"]]

    three = [("out", "GRT201"), ("out", "GRT200"), ("in", "GRT101")]
    assert await found(seq_of(1)) == await found(gateway_id(1)) == await found("R-0001") == three
    assert len(await found("")) == len(await found("1105910159")) == 6
    assert await found("nothing") == []


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/worklist?limit=0", "1 to 1000"),
        ("/worklist?limit=1001", "1 to 1000"),
        ("/parked?limit=x", "1 to 1000"),
        ("/messages?cursor=x", "next"),
        ("/messages?q=%00", "printable"),
        ("/worklist?cursor=99999999999999999999", "next"),
    ],
)
async def test_a_bad_parameter_is_a_400_that_names_it(api: Api, path: str, told: str) -> None:
    client, _ = api
    body = await problem_of(await client.get(V1 + path), 400)
    assert told in body["findings"][0]["message_en"]
    assert body["findings"][0]["field"] in path
