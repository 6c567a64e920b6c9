"""Customs without a key: asked for, the starter's own, direct, and over with the first key that
somebody is given."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from customs_sim.cli.operators import operator_keys
from customs_sim.control.access import is_loopback
from gateway.base.web.neighbours import another_users
from tests.conftest import Api, client, pair_at

V1 = "/control/v1"
NEW = b'{"name": "a person", "role": "tester"}'


@contextlib.asynccontextmanager
async def desk(home: Path, **changes: Any) -> AsyncIterator[Api]:
    async with pair_at(home, **changes) as pair, client(pair.ready) as api:
        yield api


async def keyless(api: Api, method: str = "GET", path: str = "/worklist", **headers: str) -> int:
    answer = await api.call(method, f"{api.ready.control}{V1}{path}", key="", **headers)
    if answer.status in (401, 403):
        assert answer.findings[0]["hint_en"]
    return answer.status


async def raw(api: Api, text: str) -> int:
    """Return the status of what is answered to ``text`` as it stands; PORT is filled in."""
    port = urlsplit(api.ready.control).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text.replace("PORT", str(port)).replace("\n", "\r\n").encode())
    line = await reader.readline()
    writer.close()
    return int(line.split()[1])


# asked for


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({}, 200),
        ({"keyless": False}, 401),
        ({"host": "0.0.0.0"}, 401),
        ({"host": "0.0.0.0", "keyless": True}, 200),
    ],
    ids=["loopback", "forbidden", "every address", "every address, asked for"],
)
async def test_it_is_asked_for(tmp_path: Path, settings: dict[str, Any], status: int) -> None:
    async with desk(tmp_path / "home", **settings) as api:
        port = urlsplit(api.ready.control).port
        api.ready.control = f"http://127.0.0.1:{port}"
        assert await keyless(api) == status


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("", False),
        ("localhost.evil.example", False),
        ("gateway", False),
    ],
)
def test_what_listens_on_this_machine_only(host: str, local: bool) -> None:
    assert is_loopback(host) is local


# over with the first key


async def test_the_key_of_the_home_does_not_end_it_and_one_made_over_http_does(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path / "home") as api:
        assert (await api.control("GET", "/worklist")).status == 200
        assert await keyless(api) == 200
        made = await api.call("POST", f"{api.ready.control}{V1}/operators", key="", body=NEW)
        assert made.status == 201
        assert await keyless(api) == 401
        await api.control("DELETE", f"/operators/{made.json['hash']}")
        assert await keyless(api) == 401
        assert (await api.control("GET", "/worklist")).status == 200
    async with desk(tmp_path / "home") as api:
        assert await keyless(api) == 401


@pytest.mark.slow
async def test_one_made_by_the_command_ends_it_at_once(tmp_path: Path) -> None:
    async with pair_at(tmp_path / "home") as pair, client(pair.ready) as api:
        assert await keyless(api) == 200
        await asyncio.to_thread(
            operator_keys, pair.settings, add="x", role="viewer", revoke_named="", as_json=True
        )
        assert await keyless(api) == 401


# no proxied call, no page of others


@pytest.mark.parametrize(
    "header",
    [
        "Forwarded: for=192.0.2.1",
        "X-Forwarded-For: 192.0.2.1",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: eport.example",
        "X-Forwarded-Server: a",
        "X-Forwarded-Prefix: /desk",
        "X-Real-IP: 192.0.2.1",
        "Via: 1.1 proxy",
        "CF-Connecting-IP: 192.0.2.1",
        "CF-Ray: 1",
        "True-Client-IP: 192.0.2.1",
        "X-Client-IP: 192.0.2.1",
        "X-Original-Host: a",
        "X-Envoy-External-Address: 192.0.2.1",
        "X-Amzn-Trace-Id: Root=1",
        "Fly-Client-IP: 192.0.2.1",
        "Proxy-Connection: keep-alive",
        "X-Anything-Else: 1",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Origin: http://evil.example",
        "Origin: null",
    ],
)
@pytest.mark.slow
async def test_what_a_proxy_or_a_foreign_page_sends_needs_a_key(api: Api, header: str) -> None:
    name, value = header.split(": ")
    for method, path in (("GET", "/worklist"), ("POST", "/operators")):
        assert await keyless(api, method, path, **{name: value}) in (401, 403)
    assert await keyless(api, **{name.lower(): value}) in (401, 403)
    key = api.ready.operator_key
    answer = await api.call("GET", f"{api.ready.control}{V1}/worklist", key=key, **{name: value})
    assert answer.status == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("GET /control/v1/worklist HTTP/1.1\nHost: 127.0.0.1:PORT\n\n", 200),
        ("GET /control/v1/worklist HTTP/1.1\nHost: localhost:PORT\n\n", 200),
        ("GET /control/v1/worklist HTTP/1.0\nHost: 127.0.0.1:PORT\nConnection: close\n\n", 401),
        ("GET /control/v1/worklist HTTP/1.1\nHost: 127.0.0.1\n\n", 403),
        ("GET /control/v1/worklist HTTP/1.1\nHost: 127.0.0.1:1\n\n", 403),
        ("GET /control/v1/worklist HTTP/1.1\nHost: 127.0.0.1:PORT:1\n\n", 403),
        ("GET /control/v1/worklist HTTP/1.1\nHost: 127.0.0.1:x\n\n", 403),
        ("GET /control/v1/worklist HTTP/1.1\nHost: customs.example\n\n", 403),
        ("GET /control/v1/worklist HTTP/1.1\nHost: localhost.evil.example:PORT\n\n", 403),
    ],
)
async def test_a_request_as_it_stands(api: Api, request_: str, status: int) -> None:
    assert await raw(api, request_) == status


@pytest.mark.slow
async def test_what_a_browser_sends_of_its_own_page_is_the_testers(api: Api) -> None:
    own = {
        "Origin": api.ready.control,
        "Referer": f"{api.ready.control}/",
        "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Dest": "empty",
        "Sec-CH-UA": '"Chromium"',
        "Accept-Language": "zh-CN",
        "DNT": "1",
        "Priority": "u=1",
    }
    assert await keyless(api, **own) == 200
    assert await keyless(api, **{"Sec-Fetch-Site": "none"}) == 200


# whose socket it is


TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when uid timeout
   0: 0100007F:1F9A 0100007F:A001 01 00000000:00000000 00:00000000 00000000  1000        0 1
   1: 0100007F:A001 0100007F:1F9A 01 00000000:00000000 00:00000000 00000000  {user}        0 2
   2: 0100007F:A002 0100007F:1F9A 06 00000000:00000000 00:00000000 00000000     0        0 3
"""
OWN, PEER = ("127.0.0.1", 0x1F9A), ("127.0.0.1", 0xA001)


