"""A pair in two processes: the gateway in this one, customs in a child of it, a link between them.

One process has one GIL: with both sides in it, reviewing a case holds up the next submission (measured: 0.33 of the floor's
round trips together, see ``docs/decisions``). The child belongs to this process: it ends when the link does, and it is
started again when it dies alone. What was accepted waits in the gateway's outbox meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from gateway.adapters.clock import BusinessClock, ClockState
from gateway.adapters.link import LinkBroker
from gateway.cli.check_apart import ChecksApart
from gateway.cli.home import home_keys, lock
from gateway.cli.loop import keep_to_one_processor, usable_processors
from gateway.cli.pair import Ready, running
from gateway.cli.sides import GatewaySide
from gateway.errors import BadSetting, Unavailable
from gateway.service import Gateway
from gateway.settings import Settings

log = logging.getLogger("eport.up")
START = 60.0
"""Seconds that customs may take to start."""
PAUSES = (0.2, 1.0, 5.0)
"""Seconds before customs is started again after it died: once, twice, more often."""
READY, STOP, REFUSED, CLOCK, SALT = "ready", "stop", "refused", "clock", "salt"
"""Topics between the two: customs answers (its address and profile), customs shall stop, customs cannot start (why), the
business clock was set, by which mark the gateway knows its own ids."""


class Order(msgspec.Struct, kw_only=True):
    """What the child is told, on its standard input: the settings as given, so that defaults stay defaults."""

    settings: dict[str, Any]
    operator_key: str
    processor: int | None = None
    """The one that the child keeps to."""


class Customs(msgspec.Struct, kw_only=True):
    """What customs says once it answers."""

    url: str
    profile: str


class Apart:
    """Both sides of one home, customs in a child process, which keeps to ``processor``. ``start`` returns when both answer."""

    def __init__(self, settings: Settings, processor: int | None = None) -> None:
        self.settings, self._processor = settings, processor
        self.gateway: Gateway
        self.ready: Ready
        self._closing = contextlib.AsyncExitStack()
        self._link = LinkBroker()
        self._clock = BusinessClock()
        self._answered: asyncio.Future[Customs]
        self._salt: asyncio.Future[bytes]
        self._child: asyncio.subprocess.Process
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> Ready:
        """Open or make the home, start both processes, then the gateway's server."""
        settings, closing = self.settings, self._closing
        self._salt = asyncio.get_running_loop().create_future()
        closing.callback(lock(settings.home))
        keys = home_keys(settings.home, settings.seed)
        self._link.answer(READY, self._hear)
        self._link.answer(REFUSED, self._refuse)
        self._link.answer(CLOCK, self._set_clock)
        self._link.answer(SALT, self._tell_salt)
        await self._spawn(keys.operator_key)  # it starts beside this process
        closing.push_async_callback(self._link.close)
        closing.push_async_callback(self._end)
        gateway = GatewaySide(settings, self._link, self._clock, closing)
        await gateway.open(keys.keys, keys.operator_key)
        self.gateway = gateway.gateway
        self.gateway.elsewhere = ChecksApart(self._link)
        self._salt.set_result(self.gateway.submissions.salt)
        await gateway.start()
        try:
            customs = await asyncio.wait_for(self._answered, START)
        except TimeoutError:
            raise Unavailable(f"customs did not answer within {START:g} s; see its lines above") from None
        # Where it listens now, it listens again after a restart.
        self.settings = settings.model_copy(update={"control_port": int(customs.url.rpartition(":")[2])})
        self._keeper = asyncio.create_task(self._keep(keys.operator_key))
        self.ready = Ready(gateway=await gateway.serve(), control=customs.url, keys=keys.keys, operator_key=keys.operator_key)
        return self.ready

    async def profile(self) -> str:
        """The review profile in force at the start."""
        return (await self._answered).profile

    async def close(self) -> None:
        """Stop taking requests first, then drain both sides; nothing accepted is lost."""
        await self._closing.aclose()

    async def _spawn(self, operator_key: str) -> None:
        self._answered = asyncio.get_running_loop().create_future()
        here, there = socket.socketpair()
        try:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway.cli.customs_child", str(there.fileno()), stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL, pass_fds=(there.fileno(),), start_new_session=True)
        finally:
            there.close()
        given = self.settings.model_dump(mode="json", include=self.settings.model_fields_set | {"home", "control_port"})
        assert self._child.stdin is not None
        self._child.stdin.write(msgspec.json.encode(Order(settings=given, operator_key=operator_key, processor=self._processor)))
        self._child.stdin.close()
        await self._link.connect(here)

    async def _hear(self, content: Any) -> None:
        if not self._answered.done():
            self._answered.set_result(msgspec.convert(content, Customs))

    async def _refuse(self, content: Any) -> None:
        if not self._answered.done():
            self._answered.set_exception(BadSetting(str(content)))

    async def _tell_salt(self, _: Any) -> bytes:
        return await asyncio.shield(self._salt)

    async def _set_clock(self, content: Any) -> None:
        self._clock.set(None if content is None else ClockState(business=content[0], wall=content[1], speed=content[2]))

    async def _keep(self, operator_key: str) -> None:
        """Start customs again whenever it ends by itself."""
        died = 0
        while True:
            code = await self._child.wait()
            pause = PAUSES[min(died, len(PAUSES) - 1)]
            died += 1
            log.error("customs ended by itself (exit %s); will start it again in %.1f s, what is accepted waits", code, pause,
                      extra={"action": "customs_died"})
            await asyncio.sleep(pause)
            await self._spawn(operator_key)
            with contextlib.suppress(TimeoutError, BadSetting):
                await asyncio.wait_for(asyncio.shield(self._answered), START)
                log.warning("customs answers again", extra={"action": "customs_back"})

    async def _end(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        with contextlib.suppress(Unavailable, TimeoutError):
            await asyncio.wait_for(self._link.ask(STOP), self.settings.drain + 10)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._child.wait(), 10)
        if self._child.returncode is None:
            self._child.kill()
            await self._child.wait()


def can_be_apart() -> bool:
    """Whether two processes are better than one here: two cores, and sockets that a child can be handed."""
    return os.name == "posix" and len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)) > 1


@contextlib.asynccontextmanager
async def home_running(settings: Settings, *, own: bool = False) -> AsyncIterator[Any]:
    """The pair of `eport up`, in as many processes as ``settings`` ask for or the machine can use. ``own``: this process has nothing else
    to do, so that it may be kept to a processor."""
    # A seeded run has one process: two have no common order of what they do.
    if settings.seed is not None or not (settings.processes == 2 or (settings.processes == 0 and can_be_apart())):
        async with running(settings) as pair:
            yield pair
        return
    usable = usable_processors()
    kept = own and settings.pin and len(usable) == 2  # with more, each finds one of its own, and some are slow ones
    if kept:
        keep_to_one_processor(0, 2)  # before there are threads; the child says for itself where it stays
    apart = Apart(settings, usable[1] if kept else None)
    try:
        await apart.start()
        yield apart
    finally:
        await apart.close()
