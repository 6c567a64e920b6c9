"""`eport gateway` and `eport customs`: one side alone, on PostgreSQL (or a file of its own) and
RabbitMQ, in worker processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from gateway.base.broker.rabbitmq import AmqpBroker
from gateway.base.errors import BadSetting
from gateway.base.logs import configure
from gateway.base.ports import Broker, Observer
from gateway.base.process.home import Keys, home_keys, make_home, write_file
from gateway.base.process.loop import keep_to_one_processor, run_loop, settle
from gateway.base.process.workers import Lines, Supervisor, command, reserve
from gateway.base.settings import Settings
from gateway.base.store.migrations import upgrade
from gateway.base.store.sql import SqlStore
from gateway.base.web.underway import end, make_runner

Leave = Callable[[], None]


OpenStore = Callable[[Observer], SqlStore]
"""Opens the store of a process for an observer; the process closes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is different between the two. ``from_first``: its workers take the first processors, the
    other side's the last; ``part``: its part of the ready file."""

    name: str
    package: str
    option: str
    from_first: bool
    port: Callable[[Settings], int]
    store_url: Callable[[Settings], str]
    seed: Callable[[SqlStore, Keys], None]
    prepare: Callable[[SqlStore, Settings, Broker], Awaitable[None]]
    running: Callable[
        [Settings, OpenStore, Broker, Keys],
        contextlib.AbstractAsyncContextManager[tuple[web.Application, Leave]],
    ]
    part: Callable[[str, Keys, bool], dict[str, Any]]


def serve(
    side: Side, settings: Settings, *, demo: bool, ready_file: Path | None, worker: str
) -> int:
    """Run the supervisor, or with ``worker`` one of its processes."""
    configure(settings.log_format, settings.log_level)
    if not settings.amqp_url:
        raise BadSetting(
            f"`eport {side.name}` alone needs RabbitMQ: set"
            " EPORT_AMQP_URL=amqp://user:password@host:5672/ (`eport up` needs none)"
        )
    if worker:
        lines = Lines(worker)
        if settings.pin:
            keep_to_one_processor(
                lines.number if side.from_first else -1 - lines.number, settings.workers
            )
        run_loop(_work(side, settings, lines))
        return 0
    return run_loop(_supervise(side, settings, demo, ready_file))


async def _supervise(side: Side, settings: Settings, demo: bool, ready_file: Path | None) -> int:
    broker = AmqpBroker(settings.amqp_url)  # never connects here; a URL that is none is said once
    make_home(settings.home)
    keys = home_keys(settings.home)
    store = SqlStore(side.store_url(settings))
    try:
        if settings.workers > 1 and store.dialect.name == "sqlite":
            raise BadSetting(
                f"{settings.workers} workers need PostgreSQL: set EPORT_STORE_URL and"
                " EPORT_CUSTOMS_STORE_URL, or --workers 1"
            )
        await asyncio.to_thread(upgrade, store, side=side.name, package=side.package)
        if demo:
            side.seed(store, keys)
        await side.prepare(store, settings, broker)
    finally:
        await broker.close()
        await store.close()
    if settings.workers > 1 and not hasattr(socket, "SO_REUSEPORT"):
        raise BadSetting("this system cannot share a port between processes; use --workers 1")
    reserved = reserve(settings.host, side.port(settings), side.option)
    port = reserved.getsockname()[1]
    os.environ |= {
        f"EPORT_{k.upper()}": str(v)
        for k, v in settings.model_dump(include=settings.model_fields_set).items()
    }
    os.environ[f"EPORT_{side.option[2:].replace('-', '_').upper()}"] = str(port)
    url = (
        f"http://[{settings.host}]:{port}"
        if ":" in settings.host
        else f"http://{settings.host}:{port}"
    )

    async def ready() -> None:
        if ready_file is not None:
            write_file(ready_file, msgspec.json.encode(side.part(url, keys, demo)), private=True)
        sys.stdout.write(
            f"{side.name} {url}  {settings.workers} 进程 processes, pid {os.getpid()}\n"
        )
        sys.stdout.flush()

    try:
        return await Supervisor(
            command(side.name), settings.workers, drain=settings.drain + settings.leave + 10
        ).run(ready)
    finally:
        reserved.close()
        if ready_file is not None:
            await asyncio.to_thread(ready_file.unlink, missing_ok=True)


async def _work(side: Side, settings: Settings, lines: Lines) -> None:
    """Run one worker: until stopped, then readiness false, then no more requests, then what is
    under way."""
    stop = asyncio.create_task(lines.until_stopped())
    keys = home_keys(settings.home)
    broker = AmqpBroker(
        settings.amqp_url,
        prefix=settings.queue_prefix,
        most=settings.batch,
        timeout=settings.amqp_timeout,
    )
    async with contextlib.AsyncExitStack() as closing:
        closing.push_async_callback(broker.close)

        def open_store(observer: Observer) -> SqlStore:
            store = SqlStore(side.store_url(settings), observer=observer)
            closing.push_async_callback(store.close)
            return store

        app, leave = await closing.enter_async_context(
            side.running(settings, open_store, broker, keys)
        )
        settle()
        runner = make_runner(app, keep_alive=settings.keep_alive)
        await runner.setup()
        closing.push_async_callback(end, runner, settings.drain)
        await web.TCPSite(
            runner,
            settings.host,
            side.port(settings),
            backlog=1024,
            reuse_address=True,
            reuse_port=True,
        ).start()
        lines.answer()
        await stop
        leave()
        await asyncio.sleep(settings.leave)
