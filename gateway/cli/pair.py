"""A pair in one process: gateway and simulated customs on the embedded broker, each with its store and its HTTP server."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime

import msgspec

from customs_sim.node import CustomsNode
from gateway.adapters.clock import BusinessClock, MovedClock
from gateway.adapters.local import LocalBroker
from gateway.cli.home import home_keys, lock
from gateway.cli.sides import CustomsSide, GatewaySide
from gateway.ports import Clock
from gateway.service import Gateway
from gateway.settings import Settings
from schemas.times import SHANGHAI

SEEDED = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
"""Where the clock of a seeded run stands unless ``clock_start`` says otherwise: the day that the fixtures are written for."""


class Ready(msgspec.Struct, kw_only=True):
    """The ready file (``contract.md`` 5)."""

    gateway: str
    control: str
    keys: dict[str, str]
    operator_key: str


class Pair:
    """Both sides of one home. ``start`` returns when both answer."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or clock_of(settings)
        self.gateway: Gateway
        self.customs: CustomsNode
        self.ready: Ready
        self._closing = contextlib.AsyncExitStack()

    async def start(self) -> Ready:
        """Open or make the home, start the gateway, then customs, then both servers."""
        settings, closing = self.settings, self._closing
        closing.callback(lock(settings.home))
        keys = home_keys(settings.home, settings.seed)
        broker = LocalBroker()
        customs, gateway = CustomsSide(settings, broker, self.clock, closing), GatewaySide(settings, broker, self.clock, closing)
        await customs.open()
        await customs.node.clockwork.start()  # before anything is dated: the home may have a clock of its own
        await gateway.open(keys.keys, keys.operator_key)
        self.customs, self.gateway = customs.node, gateway.gateway
        await gateway.start()
        control_url = await customs.start(keys.operator_key)
        self.ready = Ready(gateway=await gateway.serve(), control=control_url, keys=keys.keys, operator_key=keys.operator_key)
        return self.ready

    async def profile(self) -> str:
        """The review profile in force."""
        return await self.customs.profile()

    async def close(self) -> None:
        """Stop taking requests first, then drain both sides; nothing accepted is lost."""
        await self._closing.aclose()


def clock_of(settings: Settings) -> BusinessClock:
    """Wall time, or the instant that a fresh home begins at; a home that was used before goes on with its own."""
    if settings.clock_start is not None:
        return MovedClock(settings.clock_start)
    return BusinessClock() if settings.seed is None else MovedClock(SEEDED)


@contextlib.asynccontextmanager
async def running(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Pair]:
    """A pair for as long as the block lasts."""
    pair = Pair(settings, clock=clock)
    try:
        await pair.start()
        yield pair
    finally:
        await pair.close()
