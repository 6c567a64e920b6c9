"""The office: the one shell of customs. Runs units, and hands what they send to the relay after the
commit. Decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from customs_sim.cases.settings import CustomsSettings
from customs_sim.office.audit import DONE
from customs_sim.office.operators import Actor
from customs_sim.office.outbox import Outbox
from customs_sim.office.work import Work, WorkTools
from customs_sim.steering.active import Steering
from customs_sim.store.numbers import Blocks, Short
from customs_sim.store.sql import Sql
from customs_sim.wire.calendar import Moment
from customs_sim.wire.reader import FilingReader, Schemas
from gateway.base.clock.business import BusinessClock
from gateway.base.errors import CommitUnknown
from gateway.base.ports import Broker, Clock, Observer, Store
from gateway.base.relay import Parcel, Relay
from schemas.codes import CodeLists
from schemas.times import micros

T = TypeVar("T")


class Office:
    """What intake, timers and desk share: store, clocks, settings, schemas, and the way to write.
    One per process."""

    def __init__(
        self,
        *,
        store: Store,
        sql: Sql,
        broker: Broker,
        clock: BusinessClock,
        wall: Clock,
        settings: CustomsSettings,
        schemas: Schemas,
        codes: CodeLists,
        observer: Observer | None = None,
    ) -> None:
        """Make it whole. ``wall`` paces resending, so that a business clock that stands still does
        not stop it. ``observer`` takes the times of hand-overs."""
        self.store, self.sql, self.clock, self.wall = store, sql, clock, wall
        self.settings, self._codes, self.schemas = settings, codes, schemas
        self.reader = FilingReader(schemas, settings.node_id)
        self.steering = Steering(sql, settings.profile, settings.seed)
        self.blocks = (
            Blocks(store, sql, settings.block, wall=wall)
            if settings.seed is None
            else Blocks(store, sql, 1)
        )
        self.tools = WorkTools(
            sql=sql,
            blocks=self.blocks,
            node=settings.node_id,
            most=settings.most,
            seeded=settings.seed is not None,
            steering=self.steering,
            receipt_form=settings.receipt_form,
        )
        self._lease = int(settings.hand_over * 1_000_000)
        outbox = Outbox(
            store=store,
            tools=self.tools,
            clock=clock,
            wall=wall,
            tries=settings.tries,
            lease=self._lease,
        )
        self.relay = Relay(broker, settings.outbound, outbox, most=settings.most, observer=observer)
        self.timers_wake = asyncio.Event()
        """Set when a task was written: the timers look into the store."""

    @property
    def codes(self) -> CodeLists:
        """Return the code lists as last imported."""
        self._codes.refresh()
        return self._codes

    async def perform(self, unit: Callable[[Work], T], *, by: Actor | None = None) -> T:
        """Run ``unit`` as one transaction and return what it returns. It may run several times,
        each time on a new work.

        ``by``: who acts at the desk, for the audit. Raise what the store raises. After
        CommitUnknown the rows may be durable: relay and timers are woken to look into the store.
        """
        now = Moment.of(self.clock.now())
        wall = micros(self.wall.now())

        works: list[Work] = []

        def write(connection: Connection) -> tuple[T, list[Parcel], bool]:
            work = Work(connection, self.tools, now, wall + self._lease, wall=wall, by=by)
            works.append(work)
            result = unit(work)
            return result, work.flush(), work.timed

        while True:
            try:
                result, parcels, timed = await self.store.write(write)
                break
            except Short as short:
                works.pop().blocks.undo()
                await self.blocks.refill(short.needs)
            except CommitUnknown:
                self.relay.wake()
                self.timers_wake.set()
                raise
        if parcels:
            self.relay.offer(parcels)
        if timed:
            self.timers_wake.set()
        return result

    async def note(
        self,
        by: Actor,
        action: str,
        target: str = "",
        *,
        before: object = None,
        after: object = None,
        outcome: str = DONE,
    ) -> None:
        """Write a row of the audit about an act that writes none itself, or that was refused."""
        await self.perform(
            lambda work: work.note(action, target, before=before, after=after, outcome=outcome),
            by=by,
        )

    def profile(self, connection: Connection) -> str:
        """Return the name of the active profile as the transaction sees it: a change holds in all
        processes with its commit."""
        return self.steering.active(connection).profile
