"""The two sides of a home as the command line builds them: store, parts, HTTP server. The broker between them is given.

``open`` makes what a side works with; ``start`` lets it work and serve. Whatever was opened is closed in reverse by the stack.
"""

from __future__ import annotations

import contextlib
import functools

from aiohttp import web

from customs_sim.control import control_app
from customs_sim.node import CustomsNode
from customs_sim.store import seed_demo as seed_customs
from gateway.access import ADMIN, add_key
from gateway.adapters.link import LinkBroker
from gateway.adapters.local import LocalBroker
from gateway.adapters.migrations import upgrade
from gateway.adapters.sql import SqlStore
from gateway.api.app import make_app
from gateway.bootstrap import TO_CUSTOMS, make_gateway, warm
from gateway.cli.review import customs_settings
from gateway.cli.scenario import set_scenario
from gateway.errors import BadSetting
from gateway.ports import Clock
from gateway.reception import QUEUE as TO_GATEWAY
from gateway.registry import DEMO
from gateway.service import Gateway
from gateway.settings import Settings
from schemas.codes import CodeLists
from schemas.times import micros
from schemas.xsd import SchemaSet

Embedded = LocalBroker | LinkBroker


class CustomsSide:
    """The simulated customs of a home."""

    node: CustomsNode

    def __init__(self, settings: Settings, broker: Embedded, clock: Clock, closing: contextlib.AsyncExitStack) -> None:
        self._settings, self._broker, self._clock, self._closing = settings, broker, clock, closing

    async def open(self) -> None:
        store = SqlStore(self._settings.customs_url, inline=True)
        upgrade(store, side="customs", package="customs_sim")
        store.write_here(seed_customs)
        self.node = CustomsNode(store=store, dialect=store.dialect, broker=self._broker, clock=self._clock, schemas=SchemaSet(),
                                codes=CodeLists(), settings=customs_settings(self._settings, alone=True))
        store.on_commit = self.node.metrics.commit.observe
        self._broker.on_consumer(TO_GATEWAY, self.node.wake)
        self._closing.push_async_callback(store.close)

    async def start(self, operator_key: str) -> str:
        """Listen to the gateway, then to the desk; the address of the control API."""
        if "profile" in self._settings.model_fields_set:
            await self.node.set_profile(self._settings.profile)  # asked for at this start: it wins over what the home remembers
        if self._settings.scenario is not None:
            await set_scenario(self.node, self._settings.scenario)
        await self.node.start()
        self._closing.push_async_callback(self.node.close)
        app = control_app(self.node, operator_key=operator_key)
        return await serve(app, self._settings, self._settings.control_port, self._closing)


class GatewaySide:
    """The gateway of a home. ``keys``: enterprise code to the key that may act for it."""

    gateway: Gateway

    def __init__(self, settings: Settings, broker: Embedded, clock: Clock, closing: contextlib.AsyncExitStack) -> None:
        self._settings, self._broker, self._clock, self._closing = settings, broker, clock, closing

    async def open(self, keys: dict[str, str], operator_key: str) -> None:
        store = SqlStore(self._settings.gateway_url, inline=True)
        self.gateway = make_gateway(self._settings, store=store, broker=self._broker, clock=self._clock, alone=True)
        at = micros(self._clock.now())
        for enterprise in DEMO:
            code = enterprise.code
            store.write_here(functools.partial(
                add_key, key=keys[code], operator=f"op-{code}", name=enterprise.name, enterprises=(code,), at=at))
        store.write_here(functools.partial(
            add_key, key=operator_key, operator="operator", name="operator", enterprises=(ADMIN,), at=at))
        self._broker.on_consumer(TO_CUSTOMS, self.gateway.relay.wake)
        await warm(self.gateway)  # before anybody is served: it would hold up the first requests

    async def start(self) -> None:
        """Listen to customs."""
        await self.gateway.start()
        self._closing.push_async_callback(self.gateway.close)

    async def serve(self) -> str:
        """The address of the API."""
        return await serve(make_app(self.gateway), self._settings, self._settings.port, self._closing)


async def serve(app: web.Application, settings: Settings, port: int, closing: contextlib.AsyncExitStack) -> str:
    """Serve ``app`` until the stack is closed; its address."""
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=settings.keep_alive, shutdown_timeout=settings.drain)
    await runner.setup()
    closing.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, settings.host, port, backlog=1024)
    try:
        await site.start()
    except OSError as error:
        raise BadSetting(f"port {port} on {settings.host} cannot be used ({error.strerror}); choose another with "
                         "--port / --control-port, or 0 for a free one") from error
    host, bound = runner.addresses[0][:2]
    return f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"
