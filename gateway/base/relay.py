"""Relay: brings outbox parcels to the broker. Shared by both sides through its port ``Parcels``;
knows no table.

A parcel is one outbox row with the messages it stands for. Parcels come by ``offer`` right after
the commit that wrote them, and from the store when some were left over (start, outage, backlog).
The row goes only after the broker's confirm.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from gateway.base.batching import gathered
from gateway.base.errors import CommitUnknown, Unavailable, Undelivered
from gateway.base.message import Message
from gateway.base.ports import Broker, Disposition, Observer

log = logging.getLogger("eport.relay")
GRACE = 0.05
"""Seconds without an offer after which the store is asked what is due."""


LATE = 1.0
"""Seconds overdue after which a parcel is nobody's any more: its offer was dropped during an
outage, or its process died."""
LONGEST_RETRY = 60.0
"""Seconds after which whatever was left is tried again, at the latest. A row that is due later than
that was dated by a clock that has been set back since: it is due."""
LARGE = 16
"""Messages that make a hand-over a large one. When more waits the moment it has landed, there is
load, and the next one keeps the pace: it carries more and is cheaper at both ends (measured on
RabbitMQ: 7 % more round trips). When nothing waits then, nothing is held up later: keeping the pace
there too left the processors idle, and was as slow as none."""
PROBE = 10
"""Messages that try whether an unreachable queue is back: reading a full hand-over every time would
be work for nothing."""


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """One outbox row: its id, its messages, and what the owner needs to settle it (``notes`` is the
    owner's own)."""

    id: int
    messages: Sequence[Message]
    notes: Any = None


class Parcels(Protocol):
    """The owner's side of the outbox."""

    async def due(self, most: int, without: frozenset[int]) -> Sequence[Parcel]:
        """Return parcels that may be sent now, oldest first, without the ids in ``without``. What
        an earlier life of this process left is due when it is first asked."""
        ...

    async def settle(self, parcels: Sequence[Parcel], rest: Mapping[str, Disposition]) -> None:
        """Take note that all messages but those in ``rest`` are durable on the far side."""
        ...

    async def next_due(self) -> float | None:
        """Return the seconds until the next parcel is due, negative when it is overdue; None
        without one."""
        ...


class Relay:
    """One relay per queue and process. ``most``: messages in one hand-over; ``room``: messages kept
    in memory. ``observer`` takes the times of hand-overs."""

    def __init__(
        self,
        broker: Broker,
        queue: str,
        parcels: Parcels,
        *,
        most: int = 500,
        room: int = 4000,
        poll: float = 1.0,
        longest_pause: float = 2.0,
        observer: Observer | None = None,
    ) -> None:
        self._broker, self._queue, self._parcels = broker, queue, parcels
        self._most, self._room, self._poll, self._longest = most, room, poll, longest_pause
        self._offered: deque[Parcel] = deque()
        self._kept = 0
        self._fetched: dict[int, None] = {}
        self._behind = True  # look into the store at start
        self._wake = asyncio.Event()
        self._rests = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._under_way: deque[tuple[asyncio.Future[None], frozenset[int]]] = deque()
        self._looked = time.monotonic()
        self._late = False
        self._handed = (0.0, 0)  # when the last hand-over began, and how many messages it had
        # whether the far side took or refused the last hand-over, whatever became of it here
        self._far = True
        self.available = True
        self._observer = observer

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    def offer(self, parcels: Sequence[Parcel]) -> None:
        """Take parcels just committed. Beyond the room they are left to the store: memory stays
        flat during an outage."""
        if (
            not self.available and self._far
        ):  # it was the store that was away, and what it has just stored says that it is back
            self.available = self._behind = True
        for parcel in parcels:
            if parcel.id in self._fetched:  # the store was quicker than this offer
                continue
            if self._kept >= self._room or not self.available:
                self._behind = True
                continue
            self._offered.append(parcel)
            self._kept += len(parcel.messages)
        self._rests.clear()
        # else the pause or a consumer wakes it: a look into the store for every commit would halve
        # the intake
        if self.available:
            self._wake.set()

    def wake(self) -> None:
        """Look into the store now: a consumer came back, a parcel fell due, another process wrote
        one."""
        self._behind = True
        self._rests.clear()
        self._wake.set()

    async def drained(self, seconds: float) -> bool:
        """Wait until all that was offered is on the far side; False when that takes longer or the
        queue is not reachable."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._rests.wait(), seconds)
            return self.available
        return False

    async def close(self) -> None:
        """Stop between two batches; what is left stays in the outbox."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._landed()

    async def _run(self) -> None:
        pause = 0.05
        while True:
            try:
                if self._reaped():
                    pause = 0.05
                    self.available = True
                if not self.available:
                    await self._asked()
                batch = await self._next() if len(self._under_way) < self._broker.window else []
                if batch:
                    self._under_way.append(
                        (
                            asyncio.ensure_future(self._carry(batch)),
                            frozenset(parcel.id for parcel in batch),
                        )
                    )
                elif self._under_way:
                    await self._stirred()
                else:
                    await self._sleep_until_due()
            except (Unavailable, CommitUnknown) as error:
                await self._landed()
                if self.available:
                    log.warning(
                        "queue %s is not reachable (%s); will go on trying",
                        self._queue,
                        error,
                        extra={"action": "relay_unavailable"},
                    )
                self.available = False
                self._forget()
                self._rests.set()  # for those who wait: nothing will move now
                with contextlib.suppress(asyncio.TimeoutError):
                    self._wake.clear()
                    await asyncio.wait_for(self._wake.wait(), pause)
                pause = min(pause * 2, self._longest)
            except Exception:
                await self._landed()
                log.exception(
                    "relay of queue %s failed; will retry in %.1f s",
                    self._queue,
                    self._longest,
                    extra={"action": "relay_failed"},
                )
                self._forget()
                await asyncio.sleep(self._longest)

    async def _asked(self) -> None:
        """Raises Unavailable while the far side is known to be away: a look into the store would be
        for nothing."""
        try:
            await self._broker.publish(self._queue, [])
        except Unavailable:
            self._far = False
            raise

    def _reaped(self) -> bool:
        """Return whether a hand-over has ended well since the last look. Raise what went wrong with
        one."""
        ended = False
        while self._under_way and self._under_way[0][0].done():
            self._under_way.popleft()[0].result()
            ended = True
        return ended

    async def _stirred(self) -> None:
        """Wait until a hand-over has ended, or there is something for another one and room for
        it."""
        room = len(self._under_way) < self._broker.window
        self._wake.clear()
        if room and self._offered:
            return
        first: asyncio.Future[Any] = self._under_way[0][0]
        woken: asyncio.Future[Any] = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait(
                [first, woken] if room else [first], return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            woken.cancel()

    async def _landed(self) -> None:
        """Wait until nothing is under way. What failed stays in the store, where the next look
        meets it."""
        await asyncio.gather(*[future for future, _ in self._under_way], return_exceptions=True)
        self._under_way.clear()

    async def _look_for_late_ones(self) -> None:
        """Look into the store now and then also at load, when nothing else does: what was left over
        must not wait for a quiet hour."""
        now = time.monotonic()
        if now - self._looked < self._poll:
            return
        self._looked = now
        seconds = await self._parcels.next_due()
        self._late = seconds is not None and seconds < -LATE

    def _forget(self) -> None:
        """Leave everything to the store: order stays and nothing is in memory twice."""
        self._offered.clear()
        self._kept = 0
        self._behind = True

    async def _next(self) -> list[Parcel]:
        await self._look_for_late_ones()
        if self._late or (self._behind and not self._offered):
            self._behind = self._late = False
            most = self._most if self.available else PROBE
            due = await self._parcels.due(
                most,
                frozenset(p.id for p in self._offered).union(*[ids for _, ids in self._under_way]),
            )
            known = {p.id for p in self._offered}
            self._fetched.update(dict.fromkeys(p.id for p in due))
            while len(self._fetched) > 4096:
                del self._fetched[next(iter(self._fetched))]
            self._offered.extendleft(reversed([p for p in due if p.id not in known]))
            self._kept = sum(len(p.messages) for p in self._offered)
            if sum(len(p.messages) for p in due) >= most:
                self._behind = True
        if self._kept:
            await gathered(lambda: self._kept, self._most)
        began, size = self._handed
        if (
            size >= LARGE
            and 0 < self._kept < self._most
            and (left := began + self._broker.pace - time.monotonic()) > 0
        ):
            await asyncio.sleep(left)
        batch: list[Parcel] = []
        size = 0
        while self._offered and (not batch or size + len(self._offered[0].messages) <= self._most):
            parcel = self._offered.popleft()
            batch.append(parcel)
            size += len(parcel.messages)
        self._kept -= size
        self._handed = (time.monotonic(), size)  # with nothing to hand over: the pace begins anew
        return batch

    async def _carry(self, batch: Sequence[Parcel]) -> None:
        """Hand a batch over and note what the far side took."""
        rest: Mapping[str, Disposition] = {}
        began = time.perf_counter()
        try:
            await self._broker.publish(
                self._queue, [m for parcel in batch for m in parcel.messages]
            )
        except Undelivered as error:
            rest = error.rest
        except Unavailable:
            self._far = False
            raise
        self._far = True
        if self._observer:
            self._observer.published(time.perf_counter() - began)
        await self._parcels.settle(batch, rest)
        if log.isEnabledFor(logging.INFO):
            for message in (m for parcel in batch for m in parcel.messages):
                log.info(
                    "message %s",
                    "left over" if message.id in rest else "confirmed",
                    extra={
                        "action": "message_left" if message.id in rest else "message_sent",
                        "queue": self._queue,
                        "cop_msg_id": message.id,
                        "message_type": message.headers.get("message_type"),
                    },
                )
        if rest:
            self._behind = True

    async def _sleep_until_due(self) -> None:
        """Sleep until something is offered; look into the store only when nothing was for a while:
        at load no look is needed, and a row that was just committed is left to the offer that
        follows it."""
        self._wake.clear()
        if self._offered or self._behind:
            return
        self._rests.set()
        if await self._woken(GRACE):
            return
        seconds = await self._parcels.next_due()
        if seconds is not None and seconds <= 0:
            self._behind = True
        elif not await self._woken(self._poll if seconds is None else min(seconds, self._poll)):
            self._behind = seconds is not None and seconds <= self._poll

    async def _woken(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return False
        return True
