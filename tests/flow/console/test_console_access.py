"""The console over HTTP: who gets in, and what a role may."""

from __future__ import annotations

import pytest

from customs_sim.office.operators import HOURS, Actor, Role
from tests.flow.console.visitor import AWAY, KEY, PAGE, V1, Api, client_of, key_of, post, token


async def test_from_another_machine_a_key_opens_a_session_and_its_end_closes_it(api: Api) -> None:
    client, house = api
    first = await client.get("/levies", headers=PAGE | AWAY, allow_redirects=False)
    assert (first.status, first.headers["Location"]) == (303, "/login?next=%2Flevies")
    wrong = await post(
        client,
        "/login",
        AWAY,
        csrf=await token(client, "/login", **AWAY),
        key="ok_wrong",
        next="/levies",
    )
    assert wrong.status == 401
    answer = await post(
        client, "/login", AWAY, csrf=await token(client, "/login", **AWAY), key=KEY, next="/levies"
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/levies")
    cookie = answer.cookies["desk"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    assert (await client.get("/levies", headers=PAGE | AWAY)).status == 200
    assert [row[0] for row in await house.rows("SELECT count(*) FROM c_sessions")] == [1]
    assert KEY not in str(await house.rows("SELECT * FROM c_sessions, c_operators"))
    house.wall.advance(HOURS * 3600 + 1)
    other = client_of(house)
    async with other:
        other.session.cookie_jar.update_cookies({"desk": cookie.value})
        assert (
            await other.get("/levies", headers=PAGE | AWAY, allow_redirects=False)
        ).status == 303
    await post(client, "/logout", AWAY, csrf=await token(client, "/levies", **AWAY))
    assert (await client.get("/levies", headers=PAGE | AWAY, allow_redirects=False)).status == 303


async def test_a_page_of_a_foreign_host_name_is_no_tester(api: Api) -> None:
    client, _ = api
    answer = await client.get("/", headers=PAGE | {"Host": "evil.example"}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/login?next=%2F")


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("viewer", (True, False, False)),
        ("officer", (True, True, False)),
        ("tester", (True, True, True)),
    ],
)
async def test_a_role_may_what_its_row_says_and_no_more(
    api: Api, role: str, allowed: tuple[bool, bool, bool]
) -> None:
    client, _ = api
    headers = await key_of(client, role)
    decision = {"items": [{"seq_no": "1", "result": "hold"}]}
    statuses = [
        (await client.get(V1 + "/worklist", headers=headers)).status,
        (await client.post(V1 + "/decisions", json=decision, headers=headers)).status,
        (await client.put(V1 + "/profile", json={"profile": "manual"}, headers=headers)).status,
    ]
    assert [status != 403 for status in statuses] == list(allowed)
    login = {
        "csrf": await token(client, "/login"),
        "key": headers["Authorization"].removeprefix("Bearer "),
        "next": "/",
    }
    await client.post("/login", data=login, headers=PAGE)
    assert (await client.get("/operators", headers=PAGE)).status == (
        200 if role == "tester" else 403
    )
    page = await (await client.get("/", headers=PAGE)).text()
    assert ('action="/decide"' in page) is allowed[1]
    forged = await post(
        client,
        "/decide",
        csrf=(
            await token(client, "/messages")
            if role == "viewer"
            and 'name="csrf"' in await (await client.get("/messages", headers=PAGE)).text()
            else await token(client)
        ),
        seq_no="1",
        act="hold",
    )
    assert (forged.status != 403) is allowed[1]


async def test_a_revoked_key_is_right_no_more_and_stays_so_after_a_restart(api: Api) -> None:
    client, house = api
    listed = (await (await client.get(V1 + "/operators")).json())["items"]
    assert [(each["name"], each["role"], each["revoked"]) for each in listed] == [
        ("operator", "tester", False)
    ]
    headers = {"Authorization": f"Bearer {KEY}"}
    assert (await client.get(V1 + "/worklist", headers=headers)).status == 200
    assert (await client.delete(f"{V1}/operators/{listed[0]['hash']}")).status == 200
    assert (await client.get(V1 + "/worklist", headers=headers)).status == 401
    async with client_of(house) as again:
        assert (await again.get(V1 + "/worklist", headers=headers)).status == 401
    assert (await client.delete(V1 + "/operators/abcdef")).status == 404
    assert (await client.post(V1 + "/operators", json={"name": "", "role": "viewer"})).status == 400
    assert (await client.post(V1 + "/operators", json={"name": "x", "role": "king"})).status == 400


def test_a_role_includes_those_before_it() -> None:
    assert [[role.may(wanted) for wanted in Role] for role in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]
    assert Actor(name="x", role=Role.VIEWER).role == "viewer"
