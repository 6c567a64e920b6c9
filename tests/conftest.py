"""What all tests share: a pair in this process, a client that speaks to it, and stores of every
kind.

Nothing here sleeps for a fixed time: ``eventually`` looks again until a deadline. A server that is
not there skips its tests on a desk and fails them where ``CI`` is ``true``.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import itertools
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aio_pika
import aiohttp
import msgspec
import pytest
from sqlalchemy import create_engine, exc, text
from sqlalchemy.pool import NullPool

from fixtures.kit.pair.pair import Pair, Ready, running
from gateway.base.broker.rabbitmq import STEPS
from gateway.base.clock.business import MovedClock
from gateway.base.settings import Settings
from gateway.base.store.sql import SqlStore

BEIJING, SHANGHAI = "1105910159", "3105960AAA"
MORNING = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""10 o'clock in Asia/Shanghai on the day that ``tests.factories`` writes its documents for."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the cases of one test in one worker, and all tests of a module that share a fixture of
    it, in their order."""
    for item in items:
        if isinstance(item, pytest.Function):
            fixtures = item._fixtureinfo.name2fixturedefs.values()
            shared = any(each[-1].scope == "module" for each in fixtures)
            name = "" if shared else f"::{item.originalname}"
            item.add_marker(pytest.mark.xdist_group(f"{item.module.__name__}{name}"))


async def eventually(
    look: Callable[[], Any],
    *,
    within: float = 60.0,
    every: float = 0.005,
    what: str | Callable[[], str] = "",
) -> Any:
    """The first answer of ``look`` that is true; fails with the last one when ``within`` seconds
    are over."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(
                f"{(what() if callable(what) else what) or 'it'} did not come true within"
                f" {within:g} s; last seen: {found!r}"
            )
        await asyncio.sleep(every)


# one pair and its client


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings of a problem; it must be one."""
        assert self.type == "application/problem+json", (self.status, self.type, self.body[:300])
        found: list[dict[str, Any]] = self.json.get("findings", [])
        return found

    @property
    def codes(self) -> list[str]:
        return [f["code"] for f in self.findings]


