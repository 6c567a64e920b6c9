"""Turns and workplaces: what there are only a few of is shared out by caller, so that nobody can
take all of it. A workplace is a thread for work that would hold up the event loop.

A thread cannot be stopped from outside. So nobody waits for it beyond its budget, a stop does not
wait for it at all, and its place counts as taken until it has really ended.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from gateway.base.errors import EportError, Unavailable

log = logging.getLogger("eport.workplaces")
T = TypeVar("T")
WALL = 10
"""Times its budget of processor time that work may take by the clock, when it does not even get to
the processor."""


class TookTooLong(EportError):
    """Work used up its budget. It may still go on, and nobody hears of it any more."""


class Turns:
    """``count`` turns at once, at most ``share`` of them for one caller. Who waits longer than
    ``patience`` seconds is told so."""

    def __init__(self, count: int, *, share: int, patience: float) -> None:
        self.count, self._share, self.patience = count, share, patience
        self._all = asyncio.Semaphore(count)
        self._of: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def take(self, caller: str) -> Callable[[], None]:
        """Wait for a turn; the returned function gives it back. Raise Unavailable when none comes
        in time."""
        own = self._of.get(caller)
        if own is None:
            own = self._of[caller] = asyncio.Semaphore(self._share)
        try:
            async with asyncio.timeout(self.patience):
                # First one's own: so a caller with many requests stands in the common queue with
                # no more than his share.
                await own.acquire()
                try:
                    await self._all.acquire()
                except BaseException:
                    own.release()
                    raise
        except TimeoutError:
            raise Unavailable(f"no turn within {self.patience:g} s") from None

        def give_back() -> None:
            self._all.release()
            own.release()

        return give_back


class _Work:
    """Something to do, who does it since when, and what became of it."""

    def __init__(self, do: Callable[[], Any], give_back: Callable[[], None]) -> None:
        self.do, self.give_back = do, give_back
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Any] = self.loop.create_future()
        self.done.add_done_callback(_looked_at)
        self._since: tuple[float, float, int] | None = None

    def begin(self) -> None:
        self._since = (time.monotonic(), time.thread_time(), threading.get_ident())

    def used(self) -> float:
        """Return the seconds of its budget that it has used: those of the processor, so that a
        busy machine makes no work too long."""
        if self._since is None:
            return 0.0
        began, before, thread = self._since
        wall = time.monotonic() - began
        if not hasattr(time, "pthread_getcpuclockid") or self.done.done():
            return wall
        spent = time.clock_gettime(time.pthread_getcpuclockid(thread)) - before
        return max(spent, wall / WALL)


def _looked_at(done: asyncio.Future[Any]) -> None:
    """Take note of an error that nobody waits for any more."""
    if not done.cancelled():
        done.exception()


class Workplaces:
    """Threads for the work of callers. ``budget``: seconds of processor time for one piece of
    work."""

    def __init__(self, turns: Turns, *, budget: float) -> None:
        self.turns, self.budget = turns, budget
        self._waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._threads = 0
        self.under_way: set[_Work] = set()
        """What threads work on, whether somebody still waits for it or not."""

    async def run(self, caller: str, do: Callable[[], T]) -> T:
        """Return what ``do`` returns, raise what it raises. Raise Unavailable when no place is free
        in time, TookTooLong when its budget is used up."""
        work = _Work(do, await self.turns.take(caller))
        self.under_way.add(work)
        if self._threads < min(self.turns.count, len(self.under_way)):
            self._threads += 1
            threading.Thread(
                target=self._serve, name=f"workplace-{self._threads}", daemon=True
            ).start()
        self._waiting.put(work)
        left = self.budget
        while not (await asyncio.wait([work.done], timeout=max(left, 0.05)))[0]:
            left = self.budget - work.used()
            if left <= 0:
                log.error(
                    "a check of caller %s… has used %.1f s and goes on; its place is lost until it"
                    " ends",
                    caller[:8],
                    work.used(),
                    extra={"action": "check_overdue"},
                )
                raise TookTooLong(f"more than {self.budget:g} s")
        result: T = work.done.result()
        return result

    @property
    def places(self) -> int:
        """Return how many there are."""
        return self.turns.count

    def overdue(self) -> int:
        """Return how many places are held by work beyond its budget."""
        return sum(work.used() > self.budget for work in self.under_way)

    def close(self) -> None:
        """Let threads that have nothing to do go. Wait for none."""
        for _ in range(self._threads):
            self._waiting.put(None)
        self._threads = 0

    def _serve(self) -> None:
        while (work := self._waiting.get()) is not None:
            work.begin()
            result, error = None, None
            try:
                result = work.do()
            except BaseException as raised:
                error = raised
            try:
                work.loop.call_soon_threadsafe(self._end, work, result, error)
            except RuntimeError:  # the loop is closed: nobody is there any more
                return
            del work, result, error  # nothing of a message stays while the thread waits

    def _end(self, work: _Work, result: Any, error: BaseException | None) -> None:
        self.under_way.discard(work)
        work.give_back()
        if error is not None:
            work.done.set_exception(error)
        else:
            work.done.set_result(result)
