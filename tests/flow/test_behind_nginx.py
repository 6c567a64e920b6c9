"""The nginx lines of the operations pages, and plain ones: what passes, and who a tester is."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.conftest import Api, eventually
from tests.factories import grt101
from tests.flow.test_batch import zipped
from tests.support.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "README.zh-CN.md")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
NEW = b'{"name": "a stranger", "role": "tester"}'
OPERATORS = "/control/v1/operators"
PLAIN = "server {{ listen 127.0.0.1:{port}; location / {{ {more} proxy_pass {control}; }} }}"


def lines(page: str) -> str:
    [block] = re.findall(
        r"^```nginx\n(.*?)^```",
        (ROOT / "docs" / "operations" / page).read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    return str(block)


def test_the_lines_are_the_same_in_both_languages_and_name_both_ports() -> None:
    assert lines(PAGES[0]) == lines(PAGES[1])
    assert re.findall(r"proxy_pass http://127\.0\.0\.1:(\d+)", lines(PAGES[0])) == ["8080", "8090"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that nginx's workers, which are another user, may enter."""
    if NGINX is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no nginx here; apt-get install nginx-light")
        pytest.skip("no nginx here; apt-get install nginx-light")
    made = Path(tempfile.mkdtemp(prefix="eport-nginx-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@contextlib.asynccontextmanager
async def nginx(folder: Path, servers: str, port: int, *, user: str = "") -> AsyncIterator[None]:
    """nginx with these servers, once it listens on ``port``. ``user``: whose its workers are."""
    assert NGINX is not None
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = (
        f"daemon off; pid {folder}/pid; error_log stderr; {user}\nevents {{}}\n"
        f"http {{ access_log off; {kept}\n{servers}\n}}\n"
    )
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    looked = await asyncio.to_thread(
        subprocess.run, [*command, "-t"], capture_output=True, text=True, timeout=30, check=False
    )
    assert looked.returncode == 0, looked.stderr
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    try:
        await eventually(lambda: listens(port), within=20, what="nginx")
        yield
    finally:
        process.terminate()
        await process.wait()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def certificate(folder: Path) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    pem, key = folder / "eport.pem", folder / "eport.key"
    options = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=eport.example"
    made = subprocess.run(
        ["openssl", *options.split(), "-out", str(pem), "-keyout", str(key)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return pem, key


async def test_the_documented_lines_pass_what_has_a_key_and_nothing_else(
    api: Api, folder: Path
) -> None:
    port, (pem, key) = free_port(), certificate(folder)
    servers = lines(PAGES[0])
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("http://127.0.0.1:8080", api.ready.gateway),
        ("http://127.0.0.1:8090", api.ready.control),
        ("/etc/ssl/eport.pem", str(pem)),
        ("/etc/ssl/eport.key", str(key)),
    ):
        assert old in servers
        servers = servers.replace(old, new)
    own, operator = (
        {"Authorization": f"Bearer {api.ready.keys[api.enterprise]}"},
        {"Authorization": f"Bearer {api.ready.operator_key}"},
    )
    gateway, customs = {"Host": "eport.example"}, {"Host": "customs.example"}
    async with (
        nginx(folder, servers, port),
        aiohttp.ClientSession(
            f"https://127.0.0.1:{port}", connector=aiohttp.TCPConnector(ssl=False)
        ) as http,
    ):
        # the gateway: a message, a large batch, nothing without a key, no metrics
        xml = {"Content-Type": "application/xml"}
        sent = await http.post(
            "/api/v1/messages", data=grt101("R1", 1), headers=gateway | own | xml
        )
        assert sent.status == 202
        batch = zipped(("a.xml", grt101("R2", 2)), ("b.bin", os.urandom(1_500_000)))
        answer = await http.post(
            "/api/v1/messages/batch",
            data=io.BytesIO(batch),
            headers=gateway | own | {"Content-Type": "application/zip"},
        )
        assert (answer.status, (await answer.json())["accepted"]) == (200, 1)
        assert (await http.get("/api/v1/receipts", headers=gateway)).status == 401
        assert (await http.get("/metrics", headers=gateway)).status == 404
        # customs: a key, or a page that asks for one
        assert (await http.get("/metrics", headers=customs)).status == 404
        for headers in (
            {},
            {"Host": "127.0.0.1:8090"},
            {"Host": urlsplit(api.ready.control).netloc},
        ):
            answer = await http.post(OPERATORS, data=NEW, headers=customs | headers)
            assert answer.status in (401, 403, 404), headers
        page = await http.get("/", headers=customs, allow_redirects=False)
        assert (page.status, page.headers["Location"]) == (303, "/login?next=%2F")
        login = await http.get("/login", headers=customs)
        cookie = {"Cookie": f"desk={login.cookies['desk'].value}"}
        assert login.cookies["desk"]["secure"]
        [csrf] = re.findall(r'name="csrf" value="(\w+)"', await login.text())
        form = {"csrf": csrf, "key": api.ready.operator_key, "next": "/"}
        origin = {"Origin": "https://customs.example"}
        entered = await http.post(
            "/login", data=form, headers=customs | cookie | origin, allow_redirects=False
        )
        assert entered.status == 303
        session = {"Cookie": f"desk={entered.cookies['desk'].value}"}
        assert (await http.get("/", headers=customs | session)).status == 200
        assert (await http.post(OPERATORS, data=NEW, headers=customs | operator)).status == 201


@pytest.mark.parametrize(
    ("user", "more"),
    [
        ("", ""),
        ("same", ""),
        ("", 'proxy_http_version 1.1; proxy_set_header Connection "";'),
        ("same", 'proxy_http_version 1.1; proxy_set_header Via "1.1 nginx";'),
        ("same", "proxy_http_version 1.1; proxy_set_header Host $host;"),
        ("same", "proxy_http_version 1.1; proxy_set_header X-Real-IP $remote_addr;"),
    ],
)
async def test_nothing_but_proxy_pass_makes_no_tester_of_a_stranger(
    api: Api, folder: Path, user: str, more: str
) -> None:
    if not user and os.geteuid() != 0:
        pytest.skip("nginx's workers are this user's too")
    port = free_port()
    whose = "user root;" if user and os.geteuid() == 0 else ""
    servers = PLAIN.format(port=port, control=api.ready.control, more=more)
    direct = await api.call("GET", f"{api.ready.control}/control/v1/operators", key="")
    assert direct.status == 200
    async with (
        nginx(folder, servers, port, user=whose),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        answer = await http.post(OPERATORS, data=NEW)
        assert answer.status in (401, 403), await answer.text()
        page = await http.get("/", allow_redirects=False)
        assert page.status == 303
        key = {"Authorization": f"Bearer {api.ready.operator_key}"}
        assert (await http.post(OPERATORS, data=NEW, headers=key)).status == 201