@pytest.mark.parametrize(("user", "another"), [(1000, False), (33, True), (0, True)])
def test_the_system_tells_whose_the_caller_is(tmp_path: Path, user: int, another: bool) -> None:
    table = tmp_path / "tcp"
    table.write_text(TABLE.format(user=user), encoding="ascii")
    assert another_users(PEER, OWN, [table]) is another
    assert another_users(("::ffff:127.0.0.1", 0xA001), OWN, [table]) is another
    assert another_users(("127.0.0.1", 0xA002), OWN, [table]) is None  # not even our own end
    assert another_users(PEER, OWN, [tmp_path / "none"]) is None


def test_a_caller_whose_socket_is_nowhere_is_another(tmp_path: Path) -> None:
    table = tmp_path / "tcp"
    lines = TABLE.format(user=1000).splitlines(keepends=True)
    table.write_text("".join(lines[:2]), encoding="ascii")
    assert another_users(PEER, OWN, [table]) is True


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="Linux tells it")
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_socket_of_ours_is_found(family: int) -> None:
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    try:
        server = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip("no IPv6 here")
    with server, socket.create_connection(server.getsockname()[:2]) as caller:
        accepted, peer = server.accept()
        with accepted:
            assert another_users(peer[:2], accepted.getsockname()[:2]) is False
            assert caller.getsockname()[1] == peer[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
async def test_another_user_of_this_machine_needs_a_key(api: Api) -> None:
    code = (
        "import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[1]))"  # direct in every way
    )
    url = f"{api.ready.control}{V1}/worklist"
    for user, wanted in ((0, 0), (65534, 1)):
        process = await asyncio.create_subprocess_exec(
            "/usr/bin/env",
            "python3",
            "-c",
            code,
            url,
            user=user,
            stderr=asyncio.subprocess.PIPE,
            cwd="/",
        )
        _, said = await process.communicate()
        assert process.returncode == wanted, said
        assert (b"401" in said) is bool(wanted)
