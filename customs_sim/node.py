"""The customs node: consumes what the e-port sends, answers it, and stops without losing anything.
Wiring only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from customs_sim.cases.profiles import PROFILES
from customs_sim.cases.settings import CustomsSettings
from customs_sim.desk.deliveries import Sent, deliveries
from customs_sim.desk.desk import Desk
from customs_sim.desk.levies import Counter
from customs_sim.desk.parked import ParkedMessages
from customs_sim.desk.payments import Cashier
from customs_sim.desk.playbook import Playbook
from customs_sim.desk.registry import Registry
from customs_sim.desk.today import day_of
from customs_sim.flow.clock import Clockwork, Tell, as_business, tell_nobody
from customs_sim.flow.intake import Intake
from customs_sim.flow.timers import Timers
from customs_sim.office.metrics import Metrics
from customs_sim.office.office import Office
from customs_sim.store.delivery_sql import narrowed
from customs_sim.store.sql import Sql
from customs_sim.wire.reader import Schemas
from gateway.base.batching import Batcher
from gateway.base.clock.business import SystemClock
from gateway.base.errors import BadSetting, CommitUnknown, Unavailable
from gateway.base.message import Message
from gateway.base.ports import Broker, Clock, Disposition, Store, Subscription
from gateway.base.store.sql import SqlStore
from gateway.base.store.wakeups import Wakeups, notify
from schemas.codes import CodeLists
from schemas.times import micros

log = logging.getLogger("eport.customs")
PAUSED = "held"
"""The setting that pauses all processes of one store."""
Line = TypeVar("Line", "ArchiveLine", "ParkedLine")


class ArchiveLine(NamedTuple):
    """A message of the archive as it stands in a list.

    Attributes:
        at: Business time, in microseconds UTC.
        direction: ``in`` or ``out``.
        sender: The scope that the message id is unique in.
        case_no: The case that it belongs to; None without one.
        size: Bytes of its body.
        delivery: How far it got, as far as customs knows.
        fault: The fault that struck it; None without one.
    """

    id: int
    at: int
    direction: str
    message_type: str
    message_id: str
    sender: str
    case_no: int | None
    seq_no: str | None
    enterprise: str | None
    gateway_msg_id: str
    size: int
    delivery: str
    fault: str | None


class ParkedLine(NamedTuple):
    """A message set aside, as it stands in a list; the members that ``ArchiveLine`` has mean the
    same."""

    id: int
    at: int
    direction: str
    message_id: str
    sender: str
    reason: str
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[Line]):
    """One page of a list, the exact total, and the cursor of the following page."""

    rows: tuple[Line, ...]
    total: int
    next: str | None


class CustomsNode:
    """One customs process.

    ``clock`` is business time; ``wall`` (the system's clock unless a test gives another) paces
    resending. ``dialect`` is that of the store's database. The tables must exist
    (``customs_sim.store.sql.create``). ``metrics`` are those that observe the store; ``tell``
    brings the state of the clock to another process that goes by it.
    """

    def __init__(
        self,
        *,
        store: Store,
        dialect: Dialect,
        broker: Broker,
        clock: Clock,
        settings: CustomsSettings,
        schemas: Schemas,
        codes: CodeLists,
        wall: Clock | None = None,
        metrics: Metrics | None = None,
        tell: Tell = tell_nobody,
    ) -> None:
        if settings.profile not in PROFILES:
            raise BadSetting(f"profile {settings.profile!r}: wanted one of {', '.join(PROFILES)}")
        self._broker, self._settings = broker, settings
        business = as_business(clock)
        self.metrics = metrics or Metrics()
        self.office = Office(
            store=store,
            sql=Sql(dialect),
            broker=broker,
            clock=business,
            wall=wall or SystemClock(),
            settings=settings,
            schemas=schemas,
            codes=codes,
            observer=self.metrics,
        )
        self.desk = Desk(self.office)
        self.counter = Counter(self.office)
        self.cashier = Cashier(self.office)
        self.playbook = Playbook(self.office)
        self.registry = Registry(self.office)
        self._timers = Timers(self.office)
        self.clockwork = Clockwork(self.office, self._timers, business, tell)
        self._intake = intake = Intake(self.office, self.metrics.batch.observe)
        self.parked_messages = ParkedMessages(self.office, intake)
        self._batcher: Batcher[Sequence[Message], list[Disposition]] = Batcher(intake.take, most=8)
        self._subscription: Subscription | None = None
        self._switch = asyncio.Lock()
        self._heard = asyncio.Event()
        self._following: asyncio.Task[None] | None = None
        shared = store if settings.hand_over > 0 and isinstance(store, SqlStore) else None
        self._wakeups = (
            None if shared is None else Wakeups(shared, "customs", lambda _: self._heard.set())
        )
        self.leaving = False

    @property
    def paused(self) -> bool:
        """Return whether customs does not listen: before ``start``, after ``pause`` and
        ``close``."""
        return self._subscription is None

    async def start(self) -> None:
        """Send what is left over, go on with timers under way, then listen."""
        await self.clockwork.start()
        self.office.relay.start()
        self._timers.start()
        self.desk.start()
        if self._wakeups is None:
            await self._switched(paused=False)
            return
        await self.follow()
        self._wakeups.start()
        self._following = asyncio.create_task(self._follow_on())

    async def on_batch(self, messages: Sequence[Message]) -> Sequence[Disposition]:
        """Consume messages: one disposition each, after the commit. What comes meanwhile forms the
        next unit."""
        dispositions = await self._batcher.put(messages)
        for said in dispositions:
            self.metrics.received.labels(said.verdict.value).inc()
        return dispositions

    async def pause(self) -> None:
        """Stop listening, in all processes that share the store; what was delivered is finished
        first. Idempotent; forgotten when customs is started anew."""
        await self._tell(paused=True)
        await self._switched(paused=True)

    async def resume(self) -> None:
        """Listen again. Idempotent."""
        await self._tell(paused=False)
        await self._switched(paused=False)

    async def _tell(self, *, paused: bool) -> None:
        if self._wakeups is None:
            return

        def write(connection: Connection) -> None:
            self.office.sql.change_setting(connection, PAUSED, "1" if paused else "")
            notify(connection, "customs", PAUSED)

        await self.office.store.write(write)

    async def _switched(self, *, paused: bool) -> None:
        async with self._switch:
            if paused and self._subscription is not None:
                subscription, self._subscription = self._subscription, None
                await subscription.close()
            elif not paused and self._subscription is None:
                self._subscription = await self._broker.consume(
                    self._settings.inbound, self.on_batch, self._intake.take_parked
                )

    async def follow(self) -> None:
        """Pause or listen as the process does that an operator told."""
        settings = await self.office.store.read(self.office.sql.settings)
        await self._switched(paused=bool(settings.get(PAUSED)))

    async def _follow_on(self) -> None:
        """Look at once when told so, else every few seconds."""
        while True:
            self._heard.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._heard.wait(), self._settings.poll)
            try:
                await self.follow()
            except (Unavailable, CommitUnknown) as error:
                log.warning(
                    "cannot read whether customs is paused (%s); will look again",
                    error,
                    extra={"action": "follow_failed"},
                )

    def wake(self) -> None:
        """Look for answers to send and for timers due: the gateway listens again, or the clock was
        set."""
        self.office.relay.wake()
        self._timers.wake()

    async def close(self) -> None:
        """Drain: no more deliveries, then the units under way, then the relay. The store is its
        owner's to close."""
        if self._wakeups is not None and self._following is not None:
            await self._wakeups.close()
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._switched(paused=True)
        await self._batcher.close()
        await self.clockwork.close()
        await self._timers.close()
        await self.desk.close()
        await self.office.relay.close()

    async def ready(self) -> bool:
        """Return whether the store answers. A pause is an operator's wish, not a fault."""
        return await self.office.store.read(self.office.sql.alive)

    async def measure(self) -> bytes:
        """Return the metrics page, its gauges as the store has them now."""
        parked, worklist, waiting, oldest = await self.office.store.read(self.office.sql.gauges)
        self.metrics.parked.set(parked)
        self.metrics.worklist.set(worklist)
        self.metrics.waiting.set(waiting)
        self.metrics.oldest.set(
            0 if oldest is None else max(0.0, (micros(self.office.wall.now()) - oldest) / 1e6)
        )
        return self.metrics.page()

    def leave(self) -> None:
        """Say that this process is about to stop: no longer ready, while it goes on working."""
        self.leaving = True

    async def profile(self) -> str:
        return await self.office.store.read(self.office.profile)

    async def set_profile(self, name: str) -> None:
        """Change the pace of what arrives from now on; survives a restart. ``name`` must be one of
        PROFILES."""
        if name not in PROFILES:
            raise ValueError(f"profile: found {name!r}, wanted one of {', '.join(PROFILES)}")

        def write(connection: Connection) -> None:
            self.office.sql.change_setting(connection, "profile", name)

        await self.office.store.write(write)

    async def parked(
        self, *, limit: int, cursor: int | None = None, skip: int = 0
    ) -> Listed[ParkedLine]:
        """Return what was set aside, newest first."""
        before = cursor or 2**62
        rows, total = await self.office.store.read(
            lambda connection: self.office.sql.parked(
                connection, before=before, most=limit + 1, skip=skip
            )
        )
        return _page([ParkedLine._make(row) for row in rows], total, limit)

    async def messages(
        self, q: str, *, limit: int, cursor: int | None = None, skip: int = 0, only: str = ""
    ) -> Listed[ArchiveLine]:
        """Return the archive, newest first. ``q`` is the beginning of a number, or a
        whole code or type; empty for everything. ``only``: a word of ``delivery_sql.ONLY``."""
        before, (begins, ends) = cursor or 2**62, day_of(micros(self.office.clock.now()))

        def read(connection: Connection) -> tuple[list[ArchiveLine], int]:
            rows, total = self.office.sql.messages(
                connection,
                q,
                before=before,
                most=limit + 1,
                skip=skip,
                only=narrowed(connection, only, begins, ends) if only else None,
            )
            known = deliveries(
                connection, [Sent(row.id, row.direction, row.message_id) for row in rows]
            )
            lines = [
                ArchiveLine._make((*row, known[row.id].way, known[row.id].fault or None))
                for row in rows
            ]
            return lines, total

        lines, total = await self.office.store.read(read)
        return _page(lines, total, limit)


def _page(lines: Sequence[Line], total: int, limit: int) -> Listed[Line]:
    shown = tuple(lines[:limit])
    return Listed(rows=shown, total=total, next=str(shown[-1].id) if len(lines) > limit else None)
