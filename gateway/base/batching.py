"""Group commit: what arrives while the previous batch is being committed forms the next one.

Latency stays that of one commit when idle; throughput becomes that of bulk statements when busy.
Shared by both sides.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from gateway.base.errors import CommitUnknown, Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Gathers items and flushes them in batches, one batch at a time.

    ``flush`` gets at most ``most`` items and answers one result or exception per item, in order. A
    caller that goes away does not undo its item: the flush belongs to no request.
    """

    def __init__(
        self,
        flush: Callable[[Sequence[Item]], Awaitable[Sequence[Result | BaseException]]],
        most: int = 500,
    ) -> None:
        self._flush, self._most = flush, most
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, item: Item) -> asyncio.Future[Result]:
        """Return the future of the item's result. Never blocks; bounding the queue is the
        caller's business."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._wake.set()
        self._idle.clear()
        return future

    async def drained(self) -> None:
        """Return when nothing waits and nothing is being flushed."""
        await self._idle.wait()

    async def close(self) -> None:
        """Flush what waits, then stop."""
        await self.drained()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await gathered(self._waiting.__len__, self._most)
                batch = [
                    self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))
                ]
                try:
                    results: Sequence[Result | BaseException] = await self._flush(
                        [item for item, _ in batch]
                    )
                except Exception as error:
                    results = [error] * len(batch)
                for (_, future), result in zip(batch, results, strict=True):
                    if future.done():
                        continue
                    if isinstance(result, BaseException):
                        future.set_exception(result)
                        future.exception()  # a caller that went away leaves nobody to fetch it
                    else:
                        future.set_result(result)
            self._idle.set()


async def gathered(size: Callable[[], int], most: int, turns: int = 16) -> None:
    """Let the loop take in what has arrived already: return when a whole turn of it brought nothing
    more.

    Costs nothing when idle. When busy, the requests that stand in the socket buffers join this
    batch instead of making the next one: a transaction costs about as much as ten rows."""
    for _ in range(turns):
        before = size()
        if before >= most:
            return
        await asyncio.sleep(0)
        if size() <= before:
            return


async def halving(
    items: Sequence[Item], write: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]
) -> list[Result | BaseException]:
    """Write ``items`` together; when that fails, halve until the one message that is to blame
    stands alone.

    Connection errors are not halved: they concern the whole batch and go up. Anything else, a value
    that the database refuses or an error of our own, concerns one message: its neighbours must not
    wait for ever behind it.
    """
    if not items:
        return []
    try:
        return list(await write(items))
    except (Unavailable, CommitUnknown):
        raise
    except Exception as error:
        if len(items) == 1:
            return [error]
        middle = len(items) // 2
        return [*await halving(items[:middle], write), *await halving(items[middle:], write)]
