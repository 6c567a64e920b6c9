"""The customs side of `eport up` in a process of its own: ``python -m gateway.cli.customs_child FD``, with its order on stdin.

Ends when it is asked to, and at once when the link breaks: its parent is gone then, and what it had taken is durable.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from typing import Any

import msgspec

from gateway.adapters.clock import ClockState
from gateway.cli.apart import CLOCK, READY, REFUSED, SALT, STOP, Customs, Order
from gateway.cli.check_apart import CHECK, Checks
from gateway.cli.home import lock
from gateway.cli.loop import run_loop, settle
from gateway.cli.pair import clock_of
from gateway.cli.read_apart import OpeningLink
from gateway.cli.sides import CustomsSide
from gateway.errors import BadSetting, EportError
from gateway.logs import configure
from gateway.settings import Settings

WAIT_FOR_FORMER = 5.0
"""Seconds that a former customs process of this home has to end."""


async def _customs(end: socket.socket, order: Order) -> None:
    settings = Settings(**order.settings)
    configure(settings.log_format, settings.log_level)
    stop = asyncio.Event()
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    link = OpeningLink(on_lost=lambda: os._exit(1))

    async def stopping(_: Any) -> None:
        stop.set()

    async def tell(state: ClockState | None) -> None:
        await link.ask(CLOCK, None if state is None else (state.business, state.wall, state.speed))

    link.answer(STOP, stopping)
    await link.connect(end)
    try:
        async with contextlib.AsyncExitStack() as closing:
            closing.callback(_lock_after_former(settings))
            side = CustomsSide(settings, link, clock_of(settings), closing)
            await side.open()
            side.node.clockwork.tell = tell
            link.open_as(settings, await link.ask(SALT))
            link.answer(CHECK, Checks(settings).answer)
            settle()
            url = await side.start(order.operator_key)
            await link.ask(READY, Customs(url=url, profile=await side.node.profile()))
            await stop.wait()
    except EportError as error:
        await link.ask(REFUSED, str(error))
    finally:
        await link.close()


def _lock_after_former(settings: Settings) -> Any:
    """The lock of customs' side. A process whose parent was killed notices and ends a moment later."""
    deadline = time.monotonic() + WAIT_FOR_FORMER
    while True:
        try:
            return lock(settings.home / "customs")
        except BadSetting:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which asks
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    if given.processor is not None:
        os.sched_setaffinity(0, {given.processor})  # what this process was started with is its parent's
    run_loop(_customs(socket.socket(fileno=int(sys.argv[1])), given))
