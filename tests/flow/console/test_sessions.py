"""Who logged in at the desk stays who they are: a session that ends asks for the key and keeps the
form; nobody becomes the local tester unless they choose to."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from sqlalchemy import delete

from customs_sim.control.http import OPERATORS
from customs_sim.store.desk_tables import sessions
from gateway.base.web.pages.attempts import Attempts
from tests.customs_factories import House, seq_of
from tests.flow.console.visitor import AWAY, KEY, OWN, PAGE, V1, Api, audit, filed, post, token

Form = list[tuple[str, str]]


async def log_in(client: TestClient[Any, Any], key: str = KEY) -> ClientResponse:
    return await post(client, "/login", csrf=await token(client, "/login"), key=key, next="/")


async def ended(client: TestClient[Any, Any], house: House) -> None:
    """Every session is over, as after 12 hours or a revoked key."""
    await house.store.write(lambda c: c.execute(delete(sessions)))
    client.server.app[OPERATORS].forget()


def form_in(page: str, action: str) -> Form:
    """The fields of the form on a page that goes to ``action``, as a browser sends them."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert found, page
    inputs = re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', found[0])
    areas = re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', found[0])
    return [(name, html.unescape(value)) for name, value in (*inputs, *areas)]


async def send(client: TestClient[Any, Any], path: str, form: Form) -> tuple[int, str, str]:
    answer = await client.post(path, data=form, headers=PAGE, allow_redirects=False)
    return answer.status, await answer.text(), answer.headers.get("Location", "")


async def test_a_session_that_ended_asks_for_the_key_and_keeps_the_form(api: Api) -> None:
    client, house = api
    await filed(house, 1, 2)
    await log_in(client)
    csrf = await token(client)
    note = "<材料> 不全\n请补"
    form = [("csrf", csrf), ("back", "/"), ("act", "return"), ("notes", note), ("sure", "yes")]
    form += [("seq_no", seq_of(1)), ("seq_no", seq_of(2))]
    await ended(client, house)
    status, page, _ = await send(client, "/decide", form)
    assert status == 401
    assert "本机 ·" not in page
    login = form_in(page, "/login")
    assert ("kept.notes", note) in login
    # a wrong key loses nothing
    wrong = [(name, value) for name, value in login if name != "key"]
    status, page, _ = await send(client, "/login", [*wrong, ("key", "ok_wrong")])
    assert status == 401
    again = form_in(page, "/login")
    assert ("kept.notes", note) in again
    status, page, _ = await send(client, "/login", [*again, ("key", KEY)])
    assert status == 200
    kept = form_in(page, "/decide")
    assert dict(kept)["notes"] == note
    assert [value for name, value in kept if name == "seq_no"] == [seq_of(1), seq_of(2)]
    assert {each["outcome"] for each in await audit(client, "return")} == set()  # nothing yet
    status, _, location = await send(client, "/decide", kept)
    assert (status, location) == (303, "/")
    assert {each["operator"] for each in await audit(client, "return")} == {"operator"}


@pytest.mark.parametrize("how", ["logged out", "ended"])
async def test_nobody_becomes_the_local_tester_but_by_choice(api: Api, how: str) -> None:
    client, house = api
    await filed(house, 1)
    assert "本机 ·" in await (await client.get("/", headers=PAGE)).text()
    await log_in(client)
    assert "退出" in await (await client.get("/", headers=PAGE)).text()
    if how == "ended":
        await ended(client, house)
    else:
        left = await post(client, "/logout", csrf=await token(client))
        assert left.headers["Location"] == "/login"
    for path in ("/", "/levies"):
        asked = await client.get(path, headers=PAGE, allow_redirects=False)
        assert (asked.status, asked.headers["Location"][:7]) == (303, "/login?"), path
    csrf = await token(client, "/login")
    decided = await post(
        client, "/decide", csrf=csrf, back="/", act="approve", seq_no=seq_of(1), sure="yes"
    )
    assert decided.status == 401
    assert await audit(client, "approve") == []
    chosen = await post(client, "/login/local", csrf=csrf, next="/levies")
    assert chosen.headers["Location"] == "/levies"
    assert "本机 ·" in await (await client.get("/", headers=PAGE)).text()
    assert (await audit(client, "login"))[0]["operator"] == "本机 local"


