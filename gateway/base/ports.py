"""The ports: Clock, Broker, Store. The whole list, with the Observer that measures two of them.
Every sentence here is a rule that the contract suites hold adapters to.

**Broker.** ``publish`` returns when every message is durable on the far side, and raises
Unavailable when it cannot say so. A time-out means *unknown*, never *failed*: the caller offers the
same ids again and the far side drops what it has. Undelivered, its subclass, names messages that
the consumer did not take, for brokers that store nothing themselves. ``consume`` hands over
batches; the consumer answers one Disposition per message, in order, after its commit:

=====  =========================================================================================
ACK    durable here; never handed over again
RETRY  failed; handed over again after ``after`` seconds, with ``attempts`` one higher
WAIT   not yet, its predecessor is missing; handed over again after ``after`` seconds, no try
       counted
PARK   can never succeed; set aside with ``reason``, visible, its neighbours not delayed
=====  =========================================================================================

**Store.** A unit is a plain synchronous function on a SQLAlchemy Connection, run in a worker thread
that owns the connection. A unit that writes is one transaction and may be run again from its start.
What it leaves outside of its connection must therefore be set anew by every run, never added to.
Reads have connections of their own and never wait for the writer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from gateway.base.message import Message

T = TypeVar("T")


class Verdict(Enum):
    """What becomes of one delivered message."""

    ACK = "ack"
    RETRY = "retry"
    WAIT = "wait"
    PARK = "park"


@dataclass(frozen=True, slots=True)
class Disposition:
    """A verdict with its seconds or its reason."""

    verdict: Verdict
    after: float = 0.0
    reason: str = ""


ACK = Disposition(Verdict.ACK)


def retry(after: float, reason: str = "") -> Disposition:
    return Disposition(Verdict.RETRY, after=after, reason=reason)


def wait(after: float, reason: str = "") -> Disposition:
    return Disposition(Verdict.WAIT, after=after, reason=reason)


def park(reason: str) -> Disposition:
    return Disposition(Verdict.PARK, reason=reason)


OnBatch = Callable[[Sequence[Message]], Awaitable[Sequence[Disposition]]]
OnParked = Callable[[Message, str], Awaitable[None]]
"""Takes a message with the reason why it was set aside; returns after the commit."""


class Clock(Protocol):
    """Business time. ``now`` is aware (UTC); nothing else in the product reads a clock."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


class Subscription(Protocol):
    """A consumer at work. ``close`` returns when no batch is in its hands any more."""

    async def close(self) -> None: ...


class Broker(Protocol):
    """Queues between the two sides. ``window``: hand-overs of one sender that may be under way at
    once; they arrive in order. ``pace``: seconds from one large hand-over to the next, where each
    costs much beside its messages."""

    window: int
    pace: float

    async def publish(self, queue: str, messages: Sequence[Message]) -> None:
        """Without messages it is a question: Unavailable when the broker knows that it could take
        none now."""
        ...

    async def consume(
        self, queue: str, on_batch: OnBatch, on_parked: OnParked | None = None
    ) -> Subscription:
        """``on_parked`` gets what the broker itself set aside of this queue, message by message; it
        leaves the broker when that returns, and may come again before. A broker that stores nothing
        sets nothing aside."""
        ...

    async def close(self) -> None: ...


class Observer(Protocol):
    """Takes the measurements of store and relay. Called on the usual path and by any thread: it is
    quick and raises nothing."""

    def committed(self, seconds: float) -> None:
        """Take the time of one write transaction, from its start to its commit."""
        ...

    def published(self, seconds: float) -> None:
        """Take the time of one hand-over to the broker, up to its confirm."""
        ...


class Store(Protocol):
    """Transactions on one side's own tables."""

    async def write(
        self, unit: Callable[[Connection], T], *, first: bool = False, lazy: bool = False
    ) -> T:
        """Run ``unit`` in one transaction; ``first`` lets it pass units that wait (intake goes
        before relay and reception).

        ``lazy``: the commit need not have reached the disk. Whatever is committed later makes it
        durable too, so that only a crash of the machine or the database right afterwards undoes it,
        whole: for notes that are made again then, never before an answer. Raises CommitUnknown,
        Unavailable, DataRefused; runs the unit again on StoreConflict."""
        ...

    async def read(self, unit: Callable[[Connection], T]) -> T: ...

    async def close(self) -> None: ...
