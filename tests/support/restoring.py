"""Homes whose stores are copied and put back, as after a disaster (``docs/operations``)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from fixtures.kit.cli.doctor import doctor
from fixtures.kit.pair.pair import Ready
from tests.factories import grt101
from tests.support.api import Api
from tests.support.pairs import BEIJING, SHANGHAI, pair_at, settings_of
from tests.support.rabbitmq import AMQP, delete_queues, need_rabbitmq
from tests.support.scale import Sides, schema
from tests.support.stores import POSTGRES, need_postgres

SIDES = {
    "gateway": ("gateway.db",),
    "customs": ("customs.db",),
    "both": ("gateway.db", "customs.db"),
}


def copied(home: Path, to: Path, names: tuple[str, ...]) -> None:
    """Copy whole databases, their WAL included, as ``sqlite3 .backup`` does."""
    to.mkdir(exist_ok=True)
    for name in names:
        (to / name).unlink(missing_ok=True)
        with sqlite3.connect(home / name) as source, sqlite3.connect(to / name) as target:
            source.backup(target)


def restored(home: Path, backup: Path, names: tuple[str, ...]) -> None:
    for name in names:
        for suffix in ("", "-wal", "-shm"):
            (home / f"{name}{suffix}").unlink(missing_ok=True)
    copied(backup, home, names)


async def filed(api: Api, start: int, count: int) -> dict[str, Any]:
    """Approved declarations of both enterprises by SeqNo."""
    made = {}
    for n in range(start, start + count):
        enterprise = (BEIJING, SHANGHAI)[n % 2]
        body = grt101(f"R{n}", n, enterprise=enterprise, ltguaNo=f"LG-{n}")
        approved = await api.approved(body, enterprise=enterprise)
        assert approved["seq_no"] not in made
        made[approved["seq_no"]] = approved
    return made


Copy = Callable[[tuple[str, ...]], None]


class Apart(NamedTuple):
    """A pair in processes of its own."""

    ready: Ready


class Place:
    """A home with its stores, which can be copied and put back side by side."""

    def __init__(self, home: Path, changes: dict[str, str], keep: Copy, put_back: Copy) -> None:
        self.home, self.changes, self.keep, self.put_back = home, changes, keep, put_back

    @contextlib.asynccontextmanager
    async def pair(self, profile: str = "instant") -> AsyncIterator[Any]:
        """Both sides: in this process, or in several with RabbitMQ between them."""
        if "amqp_url" not in self.changes:
            async with pair_at(self.home, **self.changes, profile=profile) as pair:
                yield pair
            return
        stores = (self.changes["store_url"], self.changes["customs_store_url"])
        apart = Sides(
            self.home.parent, stores, self.changes["amqp_url"], self.changes["queue_prefix"]
        )
        apart.options["customs"] = ("--profile", profile)
        try:
            yield Apart(await apart.both())
        finally:
            await apart.close()

    async def said(self, capsys: pytest.CaptureFixture[str], work: Any) -> Any:
        capsys.readouterr()
        await asyncio.to_thread(work, settings_of(self.home, **self.changes), as_json=True)
        return json.loads(capsys.readouterr().out)

    async def missing(self, capsys: pytest.CaptureFixture[str]) -> list[str]:
        items = (await self.said(capsys, doctor))["items"]
        return [i["text"] for i in items if i["check"] == "both sides" and i["level"] != "ok"]


@contextlib.contextmanager
def files(folder: Path) -> Iterator[Place]:
    home, backup = folder / "home", folder / "backup"
    yield Place(
        home,
        {},
        lambda names: copied(home, backup, names),
        lambda names: restored(home, backup, names),
    )


@contextlib.contextmanager
def schemas(folder: Path) -> Iterator[Place]:
    need_postgres()
    with schema() as live, schema() as kept:
        names = dict(
            zip(SIDES["both"], zip(map(_name, live), map(_name, kept), strict=True), strict=True)
        )

        def run(chosen: tuple[str, ...], statements: tuple[str, ...]) -> None:
            engine = create_engine(POSTGRES, poolclass=NullPool, isolation_level="REPEATABLE READ")
            with engine.begin() as connection:
                for one, other in (names[name] for name in chosen):
                    tables = connection.execute(
                        text("SELECT tablename FROM pg_tables WHERE schemaname = :s"), {"s": one}
                    ).scalars()
                    for table in tables.all():
                        for statement in statements:
                            connection.execute(
                                text(
                                    statement.format(live=f"{one}.{table}", kept=f"{other}.{table}")
                                )
                            )

        yield Place(
            folder / "home",
            {"store_url": live[0], "customs_store_url": live[1]},
            lambda chosen: run(chosen, ("CREATE TABLE {kept} AS TABLE {live}",)),
            lambda chosen: run(
                chosen, ("TRUNCATE {live} CASCADE", "INSERT INTO {live} TABLE {kept}")
            ),
        )


def _name(url: str) -> str:
    return url.rpartition("%3D")[2]


STORES = {"sqlite": files, "postgresql": schemas, "rabbitmq": schemas}


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.slow),
        pytest.param("rabbitmq", marks=[pytest.mark.long, pytest.mark.timeout(600)]),  # minutes
    ]
)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """A home of each kind in turn: files, PostgreSQL, and PostgreSQL with RabbitMQ."""
    with STORES[request.param](tmp_path) as made:
        if request.param != "rabbitmq":
            yield made
            return
        await need_rabbitmq()
        prefix = f"r{secrets.token_hex(4)}."
        made.changes |= {"amqp_url": AMQP, "queue_prefix": prefix}
        yield made
        await delete_queues(prefix, ("eport.customs", "eport.gateway"))


async def parked(place: Place) -> list[str]:
    """The reasons why the gateway set something aside."""
    url = place.changes.get("store_url") or f"sqlite:///{place.home / 'gateway.db'}"
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT reason FROM parked")).scalars())