async def test_a_stranger_is_offered_no_way_without_a_key(api: Api) -> None:
    client, _ = api
    page = await (await client.get("/login", headers=PAGE | AWAY)).text()
    assert "/login/local" not in page
    csrf = await token(client, "/login", **AWAY)
    refused = await post(client, "/login/local", AWAY, csrf=csrf, next="/")
    assert refused.status == 401


async def test_another_sites_form_is_not_kept(api: Api) -> None:
    client, house = api
    await log_in(client)
    await ended(client, house)
    forged = [("csrf", "0" * 64), ("act", "approve"), ("seq_no", "1")]
    status, page, _ = await send(client, "/decide", forged)
    assert status == 401
    assert "kept.act" not in page


async def test_access_without_a_key_is_switched_off_and_on_again(api: Api) -> None:
    client, _ = api
    csrf = await token(client)
    asked = await post(client, "/operators/keyless", csrf=csrf, back="/operators", allowed="0")
    assert "keys.json" in await asked.text()
    assert (await client.get(V1 + "/worklist")).status == 200  # nothing is done before the answer
    await post(client, "/operators/keyless", csrf=csrf, back="/operators", allowed="0", sure="yes")
    refused = await client.get(V1 + "/worklist")
    assert refused.status == 401
    assert "密钥" in (await refused.json(content_type=None))["findings"][0]["hint_zh"]
    page = await client.get("/", headers=PAGE, allow_redirects=False)
    assert page.headers["Location"].startswith("/login")
    assert (await client.post(V1 + "/reset", headers=OWN)).status == 200
    state = await (await client.get(V1 + "/keyless", headers=OWN)).json()
    assert state == {"allowed": False, "asked_for": True, "ended": "forbidden"}
    changed = await client.put(V1 + "/keyless", json={"allowed": True}, headers=OWN)
    assert (await changed.json())["allowed"]
    assert (await client.get(V1 + "/worklist")).status == 200
    entries = await audit(client, "keyless")
    assert [(each["operator"], each["after"]) for each in entries] == [
        ("operator", '{"allowed":true}'),
        ("本机 local", '{"allowed":false}'),
    ]


async def test_a_new_key_is_still_there_in_the_other_language(api: Api) -> None:
    client, _ = api
    await log_in(client)
    csrf = await token(client, "/operators")
    made = await (await post(client, "/operators", csrf=csrf, name="张三", role="viewer")).text()
    key = re.search(r'class="secret">(ok_[^<]+)<', made)
    assert key, made
    switch = form_in(made, "/operators/key?lang=en")
    status, page, _ = await send(client, "/operators/key?lang=en", switch)
    assert (status, key[1] in page, "shown this once" in page) == (200, True, True)
    assert (
        key[1]
        in (await send(client, "/operators/key?lang=zh", form_in(page, "/operators/key?lang=zh")))[
            1
        ]
    )
    # what is no key is not shown, whoever sends it
    _, page, _ = await send(client, "/operators/key", [("csrf", csrf), ("key", "ok_anything")])
    assert "ok_anything" not in page


async def test_wrong_keys_are_bounded_for_a_beginning_and_for_an_address(api: Api) -> None:
    client, _ = api
    for _ in range(5):
        assert (await log_in(client, "ok_wrong-key-1")).status == 401
    held = await log_in(client, "ok_wrong-key-2")
    assert held.status == 429
    assert 0 < int(held.headers["Retry-After"]) <= 61
    assert "尝试太多" in await held.text()
    assert (await log_in(client)).status == 303  # another key, the same address
    await client.get("/logout")
    for number in range(15):
        await log_in(client, f"other{number:03d}")
    assert (await log_in(client)).status == 429  # the address has had enough


def test_attempts_are_forgotten_in_time_and_in_number() -> None:
    now = [0.0]
    attempts = Attempts(most=2, seconds=60, now=lambda: now[0])
    attempts.failed("a")
    assert attempts.wait("a") == 0
    attempts.failed("a")
    assert (attempts.wait("a"), attempts.wait("b")) == (61, 0)
    now[0] = 59.0
    assert attempts.wait("a") == 2
    now[0] = 60.0
    assert attempts.wait("a") == 0
    for number in range(2000):
        attempts.failed(str(number))
    attempts.failed("1999")
    assert attempts.wait("1999") > 0
    assert attempts.wait("0") == 0
