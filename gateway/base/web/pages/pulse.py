"""The pulse: tells open pages by server-sent events that something changed. One look for all of
them, while somebody is listening. Knows no page, and not what is looked at."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from gateway.base.errors import Unavailable

log = logging.getLogger("eport.pages")
EVERY = 0.5
"""Seconds between two looks: other processes may share the store."""
QUIET = 15.0
"""Seconds after which a silent stream says that it is alive."""


class Heart:
    """One per process for all who may see the same."""

    def __init__(self, look: Callable[[], Awaitable[object]]) -> None:
        """``look`` returns what the pages are told, as a shape of JSON. It may raise
        Unavailable."""
        self._sight = look
        self._seen: object = None
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
        told: object = None
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
            now = await self._sight()
        except Unavailable as error:
            log.warning(
                "no look for changes (%s); will look again",
                error,
                extra={"action": "pulse_unavailable"},
            )
            return
        if now != self._seen:
            self._seen = now
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()
