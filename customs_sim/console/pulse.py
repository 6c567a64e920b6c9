"""The pulse: tells open pages by server-sent events that something changed. One look into the store
for all of them, while somebody is listening. Knows no page."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import msgspec
from aiohttp import web

from customs_sim.desk.views import Pulse, pulse
from customs_sim.office.office import Office
from gateway.base.errors import Unavailable
from schemas.times import micros

log = logging.getLogger("eport.customs.console")
EVERY = 0.5
"""Seconds between two looks: other processes may share the store."""
QUIET = 15.0
"""Seconds after which a silent stream says that it is alive."""


class Heart:
    """One per process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._seen: Pulse | None = None
        self._moved = asyncio.Event()
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Stream to one page: what there is now, then every change."""
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            }
        )
        self._listeners += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._beat())
        told: Pulse | None = None
        try:
            await response.prepare(request)
            await self._look()  # what was seen last may be half a second old; this page is newer
            while not self._closing:
                moved = self._moved
                if self._seen is not None and self._seen != told:
                    told = self._seen
                    await response.write(b"data: " + msgspec.json.encode(told) + b"\n\n")
                    continue
                try:
                    async with asyncio.timeout(QUIET):
                        await moved.wait()
                except TimeoutError:
                    await response.write(b": alive\n\n")
        except (ConnectionError, asyncio.CancelledError):
            pass  # the page was closed
        finally:
            self._listeners -= 1
        return response

    async def close(self) -> None:
        """Finish all streams."""
        self._closing = True
        self._moved.set()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _beat(self) -> None:
        while self._listeners and not self._closing:
            await self._look()
            await asyncio.sleep(EVERY)

    async def _look(self) -> None:
        try:
            at = micros(self._office.clock.now())
            now = await self._office.store.read(lambda c: pulse(c, at))
        except Unavailable as error:
            log.warning(
                "the desk cannot look for changes (%s); will look again",
                error,
                extra={"action": "pulse_unavailable"},
            )
            return
        if now != self._seen:
            self._seen = now
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()
