"""A pair in one process: gateway and simulated customs on the embedded broker, each with its store and its HTTP server."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator

import msgspec
from aiohttp import web

from customs_sim.control import control_app
from customs_sim.node import CustomsNode
from customs_sim.store import seed_demo as seed_customs
from gateway.access import add_key
from gateway.adapters.clock import SystemClock
from gateway.adapters.local import LocalBroker
from gateway.adapters.migrations import upgrade
from gateway.adapters.sql import SqlStore
from gateway.api.app import make_app
from gateway.bootstrap import TO_CUSTOMS, make_gateway, warm
from gateway.cli.home import home_keys, lock
from gateway.cli.review import customs_settings
from gateway.errors import BadSetting
from gateway.ports import Clock
from gateway.reception import QUEUE as TO_GATEWAY
from gateway.registry import DEMO
from gateway.service import Gateway
from gateway.settings import Settings
from schemas.codes import CodeLists
from schemas.times import micros
from schemas.xsd import SchemaSet


class Ready(msgspec.Struct, kw_only=True):
    """The ready file (``contract.md`` 5)."""

    gateway: str
    control: str
    keys: dict[str, str]
    operator_key: str


class Pair:
    """Both sides of one home. ``start`` returns when both answer."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings, self.clock = settings, clock or SystemClock()
        self.gateway: Gateway
        self.customs: CustomsNode
        self.ready: Ready
        self._closing = contextlib.AsyncExitStack()

    async def start(self) -> Ready:
        """Open or make the home, start customs, then the gateway, then both servers."""
        settings = self.settings
        self._closing.callback(lock(settings.home))
        keys = home_keys(settings.home)
        broker = LocalBroker()
        customs_store = SqlStore(settings.customs_url, inline=True)
        upgrade(customs_store, side="customs", package="customs_sim")
        customs_store.write_here(seed_customs)
        self.customs = CustomsNode(
            store=customs_store, dialect=customs_store.dialect, broker=broker, clock=self.clock, schemas=SchemaSet(), codes=CodeLists(),
            settings=customs_settings(settings))
        self._closing.push_async_callback(customs_store.close)
        store = SqlStore(settings.gateway_url, inline=True)
        self.gateway = make_gateway(settings, store=store, broker=broker, clock=self.clock, alone=True)
        at = micros(self.clock.now())
        for enterprise in DEMO:
            code = enterprise.code
            store.write_here(functools.partial(
                add_key, key=keys.keys[code], operator=f"op-{code}", name=enterprise.name, enterprises=(code,), at=at))
        broker.on_consumer(TO_CUSTOMS, self.gateway.relay.wake)
        broker.on_consumer(TO_GATEWAY, self.customs.wake)
        await warm(self.gateway)  # before anybody is served: it would hold up the first requests
        await self.gateway.start()
        self._closing.push_async_callback(self.gateway.close)
        if "profile" in settings.model_fields_set:
            await self.customs.set_profile(settings.profile)  # asked for at this start: it wins over what the home remembers
        await self.customs.start()
        self._closing.push_async_callback(self.customs.close)
        control = control_app(self.customs, operator_key=keys.operator_key)
        control_url = await self._serve(control, settings.control_port)
        gateway_url = await self._serve(make_app(self.gateway), settings.port)
        self.ready = Ready(gateway=gateway_url, control=control_url, keys=keys.keys, operator_key=keys.operator_key)
        return self.ready

    async def close(self) -> None:
        """Stop taking requests first, then drain both sides; nothing accepted is lost."""
        await self._closing.aclose()

    async def _serve(self, app: web.Application, port: int) -> str:
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=self.settings.keep_alive, shutdown_timeout=self.settings.drain)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, self.settings.host, port, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            raise BadSetting(f"port {port} on {self.settings.host} cannot be used ({error.strerror}); choose another with "
                             "--port / --control-port, or 0 for a free one") from error
        host, bound = runner.addresses[0][:2]
        return f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"


@contextlib.asynccontextmanager
async def running(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Pair]:
    """A pair for as long as the block lasts."""
    pair = Pair(settings, clock=clock)
    try:
        await pair.start()
        yield pair
    finally:
        await pair.close()
