"""The control API of customs over real HTTP: shapes, refusals, and who may call it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from customs_sim.cases.settings import CustomsSettings
from customs_sim.cli.app import control_app
from customs_sim.control.access import Door
from customs_sim.office.operators import Operators
from gateway.base.errors import Unavailable, Undelivered
from gateway.base.message import Message
from schemas.findings import Refused
from tests.customs_factories import CASH, LETTER, House, declaration, gateway_id, seq_of

KEY = "operator-key-of-this-test"
V1 = "/control/v1"
Api = tuple[TestClient[Any, Any], House]


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    house = House(settings=CustomsSettings(profile="manual"))
    async with (
        house,
        TestClient(TestServer(control_app(house.node, operator_key=KEY, keyless=True))) as client,
    ):
        yield client, house


async def problem_of(response: ClientResponse, status: int) -> dict[str, Any]:
    assert response.status == status, await response.text()
    assert response.content_type == "application/problem+json"
    body: dict[str, Any] = await response.json(content_type=None)
    assert body["status"] == status
    assert body["findings"][0]["message_zh"]
    assert body["findings"][0]["message_en"]
    return body


# the worklist and decisions


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


# the frame


async def test_health_and_pointer_need_no_key(api: Api) -> None:
    client, _ = api
    strange = {"Host": "evil.example", "Authorization": "Bearer wrong"}
    for path in ("/control", "/livez", "/readyz"):
        response = await client.get(path, headers=strange)
        assert response.status == 200
    assert (await (await client.get("/control")).json())["control"] == V1


async def test_a_store_that_is_gone_is_a_503(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    client, house = api

    async def gone(*_: object, **__: object) -> None:
        raise Unavailable("no route to the store")

    with monkeypatch.context() as patch:
        patch.setattr(house.store, "read", gone)
        response = await client.get("/readyz")
        assert response.headers["Retry-After"] == "1"
        await problem_of(response, 503)
        assert (await client.get("/livez")).status == 200


async def test_an_unknown_path_and_a_wrong_method_are_problems_too(api: Api) -> None:
    client, _ = api
    await problem_of(await client.get("/nothing"), 404)
    body = await problem_of(await client.get(V1 + "/hold"), 405)
    assert "POST" in body["findings"][0]["message_en"]


async def test_the_operators_key_opens_from_any_host_name(api: Api) -> None:
    client, _ = api
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Host": "customs.example",
        "Origin": "https://desk.example",
        "X-Forwarded-For": "192.0.2.1",
    }
    assert (await client.get(V1 + "/worklist", headers=headers)).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": KEY}, 401),
        ({"Authorization": "Basic b3BlcmF0b3I="}, 401),
        ({"X-Forwarded-For": "192.0.2.1"}, 401),
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost.evil.example:8090"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:8090", "Origin": "http://localhost:8080"}, 403),
    ],
    ids=[
        "wrong key",
        "no scheme",
        "another scheme",
        "behind a proxy",
        "foreign host",
        "host that only looks local",
        "foreign origin",
        "opaque origin",
        "another port's page",
    ],
)
async def test_a_caller_without_right_is_refused(
    api: Api, headers: dict[str, str], status: int
) -> None:
    client, _ = api
    response = await client.post(V1 + "/hold", headers=headers)
    body = await problem_of(response, status)
    assert (response.headers.get("WWW-Authenticate") == "Bearer") == (status == 401)
    assert KEY not in str(body)


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])
async def test_a_page_of_this_very_server_is_a_tester(api: Api, name: str) -> None:
    client, _ = api
    host = f"{name}:{client.port}"
    assert (
        await client.get(
            V1 + "/worklist", headers={"Host": host, "Origin": f"http://{host.lower()}"}
        )
    ).status == 200


async def test_a_caller_from_another_machine_needs_the_key(api: Api) -> None:
    class Transport:
        def get_extra_info(self, name: str, default: object = None) -> object:
            return ("192.0.2.7", 40000) if name == "peername" else default

    request = make_mocked_request(
        "GET", V1 + "/worklist", headers={"Host": "localhost"}, transport=Transport()
    )
    people = Operators(api[1].store, api[1].wall)
    with pytest.raises(Refused) as raised:
        await Door(people, keyless=True).local(request)
    assert raised.value.status == 401


async def test_without_an_operators_key_no_key_is_right() -> None:
    async with (
        House() as house,
        TestClient(TestServer(control_app(house.node, operator_key="", keyless=True))) as client,
    ):
        assert (
            await client.get(V1 + "/worklist", headers={"Authorization": "Bearer "})
        ).status == 401
        assert (await client.get(V1 + "/worklist")).status == 200


# what customs starts


LEVY_ORDER = {
    "enterprise": "1105910159",
    "customs": "0100",
    "amount": "120000.50",
    "biz_type": "2",
    "biz_no": "C010016A0471",
    "oriact_no": "C010016A0471",
}


async def test_a_levy_is_issued_changed_and_taken_back(api: Api) -> None:
    client, house = api
    response = await client.post(V1 + "/levies", json=LEVY_ORDER)
    assert response.status == 201
    levy = await response.json()
    assert levy == {
        "levy_no": "ZS0100202600001",
        "amount": "120000.50",
        "change_no": 0,
        "version": 1,
    }
    again = await (
        await client.post(V1 + "/levies/ZS0100202600001/reissue", json={"amount": 130000.5})
    ).json()
    assert again == {
        "levy_no": "ZS0100202600001",
        "amount": "130000.50",
        "change_no": 1,
        "version": 2,
    }
    gone = await client.delete(V1 + "/levies/ZS0100202600001")
    assert (gone.status, (await gone.json())["version"]) == (200, 3)
    assert [a.type for a in await house.gateway.answered(3)] == ["GRT301", "GRT301", "GRT302"]
    await problem_of(await client.delete(V1 + "/levies/ZS0100202600001"), 409)
    body = await problem_of(await client.delete(V1 + "/levies/ZS0100202699999"), 404)
    assert body["findings"][0]["code"] == "ID.02"


@pytest.mark.parametrize(
    ("path", "changes", "code", "field"),
    [
        ("/levies", {"amount": "0"}, "P301.01", "amount"),
        ("/levies", {"enterprise": "1105919999"}, "P301.01", "enterprise"),
        ("/levies", {"customs": "0199"}, "P301.01", "customs"),
        ("/levies", {"biz_type": "9"}, "P301.01", "biz_type"),
        ("/levies", {"oriact_no": "C"}, "P301.01", "oriact_no"),
    ],
)
async def test_what_a_rule_forbids_is_a_409_with_rule_and_field(
    api: Api, path: str, changes: dict[str, str], code: str, field: str
) -> None:
    client, _ = api
    body = await problem_of(await client.post(V1 + path, json=LEVY_ORDER | changes), 409)
    assert (body["findings"][0]["code"], body["findings"][0]["field"]) == (code, field)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/levies", LEVY_ORDER | {"biz_no": "x" * 65}),
        ("/levies", LEVY_ORDER | {"oriact_valid_until": "2026-13-01"}),
        ("/levies", LEVY_ORDER | {"colour": "red"}),
        ("/payments", {"amount": "1", "paid_at": "2026-11-23T12:00:00", "reference": "B"}),
        ("/payments", {"amount": "1", "paid_at": "yesterday", "reference": "B"}),
        ("/statements", {"enterprise": "1105910159", "from": "", "to": "2026-11-23"}),
        ("/guarantee-requests", {"enterprise": "1105910159", "valid_until": "soon"}),
        ("/refunds", {"gur_no": "X", "amount": "1", "reason": ""}),
        ("/levies/X/reissue", {}),
    ],
)
async def test_a_request_that_cannot_be_read_is_a_400(
    api: Api, path: str, content: dict[str, Any]
) -> None:
    client, _ = api
    await problem_of(await client.post(V1 + path, json=content), 400)


async def test_a_business_step_answers_the_levies_it_raised(api: Api) -> None:
    client, house = api
    event = {
        "biz_type": "3",
        "biz_no": "E010016A0989",
        "enterprise": "1105910159",
        "customs": "0100",
        "basis_amount": "30000.75",
    }
    response = await client.post(V1 + "/business-events", json=event)
    assert await response.json() == {
        "levies": [
            {"levy_no": "ZS0100202600001", "amount": "30000.75", "change_no": 0, "version": 1}
        ]
    }
    assert await (
        await client.post(V1 + "/business-events", json=event | {"biz_type": "5"})
    ).json() == {"levies": []}
    [asked] = await house.gateway.answered(1)
    assert asked["oriactNo"] == "E010016A0989"


async def test_money_statements_and_the_ledger_are_told_in_strings(api: Api) -> None:
    client, house = api
    paid = {"amount": "70.00", "paid_at": "2026-11-23T12:00:00+08:00", "reference": "B-1"}
    response = await client.post(V1 + "/payments", json=paid)
    assert (response.status, await response.json()) == (
        201,
        {
            "payment_no": "JK0000000001",
            "levy_no": None,
            "matched": "0.00",
            "suspense": "70.00",
            "payment": None,
            "duplicate": False,
        },
    )
    repeat = await client.post(V1 + "/payments", json=paid)
    assert (repeat.status, (await repeat.json())["duplicate"]) == (200, True)
    await client.put(V1 + "/profile", json={"profile": "instant"})
    await house.gateway.send(declaration(1, CASH))
    number = (await house.gateway.answered(2))[1]["gasrNo"]
    whole = await (await client.get(V1 + "/ledger")).json()
    assert whole == {
        "no": None,
        "accounts": {"bank": "500070.00", "letters": "0.00", "suspense": "70.00"},
        "entries": [],
    }
    one = await (await client.get(V1 + "/ledger", params={"no": number})).json()
    assert one["accounts"] == {
        f"avail:{number}": "500000.00",
        f"custody:{number}": "500000.00",
        f"limit:{number}": "500000.00",
    }
    assert [(e["debit"], e["credit"], e["amount"]) for e in one["entries"]] == [
        ("bank", f"custody:{number}", "500000.00"),
        (f"limit:{number}", f"avail:{number}", "500000.00"),
    ]
    await problem_of(await client.get(V1 + "/ledger", params={"no": "ZB0100202699999"}), 404)
    day = {"enterprise": "1105910159", "from": "2026-11-23", "to": "2026-11-23"}
    made = await (await client.post(V1 + "/statements", json=day)).json()
    assert (
        made["statement_no"],
        made["version"],
        made["opening"],
        made["closing"],
        made["lines"],
    ) == ("DZ0100202600001", 1, "0.00", "500000.00", 1)
    assert (await (await client.post(V1 + "/statements", json=day)).json())["version"] == 2
    await problem_of(await client.post(V1 + "/statements", json=day | {"from": "2026-11-20"}), 409)
    refund = {"gur_no": number, "amount": "100", "reason": "核销"}
    assert await (await client.post(V1 + "/refunds", json=refund)).json() == {
        "refund_no": "TH0100202600001"
    }
    body = await problem_of(
        await client.post(V1 + "/refunds", json=refund | {"amount": "1000000"}), 409
    )
    assert body["findings"][0]["code"] == "R121.10"
    response = await client.post(
        V1 + "/guarantee-requests", json={"enterprise": "1105910159", "amount": "800000"}
    )
    assert response.status == 201
    body = await problem_of(
        await client.post(
            V1 + "/guarantee-requests", json={"enterprise": "1105910159", "gasr_no": number}
        ),
        409,
    )
    assert body["findings"][0]["code"] == "C101.02"


async def test_a_register_is_closed_by_its_seq_no_or_number(api: Api) -> None:
    client, house = api
    await client.put(V1 + "/profile", json={"profile": "instant"})
    await house.gateway.send(declaration(1), declaration(2))
    number = (await house.gateway.answered(4))[3]["gasrNo"]
    response = await client.post(
        V1 + "/decisions",
        json={
            "items": [
                {"seq_no": seq_of(1), "result": "close"},
                {"seq_no": number, "result": "close"},
                {"seq_no": number, "result": "close"},
            ]
        },
    )
    assert [
        (item["code"], item["case_no"] is None) for item in (await response.json())["items"]
    ] == [(200, False), (200, True), (409, True)]
    assert [a["gurStucd"] for a in (await house.gateway.answered(6))[4:]] == ["3", "3"]