@dataclass(slots=True, kw_only=True)
class Api:
    """A client of one pair. The key is that of ``enterprise`` unless a call names another; headers
    are keywords."""

    session: aiohttp.ClientSession
    ready: Ready
    enterprise: str = BEIJING

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        key: str | None = None,
        enterprise: str | None = None,
        params: Mapping[str, str | int] | None = None,
        **headers: str | None,
    ) -> Reply:
        """``path`` under /api/v1, or a whole address. ``key`` empty: no Authorization."""
        key = self.ready.keys[enterprise or self.enterprise] if key is None else key
        sent = {"Authorization": f"Bearer {key}"} if key else {}
        sent |= {
            name.replace("_", "-"): value for name, value in headers.items() if value is not None
        }
        url = (
            path if "://" in path else f"{self.ready.gateway}/api/v1{path.removeprefix('/api/v1')}"
        )
        content = io.BytesIO(body) if body else body  # aiohttp warns of large plain bytes
        async with self.session.request(
            method, url, data=content, headers=sent, params=params
        ) as answer:
            return Reply(
                status=answer.status, headers=dict(answer.headers), body=await answer.read()
            )

    async def post(self, body: bytes, path: str = "/messages", **options: Any) -> Reply:
        """Submit ``body`` as application/xml unless ``content_type`` says otherwise."""
        return await self.call(
            "POST", path, body=body, **{"content_type": "application/xml"} | options
        )

    async def get(self, path: str, **options: Any) -> Reply:
        return await self.call("GET", path, **options)

    async def delete(self, path: str, **options: Any) -> Reply:
        return await self.call("DELETE", path, **options)

    async def control(self, method: str, path: str, body: Any = None) -> Reply:
        """A call of the customs side, as its operator."""
        return await self.call(
            method,
            f"{self.ready.control}/control/v1{path}",
            key=self.ready.operator_key,
            body=None if body is None else msgspec.json.encode(body),
        )

    async def taken(self, body: bytes, **options: Any) -> Any:
        """The JSON of a submission that must be accepted for the first time."""
        answer = await self.post(body, **options)
        assert answer.status == 202, (answer.status, answer.body.decode())
        return answer.json

    async def declaration(self, seq_no: str, **options: Any) -> Any:
        answer = await self.get(f"/declarations/{seq_no}", **options)
        assert answer.status == 200, answer.body.decode()
        return answer.json

    async def until(self, seq_no: str, *statuses: str, within: float = 60.0, **options: Any) -> Any:
        """The declaration once it has one of ``statuses``."""
        seen: list[str] = []

        async def look() -> Any:
            found = await self.declaration(seq_no, **options)
            if not seen or seen[-1] != found["status"]:
                seen.append(found["status"])
            return found if found["status"] in statuses else None

        return await eventually(
            look, within=within, what=lambda: f"{seq_no} as {' or '.join(statuses)} (it was {seen})"
        )

    async def approved(self, body: bytes, **options: Any) -> Any:
        """Submit, and the declaration once customs approved it."""
        return await self.until(
            (await self.taken(body, **options))["seq_no"],
            "approved",
            **{k: v for k, v in options.items() if k == "enterprise"},
        )

    async def timeline(self, seq_no: str, **options: Any) -> list[Any]:
        items: list[Any] = (await self.get(f"/declarations/{seq_no}/timeline", **options)).json[
            "items"
        ]
        return items

    async def receipts(self, after: int = 0, **options: Any) -> list[Any]:
        """The whole feed behind ``after``, page by page."""
        found: list[Any] = []
        while True:
            page = (
                await self.get("/receipts", params={"after": after, "limit": 1000}, **options)
            ).json
            found += page["items"]
            if page["next"] is None:
                return found
            after = int(page["next"])


def settings_of(home: Path, **changes: Any) -> Settings:
    """Settings of an embedded pair on free ports, whatever the environment says."""
    fixed = {
        "home": home,
        "port": 0,
        "control_port": 0,
        "profile": "instant",
        "store_url": "",
        "customs_store_url": "",
        "amqp_url": "",
        "clock_url": "",
    }
    return Settings(**fixed | changes)


@contextlib.asynccontextmanager
async def client(ready: Ready) -> AsyncIterator[Api]:
    """A client for as long as the block lasts."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield Api(session=session, ready=ready)


@contextlib.asynccontextmanager
async def pair_at(home: Path, **changes: Any) -> AsyncIterator[Pair]:
    """A pair whose business clock starts at MORNING and runs."""
    async with running(
        settings_of(home, **changes), clock=MovedClock(MORNING, frozen=False)
    ) as made:
        yield made


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    """An embedded pair of this test's own: SQLite files, free ports, customs answer at once."""
    async with pair_at(tmp_path / "home") as made:
        yield made


@pytest.fixture
async def api(pair: Pair) -> AsyncIterator[Api]:
    """A client of ``pair``."""
    async with client(pair.ready) as made:
        yield made


# stores of every kind


POSTGRES = os.environ.get("EPORT_TEST_POSTGRES") or "postgresql+psycopg://root@127.0.0.1/test"
_NUMBERS = itertools.count(1)


