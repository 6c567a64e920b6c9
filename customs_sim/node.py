"""The customs node: consumes what the e-port sends, answers it, and stops without losing anything.
Wiring only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from customs_sim.cases.profiles import PROFILES
from customs_sim.cases.settings import CustomsSettings
from customs_sim.desk.decisions import Desk
from customs_sim.desk.levies import Counter
from customs_sim.desk.parked import Aside
from customs_sim.desk.payments import Cashier
from customs_sim.desk.playbook import Playbook
from customs_sim.flow.clock import Clockwork, as_business
from customs_sim.flow.intake import Intake
from customs_sim.flow.timers import Timers
from customs_sim.office.metrics import Metrics
from customs_sim.office.office import Office
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
HELD = "held"
"""The setting that holds all processes of one store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of a list: rows as the SQL verb gives them, the exact total, the cursor of the
    following page."""

    rows: tuple[tuple[object, ...], ...]
    total: int
    next: str | None


class CustomsNode:
    """One customs process.

    ``clock`` is business time; ``wall`` (the system's clock unless a test gives another) paces
    resending. ``dialect`` is that of the store's database. The tables must exist
    (``customs_sim.store.sql.create``).
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
    ) -> None:
        if settings.profile not in PROFILES:
            raise BadSetting(f"profile {settings.profile!r}: wanted one of {', '.join(PROFILES)}")
        self._broker, self._settings = broker, settings
        business = as_business(clock)
        self.office = Office(
            store=store,
            sql=Sql(dialect),
            broker=broker,
            clock=business,
            wall=wall or SystemClock(),
            settings=settings,
            schemas=schemas,
            codes=codes,
        )
        self.desk = Desk(self.office)
        self.counter = Counter(self.office)
        self.cashier = Cashier(self.office)
        self.playbook = Playbook(self.office)
        self._timers = Timers(self.office)
        self.office.wake_timers = self._timers.wake
        self.clockwork = Clockwork(self.office, self._timers, business)
        self._intake = intake = Intake(self.office)
        self.aside = Aside(self.office, intake)
        self.metrics = Metrics()
        self.office.relay.on_publish = self.metrics.publish.observe
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
    def held(self) -> bool:
        """Whether customs does not listen: before ``start``, after ``hold`` and ``close``."""
        return self._subscription is None

    async def start(self) -> None:
        """Send what is left over, go on with timers under way, then listen."""
        await self.clockwork.start()
        self.office.relay.start()
        self._timers.start()
        if self._wakeups is None:
            await self._switched(held=False)
            return
        await self.follow()
        self._wakeups.start()
        self._following = asyncio.create_task(self._follow_on())

    async def on_batch(self, messages: Sequence[Message]) -> Sequence[Disposition]:
        """The consumer: one disposition per message, after the commit. What comes meanwhile forms
        the next unit."""
        dispositions = await self._batcher.put(messages)
        self.metrics.batch.observe(len(messages))
        for said in dispositions:
            self.metrics.received.labels(said.verdict.value).inc()
        return dispositions

    async def hold(self) -> None:
        """Stop listening, in all processes that share the store; what was delivered is finished
        first. Idempotent; forgotten when customs is started anew."""
        await self._tell(held=True)
        await self._switched(held=True)

    async def release(self) -> None:
        """Listen again. Idempotent."""
        await self._tell(held=False)
        await self._switched(held=False)

    async def _tell(self, *, held: bool) -> None:
        if self._wakeups is None:
            return

        def write(connection: Connection) -> None:
            self.office.sql.change_setting(connection, HELD, "1" if held else "")
            notify(connection, "customs", HELD)

        await self.office.store.write(write)

    async def _switched(self, *, held: bool) -> None:
        async with self._switch:
            if held and self._subscription is not None:
                subscription, self._subscription = self._subscription, None
                await subscription.close()
            elif not held and self._subscription is None:
                self._subscription = await self._broker.consume(
                    self._settings.inbound, self.on_batch, self._intake.take_parked
                )

    async def follow(self) -> None:
        """Hold or listen as the process did that an operator told."""
        found = await self.office.store.read(self.office.sql.settings)
        await self._switched(held=bool(found.get(HELD)))

    async def _follow_on(self) -> None:
        """At once when told so, else every few seconds."""
        while True:
            self._heard.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._heard.wait(), self._settings.poll)
            try:
                await self.follow()
            except (Unavailable, CommitUnknown) as error:
                log.warning(
                    "cannot read whether customs is held (%s); will look again",
                    error,
                    extra={"action": "follow_failed"},
                )

    def wake(self) -> None:
        """The gateway listens again, or the clock was set: look for answers to send and for timers
        due."""
        self.office.relay.wake()
        self._timers.wake()

    async def close(self) -> None:
        """Drain: no more deliveries, then the units under way, then the relay. The store is its
        owner's to close."""
        if self._wakeups is not None and self._following is not None:
            await self._wakeups.close()
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._switched(held=True)
        await self._batcher.close()
        await self.clockwork.close()
        await self._timers.close()
        await self.office.relay.close()

    async def ready(self) -> bool:
        """Whether the store answers and customs listens (a hold is an operator's wish, not a
        fault)."""
        return await self.office.store.read(self.office.sql.alive)

    async def measure(self) -> bytes:
        """The metrics page, its gauges as the store has them now."""
        parked, worklist, waiting, oldest = await self.office.store.read(self.office.sql.gauges)
        self.metrics.parked.set(parked)
        self.metrics.worklist.set(worklist)
        self.metrics.waiting.set(waiting)
        self.metrics.oldest.set(
            0 if oldest is None else max(0.0, (micros(self.office.wall.now()) - oldest) / 1e6)
        )
        return self.metrics.page()

    def leave(self) -> None:
        """This process is about to stop: no longer ready, while it goes on working."""
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

    async def parked(self, *, limit: int, cursor: int | None = None) -> Listed:
        """What was set aside, newest first."""
        before = cursor or 2**62
        rows, total = await self.office.store.read(
            lambda connection: self.office.sql.parked(connection, before=before, most=limit + 1)
        )
        return _page(rows, total, limit)

    async def messages(self, q: str, *, limit: int, cursor: int | None = None) -> Listed:
        """The archive, newest first; ``q`` is a whole number, code or type, empty for
        everything."""
        before = cursor or 2**62
        rows, total = await self.office.store.read(
            lambda connection: self.office.sql.messages(
                connection, q, before=before, most=limit + 1
            )
        )
        return _page(rows, total, limit)


def _page(rows: Sequence[Sequence[object]], total: int, limit: int) -> Listed:
    kept = tuple(tuple(row) for row in rows[:limit])
    return Listed(rows=kept, total=total, next=str(kept[-1][0]) if len(rows) > limit else None)
