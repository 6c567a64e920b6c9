"""The clock of a gateway that follows a customs elsewhere (``EPORT_CLOCK_URL``): asked at
intervals, computed in between.

While customs cannot be asked, the clock goes on as it last went; before the first answer it shows
wall time.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from gateway.base.clock.business import BusinessClock, ClockState, Mode

log = logging.getLogger("eport.clock")
DRIFT = timedelta(seconds=1)
"""Difference up to which a running clock is left alone: it is the way of the answer through the
network."""


class FollowedClock(BusinessClock):
    """``poll`` and ``patience`` in wall seconds."""

    def __init__(self, *, key: str = "", poll: float = 0.2, patience: float = 5.0) -> None:
        super().__init__()
        self._url, self._poll = "", poll
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout = aiohttp.ClientTimeout(total=patience)
        self._task: asyncio.Task[None] | None = None
        self.reachable = False

    async def start(self, url: str) -> None:
        """Ask ``url``, the origin of a control API, once; then keep asking. Returns also when
        nobody answers."""
        self._url = f"{url.rstrip('/')}/control/v1/clock"
        async with aiohttp.ClientSession(timeout=self._timeout) as session:
            await self._ask(session)
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _follow(self) -> None:
        async with aiohttp.ClientSession(timeout=self._timeout) as session:
            while True:
                await asyncio.sleep(self._poll)
                await self._ask(session)

    async def _ask(self, session: aiohttp.ClientSession) -> None:
        try:
            async with session.get(self._url, headers=self._headers) as answer:
                answer.raise_for_status()
                face: dict[str, Any] = await answer.json()
            was = self.reachable
            self._take(
                Mode(face["mode"]), datetime.fromisoformat(face["now"]), float(face["speed"])
            )
            if not was and self._task is not None:
                log.warning(
                    "customs' clock at %s is read again; business time is %s",
                    self._url,
                    self.now().isoformat(timespec="seconds"),
                    extra={"action": "clock_followed"},
                )
        except (aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError) as error:
            if self.reachable or self._task is None:
                log.warning(
                    "customs' clock at %s cannot be read (%s); business time goes on as %s",
                    self._url,
                    error,
                    self.mode,
                    extra={"action": "clock_unreachable"},
                )
            self.reachable = False

    def _take(self, mode: Mode, now: datetime, speed: float) -> None:
        self.reachable = True
        if mode is Mode.WALL:
            if self.state is not None:
                self.set(None)
            return
        same = self.state is not None and self.speed == speed
        if not same or abs(self.now() - now) > (DRIFT * max(speed, 1.0) if speed else timedelta(0)):
            self.set(ClockState(business=now, wall=self.wall(), speed=speed))