@dataclass(slots=True)
class Stores:
    """Opens stores of one kind. Every ``name`` is a database of its own; the same name twice opens
    it twice."""

    url: Callable[[str], str]
    features: frozenset[str]
    options: Mapping[str, Any]
    opened: list[SqlStore] = field(default_factory=list)

    def open(self, name: str = "one", **options: Any) -> SqlStore:
        store = SqlStore(self.url(name), **self.options, **options)
        self.opened.append(store)
        return store

    async def close(self) -> None:
        for store in self.opened:
            await store.close()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of store and what it can do: ``threads``: units run beside the loop; ``beside``: a
    read does not wait for a write unit under way; ``shared``: two stores can open one database;
    ``strict``: a value must fit its column; ``server``: a connection can be lost."""

    urls: Callable[[Path], Iterator[Callable[[str], str]]]
    features: frozenset[str] = frozenset()
    options: Mapping[str, Any] = field(default_factory=dict)


def _memory(_: Path) -> Iterator[Callable[[str], str]]:
    yield lambda _name: "sqlite://"


def _file(folder: Path) -> Iterator[Callable[[str], str]]:
    yield lambda name: f"sqlite:///{folder / name}.db"


def _postgres(_: Path) -> Iterator[Callable[[str], str]]:
    """A schema of its own for every name, dropped at the end."""
    need_postgres()
    mark = f"t{os.getpid()}_{next(_NUMBERS)}_{secrets.token_hex(3)}"
    made: list[str] = []
    engine = create_engine(POSTGRES, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def url(name: str) -> str:
        schema = f"{mark}_{name}"
        if schema not in made:
            with engine.connect() as connection:
                connection.execute(text(f"CREATE SCHEMA {schema}"))
            made.append(schema)
        return f"{POSTGRES}{'&' if '?' in POSTGRES else '?'}options=-csearch_path%3D{schema}"

    try:
        yield url
    finally:
        with engine.connect() as connection:
            for schema in made:
                connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


def need_postgres() -> None:
    """Skip without a server; a failure where CI says that one must be there."""
    engine = create_engine(POSTGRES, poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect():
            return
    except (exc.OperationalError, ModuleNotFoundError) as error:
        reason = f"no PostgreSQL at {POSTGRES} (EPORT_TEST_POSTGRES): {str(error).splitlines()[0]}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


# a broker that is a server


AMQP = os.environ.get("EPORT_TEST_AMQP") or "amqp://guest:guest@127.0.0.1/"


async def need_rabbitmq(url: str = AMQP) -> None:
    """Skip without a server; a failure where CI says that one must be there."""
    try:
        await (await aio_pika.connect(url, timeout=5)).close()
        return
    except (OSError, TimeoutError, aio_pika.exceptions.AMQPError) as error:
        reason = f"no RabbitMQ at {url} (EPORT_TEST_AMQP): {type(error).__name__} {error}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


async def delete_queues(prefix: str, queues: Iterable[str], url: str = AMQP) -> None:
    """Delete these queues with their retry steps and parking places. Deleting a quorum queue needs
    both flags off."""
    async with await aio_pika.connect(url, timeout=5) as connection:
        channel = await connection.channel()
        for queue in queues:
            for suffix in ("", ".parked", *(f".retry.{step}" for _, step in STEPS)):
                await channel.queue_delete(
                    f"{prefix}{queue}{suffix}", if_unused=False, if_empty=False
                )


KINDS = {
    "memory": Kind(_memory, frozenset({"threads"})),
    "file": Kind(_file, frozenset({"threads", "beside", "shared"})),
    "inline": Kind(_file, frozenset({"beside", "shared"}), {"inline": True}),
    "postgresql": Kind(_postgres, frozenset({"threads", "beside", "shared", "strict", "server"})),
}


def on(*features: str) -> pytest.MarkDecorator:
    """Run the test on the kinds of database that have all ``features`` only."""
    return pytest.mark.parametrize(
        "stores", [n for n, k in KINDS.items() if k.features >= set(features)], indirect=True
    )


@pytest.fixture(params=list(KINDS))
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    """Stores of each kind in turn; closed, and their schemas dropped, at the end."""
    kind = KINDS[request.param]
    with contextlib.contextmanager(kind.urls)(tmp_path) as url:
        made = Stores(url, kind.features, kind.options)
        yield made
        await made.close()


@pytest.fixture
def store(stores: Stores) -> SqlStore:
    """One store of each kind in turn."""
    return stores.open()
