"""A visitor of the console: filings that wait, forms with their token, keys of every role."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import ClientResponse, CookieJar
from aiohttp.test_utils import TestClient, TestServer

from customs_sim.cli.app import control_app
from tests.customs_factories import LETTER, House, declaration

KEY = "operator-key-of-this-test"
V1 = "/control/v1"
AWAY = {"X-Forwarded-For": "192.0.2.1"}
"""What a caller from another machine looks like."""
PAGE = {"Accept": "text/html"}
OWN = {"Authorization": f"Bearer {KEY}"}
"""Needed from the first key on that somebody is given."""
Api = tuple[TestClient[Any, Any], House]


def client_of(house: House) -> TestClient[Any, Any]:
    return TestClient(
        TestServer(control_app(house.node, operator_key=KEY, keyless=True)),
        cookie_jar=CookieJar(unsafe=True),
    )


async def filed(house: House, *numbers: int, **fields: str) -> None:
    """So many declarations that wait."""
    already = len(house.gateway.answers)
    await house.gateway.send(
        *(declaration(n, LETTER | {"ltguaNo": f"LG-{n:04d}"} | fields) for n in numbers)
    )
    await house.gateway.answered(already + 2 * len(numbers))


async def token(client: TestClient[Any, Any], path: str = "/", **headers: str) -> str:
    """The token in the forms of a page."""
    found = re.search(
        r'name="csrf" value="(\w+)"', await (await client.get(path, headers=PAGE | headers)).text()
    )
    assert found, path
    return found[1]


async def post(
    client: TestClient[Any, Any], path: str, headers: dict[str, str] | None = None, **form: str
) -> ClientResponse:
    return await client.post(path, data=form, headers=PAGE | (headers or {}), allow_redirects=False)


async def audit(client: TestClient[Any, Any], q: str = "") -> list[dict[str, Any]]:
    answer = await client.get(V1 + "/audit", params={"q": q}, headers=OWN)
    items: list[dict[str, Any]] = (await answer.json())["items"]
    return items


async def key_of(client: TestClient[Any, Any], role: str) -> dict[str, str]:
    """The header of a new key with that role."""
    made = await client.post(V1 + "/operators", json={"name": f"the {role}", "role": role})
    assert made.status == 201
    return {"Authorization": f"Bearer {(await made.json())['key']}"}
