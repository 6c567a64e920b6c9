"""The event loop of every command, uvloop where there is one, and the memory of those that stay."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` to its end. SIGTERM cancels it, so that its blocks are left in order;
    CancelledError comes out then."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(_stoppable(main))
    result: T = uvloop.run(_stoppable(main))
    return result


async def _stoppable(main: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    with contextlib.suppress(NotImplementedError):  # Windows
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await main


def settle() -> None:
    """Once a process that stays has loaded what it works with: the collector need not walk that
    again and again. For whole processes only: what is frozen in the middle of a program, as of a
    pair that is closed again, is never given back.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)


def keep_to_one_processor(number: int, of: int) -> None:
    """Keep this process, with all threads that it will have, to the processor ``number`` of those
    that it may use; negative: from the end. Nothing where there are fewer than ``of``, or none to
    choose from.

    The threads of a worker take turns under one GIL anyway; on two processors they also hand every
    object from one cache to the other (measured, both sides with one worker on two processors: 3 to
    4 % more round trips, and 12 % while several threads wrote).
    """
    usable = usable_processors()
    if 1 < len(usable) >= of:
        os.sched_setaffinity(0, {usable[number % len(usable)]})


def usable_processors() -> list[int]:
    """Return the processors that this process may be kept to; none where the system does not
    keep processes to processors."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
