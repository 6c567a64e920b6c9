"""Requests under way, and the end of an HTTP server that waits for them.

aiohttp drops what arrives on a connection from the moment its server is cleaned up, also the rest
of a body that a handler is reading. So the server is only cleaned up when nobody reads any more.
"""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web

from gateway.base.web.server import Runner

LAST = 1.0
"""Seconds that answers have to leave, once nobody waits for a request any more."""


class UnderWay:
    """Counts requests, from their headers to their answer."""

    __slots__ = ("_count", "_none", "ending")

    def __init__(self) -> None:
        self._count = 0
        self._none: asyncio.Event | None = None
        self.ending = False
        """Whether the server is about to end: an answer then closes its connection."""

    def begin(self) -> None:
        """Count one more."""
        self._count += 1

    def done(self) -> None:
        """Count one less."""
        self._count -= 1
        if self._none is not None and not self._count:
            self._none.set()

    async def end(self, seconds: float) -> None:
        """Return when no request is under way, after ``seconds`` at most."""
        self.ending, self._none = True, asyncio.Event()
        if not self._count:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._none.wait()


UNDER_WAY: web.AppKey[UnderWay] = web.AppKey("under_way", UnderWay)


def make_runner(app: web.Application, *, keep_alive: float) -> web.AppRunner:
    """Return what serves ``app``; end it by ``end``."""
    return Runner(app, access_log=None, keepalive_timeout=keep_alive, shutdown_timeout=LAST)


async def end(runner: web.AppRunner, seconds: float) -> None:
    """Take no more connections, finish the requests under way within ``seconds``, bodies that
    still come among them, then close what is open."""
    for site in list(runner.sites):
        await site.stop()
    app = runner.app
    await app.on_shutdown.send(app)  # streams that never end by themselves end now
    if (under_way := app.get(UNDER_WAY)) is not None:
        await under_way.end(seconds)
    await runner.cleanup()
