"""`eport gateway` and `eport customs`: one side alone, on PostgreSQL (or a file of its own) and RabbitMQ, in worker processes."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from customs_sim.control import control_app
from customs_sim.node import HELD, CustomsNode
from customs_sim.store import Sql
from customs_sim.store import seed_demo as seed_customs
from gateway.access import ADMIN, add_key
from gateway.adapters.amqp import AmqpBroker
from gateway.adapters.clock import BusinessClock, SystemClock
from gateway.adapters.followed import FollowedClock
from gateway.adapters.migrations import upgrade
from gateway.adapters.sql import SqlStore
from gateway.api.app import make_app
from gateway.bootstrap import make_gateway, warm
from gateway.cli.home import Keys, home_keys, write_file
from gateway.cli.loop import keep_to_one_processor, run_loop, settle
from gateway.cli.review import customs_settings
from gateway.cli.scenario import set_scenario
from gateway.cli.workers import Lines, Supervisor, command, reserve
from gateway.errors import BadSetting
from gateway.logs import configure
from gateway.ports import Broker
from gateway.registry import DEMO, seed
from gateway.settings import Settings
from schemas.codes import CodeLists
from schemas.times import micros
from schemas.xsd import SchemaSet

Leave = Callable[[], None]
HAND_OVER = 5.0
"""Seconds that an outbox row of customs is left to the process that wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is different between the two. ``from_first``: its workers take the first processors, the other side's the last;
    ``part``: its part of the ready file."""

    package: str
    option: str
    from_first: bool
    port: Callable[[Settings], int]
    store_url: Callable[[Settings], str]
    seed: Callable[[SqlStore, Keys], None]
    prepare: Callable[[SqlStore, Settings, Broker], Awaitable[None]]
    running: Callable[[Settings, SqlStore, Broker, Keys], contextlib.AbstractAsyncContextManager[tuple[web.Application, Leave]]]
    part: Callable[[str, Keys, bool], dict[str, Any]]


def serve(name: str, settings: Settings, *, demo: bool, ready_file: Path | None, worker: str) -> int:
    """The supervisor, or with ``worker`` one of its processes."""
    configure(settings.log_format, settings.log_level)
    if not settings.amqp_url:
        raise BadSetting(f"`eport {name}` alone needs RabbitMQ: set EPORT_AMQP_URL=amqp://user:password@host:5672/ (`eport up` needs none)")
    side = SIDES[name]
    if worker:
        lines = Lines(worker)
        if settings.pin:
            keep_to_one_processor(lines.number if side.from_first else -1 - lines.number, settings.workers)
        run_loop(_work(side, settings, lines))
        return 0
    return run_loop(_supervise(name, side, settings, demo, ready_file))


async def _supervise(name: str, side: Side, settings: Settings, demo: bool, ready_file: Path | None) -> int:
    broker = AmqpBroker(settings.amqp_url)  # never connects here; a URL that is none is said once
    settings.home.mkdir(parents=True, exist_ok=True)
    keys = home_keys(settings.home)
    store = SqlStore(side.store_url(settings))
    try:
        if settings.workers > 1 and store.dialect.name == "sqlite":
            raise BadSetting(f"{settings.workers} workers need PostgreSQL: set EPORT_STORE_URL and EPORT_CUSTOMS_STORE_URL, or --workers 1")
        await asyncio.to_thread(upgrade, store, side=name, package=side.package)
        if demo:
            side.seed(store, keys)
        await side.prepare(store, settings, broker)
    finally:
        await broker.close()
        await store.close()
    if settings.workers > 1 and not hasattr(socket, "SO_REUSEPORT"):
        raise BadSetting("this system cannot share a port between processes; use --workers 1")
    held = reserve(settings.host, side.port(settings), side.option)
    port = held.getsockname()[1]
    os.environ |= {f"EPORT_{k.upper()}": str(v) for k, v in settings.model_dump(include=settings.model_fields_set).items()}
    os.environ[f"EPORT_{side.option[2:].replace('-', '_').upper()}"] = str(port)
    url = f"http://[{settings.host}]:{port}" if ":" in settings.host else f"http://{settings.host}:{port}"

    async def ready() -> None:
        if ready_file is not None:
            write_file(ready_file, msgspec.json.encode(side.part(url, keys, demo)), private=True)
        sys.stdout.write(f"{name} {url}  {settings.workers} 进程 processes, pid {os.getpid()}\n")
        sys.stdout.flush()

    try:
        return await Supervisor(command(name), settings.workers, drain=settings.drain + settings.leave + 10).run(ready)
    finally:
        held.close()
        if ready_file is not None:
            await asyncio.to_thread(ready_file.unlink, missing_ok=True)


async def _work(side: Side, settings: Settings, lines: Lines) -> None:
    """One worker: until stopped, then readiness false, then no more requests, then what is under way."""
    stop = asyncio.create_task(lines.until_stopped())
    keys = home_keys(settings.home)
    store = SqlStore(side.store_url(settings))
    broker = AmqpBroker(settings.amqp_url, prefix=settings.queue_prefix, most=settings.batch, timeout=settings.amqp_timeout)
    async with contextlib.AsyncExitStack() as closing:
        closing.push_async_callback(store.close)
        closing.push_async_callback(broker.close)
        app, leave = await closing.enter_async_context(side.running(settings, store, broker, keys))
        settle()
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=settings.keep_alive, shutdown_timeout=settings.drain)
        await runner.setup()
        closing.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, settings.host, side.port(settings), backlog=1024, reuse_address=True, reuse_port=True).start()
        lines.answer()
        await stop
        leave()
        await asyncio.sleep(settings.leave)


@contextlib.asynccontextmanager
async def _gateway(settings: Settings, store: SqlStore, broker: Broker, keys: Keys) -> AsyncIterator[tuple[web.Application, Leave]]:
    followed = FollowedClock(key=settings.clock_key or keys.operator_key) if settings.clock_url else None
    gateway = make_gateway(settings, store=store, broker=broker, clock=followed or SystemClock(), alone=False, demo=False)
    if followed is not None:
        await followed.start(settings.clock_url)
    await warm(gateway)
    await gateway.start()

    def leave() -> None:
        gateway.ready = False

    try:
        yield make_app(gateway), leave
    finally:
        await gateway.close()
        if followed is not None:
            await followed.close()


@contextlib.asynccontextmanager
async def _customs(settings: Settings, store: SqlStore, broker: Broker, keys: Keys) -> AsyncIterator[tuple[web.Application, Leave]]:
    node = _node(settings, store, broker)
    store.on_commit = node.metrics.commit.observe
    await node.start()
    try:
        yield control_app(node, operator_key=keys.operator_key), node.leave
    finally:
        await node.close()


def _seed_gateway(store: SqlStore, keys: Keys) -> None:
    at = micros(SystemClock().now())
    store.write_here(lambda c: seed(c, DEMO))
    for enterprise in DEMO:
        store.write_here(functools.partial(add_key, key=keys.keys[enterprise.code], operator=f"op-{enterprise.code}", name=enterprise.name,
                                           enterprises=(enterprise.code,), at=at))
    store.write_here(functools.partial(add_key, key=keys.operator_key, operator="operator", name="operator", enterprises=(ADMIN,), at=at))


def _node(settings: Settings, store: SqlStore, broker: Broker) -> CustomsNode:
    given = dataclasses.replace(customs_settings(settings), hand_over=HAND_OVER)
    return CustomsNode(store=store, dialect=store.dialect, broker=broker, clock=BusinessClock(), schemas=SchemaSet(), codes=CodeLists(),
                       settings=given)


async def _prepare_customs(store: SqlStore, settings: Settings, broker: Broker) -> None:
    """Profile and scenario asked for at this start win over what the store remembers; a worker that is started again leaves both alone."""
    sql = Sql(store.dialect)
    await store.write(lambda c: sql.change_setting(c, HELD, ""))
    if "profile" in settings.model_fields_set:
        await store.write(lambda c: sql.change_setting(c, "profile", settings.profile))
    if settings.scenario is not None:
        await set_scenario(_node(settings, store, broker), settings.scenario)


async def _prepare_nothing(*_: object) -> None:
    pass


SIDES = {
    "gateway": Side(package="gateway", option="--port", from_first=True, port=lambda s: s.port, store_url=lambda s: s.gateway_url, seed=_seed_gateway,
                    prepare=_prepare_nothing, running=_gateway, part=lambda url, keys, demo: {"gateway": url, "keys": keys.keys if demo else {}}),
    "customs": Side(package="customs_sim", option="--control-port", from_first=False, port=lambda s: s.control_port,
                    store_url=lambda s: s.customs_url, prepare=_prepare_customs, running=_customs,
                    seed=lambda store, _: store.write_here(seed_customs),
                    part=lambda url, keys, _: {"control": url, "operator_key": keys.operator_key}),
}
