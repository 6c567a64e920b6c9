"""The control API of customs over real HTTP: the frame, and who may call it."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from customs_sim.cli.app import control_app
from customs_sim.control.access import Door
from customs_sim.office.operators import Operators
from gateway.base.errors import Unavailable
from schemas.findings import Refused
from tests.customs_factories import House
from tests.flow.control.control import KEY, V1, Api, problem_of


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
