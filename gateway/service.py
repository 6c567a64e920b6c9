"""The gateway as one object: what the API, the command line and tests work with. Built by
``bootstrap``, holds no logic."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from gateway.base.errors import CommitUnknown, Unavailable
from gateway.base.ports import Broker, Clock
from gateway.base.relay import Relay
from gateway.base.settings import Settings
from gateway.base.store.sql import SqlStore
from gateway.base.store.wakeups import EVERYTHING, Wakeups
from gateway.base.web.uploads import Uploads
from gateway.base.workplaces import Turns, Workplaces
from gateway.checks.elsewhere import Elsewhere
from gateway.checks.intake import Intake
from gateway.filing.dispatch import Dispatch
from gateway.filing.missing_pockets import Gaps
from gateway.filing.outbox import Outbox
from gateway.filing.pockets import Assembly
from gateway.filing.refusals import Refusals
from gateway.filing.taken import Clash, Taken
from gateway.queries.queries import Queries
from gateway.receipts.parked import ParkedMessages
from gateway.receipts.reception import Reception
from gateway.store.keys import Access, Caller
from gateway.store.registry import REGISTRY, Registry
from gateway.store.sql import Sql
from handlers.contract import Context
from schemas.codes import CodeLists
from schemas.times import local_day, micros

OUTBOX = "outbox"
PLACES, SHARE = 4, 2
"""Messages that are explained, or large ones checked, at once, and batches that are taken at once;
how many of them of one key. More threads would only fight for the GIL."""
PATIENCE = 10.0
"""Seconds that a request waits for its turn before it is told to come again."""
UPLOAD_SHARES = 3
"""Into how many parts the bytes of uploads are shared out: a key has one at most."""


@dataclass(kw_only=True)
class Gateway:
    """All parts of one gateway process."""

    settings: Settings
    store: SqlStore
    sql: Sql
    clock: Clock
    wall: Clock
    broker: Broker
    intake: Intake
    submissions: Assembly
    dispatch: Dispatch
    outbox: Outbox
    relay: Relay
    reception: Reception
    queries: Queries
    refusals: Refusals
    access: Access
    registry: Registry
    codes: CodeLists
    metrics: Metrics
    parked: ParkedMessages
    gaps: Gaps
    alone: bool  # no other process shares the store
    elsewhere: Elsewhere | None = (
        None  # who else can check the files of a batch; nobody where there is one process
    )
    ready: bool = field(default=False, init=False)
    backlog: int = field(default=0, init=False)
    wakeups: Wakeups | None = field(init=False, repr=False)
    checking: Workplaces = field(init=False, repr=False)
    batches: Turns = field(init=False, repr=False)
    uploads: Uploads = field(init=False, repr=False)
    _watch: asyncio.Task[None] | None = field(default=None, repr=False)
    _heard: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        self.checking = Workplaces(
            Turns(PLACES, share=SHARE, patience=PATIENCE), budget=self.settings.check_budget
        )
        self.batches = Turns(PLACES, share=SHARE, patience=PATIENCE)
        self.uploads = Uploads(self.settings.uploads, self.settings.uploads // UPLOAD_SHARES)
        self.wakeups = None if self.alone else Wakeups(self.store, "gateway", self.hear)

    async def start(self) -> None:
        """Consume, relay, watch the backlog; ready when this returns."""
        await self.registry.load()
        await self.reception.start()
        self.relay.start()
        await self.look()
        self._watch = asyncio.create_task(self._look_on())
        if self.wakeups is not None:
            self.wakeups.start()
        self.ready = True

    def leave(self) -> None:
        """Say that this process is about to stop: no longer ready, while it goes on working."""
        self.ready = False

    async def close(self) -> None:
        """Stop taking work, finish what is under way, release everything."""
        self.leave()
        if self.wakeups is not None:
            await self.wakeups.close()
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        self.checking.close()
        await self.submissions.close()
        await self.refusals.batcher.close()
        await self.reception.close()
        await self.relay.close()
        await self.store.close()

    def hear(self, what: str) -> None:
        """Take news of another process that shares the store: it changed the registry, or left
        something in the outbox."""
        if what in (OUTBOX, EVERYTHING):
            self.relay.wake()
        if what in (REGISTRY, EVERYTHING):
            task = asyncio.create_task(self._reload())
            self._heard.add(task)
            task.add_done_callback(self._heard.discard)

    async def _reload(self) -> None:
        with contextlib.suppress(Unavailable):  # the next look comes in a second
            await self.registry.load()

    def context(self, caller: Caller) -> Context:
        """Return all that the rules may know about this moment and this caller."""
        now = self.clock.now()
        self.codes.refresh()
        return Context(
            now=now,
            today=local_day(now),
            acts_for=caller.enterprises,
            enterprises=self.registry.enterprises,
            codes=self.codes,
        )

    def admit(self) -> None:
        """Raises Unavailable when more waits for customs than the backlog allows, or more for a
        transaction than the queue."""
        queued = len(self.submissions)
        if self.backlog + queued >= self.settings.backlog:
            raise Unavailable(f"{self.backlog} messages wait for customs")
        if queued >= self.settings.queue:
            raise Unavailable(f"{queued} messages wait for their transaction")

    async def look(self) -> None:
        """Measure the backlog."""
        count, oldest = await self.store.read(self.sql.backlog)
        parked = await self.store.read(self.sql.parked_total)
        self.backlog = int(count)
        self.metrics.waiting.set(self.backlog)
        self.metrics.parked.set(parked)
        self.metrics.queue.set(len(self.submissions))
        self.metrics.overdue.set(self.checking.overdue())
        self.metrics.oldest.set(
            0
            if oldest is None
            else max(0, (micros(self.wall.now().astimezone(UTC)) - oldest) / 1e6)
        )

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            try:
                await self.look()
                await self.gaps.report(self.clock.now())
                await self.registry.refresh()
            except (Unavailable, CommitUnknown):
                continue


BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
STAGES = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """What is worth watching (``docs/operations``)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.accepted = Counter(
            "eport_accepted_total",
            "Messages accepted and durable, each once: a repeat adds nothing",
            ["message_type"],
            registry=self.registry,
        )
        self.refused = Counter(
            "eport_refused_total",
            "Messages refused, by first finding code",
            ["code"],
            registry=self.registry,
        )
        self.apart = Counter(
            "eport_checked_apart_total",
            "Messages of batches that the process of customs checked",
            registry=self.registry,
        )
        self.receipts = Counter(
            "eport_receipts_total",
            "Messages of customs applied, each once: not repeats, what waits, what is set aside",
            ["message_type"],
            registry=self.registry,
        )
        self.parked = Gauge(
            "eport_parked", "Messages set aside for a person", registry=self.registry
        )
        self.waiting = Gauge(
            "eport_outbox_messages", "Messages waiting for customs", registry=self.registry
        )
        self.oldest = Gauge(
            "eport_outbox_oldest_seconds",
            "Age of the oldest waiting message",
            registry=self.registry,
        )
        self.batch = Histogram(
            "eport_batch_size",
            "Messages in one transaction",
            ["unit"],
            buckets=BATCHES,
            registry=self.registry,
        )
        self.commit = Histogram(
            "eport_commit_seconds",
            "Seconds of one write transaction",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.publish = Histogram(
            "eport_publish_seconds",
            "Seconds from handing a batch to the broker to its confirm",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.stage = Histogram(
            "eport_stage_seconds",
            "Business seconds from the status before to this one: the round trip by stage",
            ["status"],
            buckets=STAGES,
            registry=self.registry,
        )
        self.queue = Gauge(
            "eport_queue_messages",
            "Submissions in memory waiting for their transaction",
            registry=self.registry,
        )
        self.overdue = Gauge(
            "eport_checks_overdue",
            "Checks that used up their budget and hold their place",
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        self.submit = Histogram(
            "eport_submit_seconds",
            "Seconds from request to durable answer",
            buckets=SECONDS,
            registry=self.registry,
        )

    def committed(self, seconds: float) -> None:
        """Take the time of a write transaction (``Observer``)."""
        self.commit.observe(seconds)

    def published(self, seconds: float) -> None:
        """Take the time of a hand-over (``Observer``)."""
        self.publish.observe(seconds)

    def taken(self, outcomes: Sequence[Taken | Clash]) -> None:
        """Count the messages that one transaction made durable; a repeat was counted before."""
        for outcome in outcomes:
            if isinstance(outcome, Taken) and not outcome.duplicate:
                self.accepted.labels(outcome.message_type).inc()

    def applied(self, message_type: str, count: int) -> None:
        """Count messages of customs that were applied."""
        self.receipts.labels(message_type).inc(count)

    def moved(self, status: str, seconds: float) -> None:
        """Take the business time that a declaration spent in the status before ``status``; none
        where the clock was set back meanwhile."""
        self.stage.labels(status).observe(max(0.0, seconds))

    def page(self) -> bytes:
        """Return the metrics page."""
        return generate_latest(self.registry)
