"""Assembly: submissions in several pockets. Each pocket is a message of its own; all of them make
up one declaration.

The group (enterprise, pocket_id) gives every pocket the same SeqNo. A file that comes before its
declaration waits here in a draft without content; the pocket that declares sends all that is there,
and what comes later follows at once (``docs/decisions/0010-pockets.md``). One transaction a pocket:
the messages of usual submissions never come this way.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, update

from gateway.base.batching import Batcher, halving
from gateway.base.message import Message
from gateway.base.ports import Clock
from gateway.base.relay import Parcel, Relay
from gateway.base.store.sql import SqlStore
from gateway.filing.deciding import Arrived, Deciding
from gateway.filing.dispatch import Dispatch
from gateway.filing.pocket_groups import (
    WAITING,
    Group,
    Groups,
    Undone,
    digest,
    refusal,
    replaceable,
    waiting,
)
from gateway.filing.submission import OnTaken, Submissions
from gateway.filing.taken import Clash, Collected, Incoming, Note, Taken, archive_row, content_of
from gateway.store import tables as t
from gateway.store.archive import LEASE, Flag
from gateway.store.numbers import Numbers, seq_no_start
from gateway.store.sql import Sql
from handlers.contract import Facets
from handlers.declaration import REGISTERED, Declaration, filed
from handlers.lifecycle import EDITABLE, Status
from schemas.findings import finding
from schemas.times import SHANGHAI, micros
from schemas.xml import XmlReader


class PocketIn(NamedTuple):
    """One pocket in the unit that stores it.

    Attributes:
        mid: Its archive id.
        seq: The SeqNo that its declaration takes when it is new.
        now: Business time.
    """

    item: Incoming
    mid: int
    seq: int
    now: datetime

    @property
    def at(self) -> int:
        """Return ``now`` in microseconds UTC."""
        return micros(self.now)


class Outgoing(NamedTuple):
    """A message to customs.

    Attributes:
        mid: Archive id of what it carries.
        declaration: The one whose status it moves; None for an attachment.
    """

    mid: int
    declaration: Declaration | None
    message: Message


class Assembly:
    """Takes submissions: those in several pockets one by one, all others as ``whole`` does, and
    tells of them as that does."""

    def __init__(
        self,
        whole: Submissions,
        *,
        store: SqlStore,
        sql: Sql,
        numbers: Numbers,
        relay: Relay,
        reader: XmlReader,
        clock: Clock,
        wall: Clock,
        dispatch: Dispatch,
        deciding: Deciding,
        on_batch: Callable[[int], None] | None = None,
        on_taken: OnTaken | None = None,
    ) -> None:
        self._on_batch, self._on_taken = on_batch, on_taken
        self._whole, self._deciding = whole, deciding
        self._store, self._sql, self._numbers, self._relay = store, sql, numbers, relay
        self._reader, self._clock, self._wall, self._dispatch = reader, clock, wall, dispatch
        self._groups = Groups(sql, reader, dispatch)
        self._singly: Batcher[Incoming, Taken | Clash] = Batcher(self._flush, 1)

    def __len__(self) -> int:
        """Return how many submissions wait in memory for their transaction."""
        return len(self._whole.batcher)

    def submit(self, incoming: Incoming) -> asyncio.Future[Taken | Clash]:
        """Return the future of the answer; when it is done the submission is durable. It raises
        Unavailable or CommitUnknown: the client sends the same message again."""
        if incoming.submission.pocket.total == 1:
            return self._whole.submit(incoming)
        return self._singly.put(incoming)

    async def close(self) -> None:
        """Finish what was taken."""
        await self._singly.close()
        await self._whole.close()

    async def _flush(self, items: Sequence[Incoming]) -> list[Taken | Clash | BaseException]:
        return await halving(items, self._write)

    async def _write(self, items: Sequence[Incoming]) -> list[Taken | Clash]:
        now = self._clock.now()
        mid = (await self._numbers.take("messages", 1))[0]
        year = now.astimezone(SHANGHAI).year
        seq = (await self._numbers.take(f"seq_no.{year}", 1, start=seq_no_start(year)))[0]
        outbox = (await self._numbers.take("outbox", 1))[0]
        pocket = PocketIn(items[0], mid, seq, now)
        outcome, parcel = await self._store.write(
            functools.partial(self._unit, pocket=pocket, outbox=outbox), first=True
        )
        if self._on_batch:
            self._on_batch(1)
        if self._on_taken:
            self._on_taken([outcome])
        if parcel is not None:
            self._relay.offer([parcel])
        return [outcome]

    def _unit(
        self, connection: Connection, *, pocket: PocketIn, outbox: int
    ) -> tuple[Taken | Clash, Parcel | None]:
        try:
            with connection.begin_nested():
                return self._stored(connection, pocket, outbox)
        except Undone as undone:
            return undone.clash, None

    def _stored(
        self, connection: Connection, pocket: PocketIn, outbox: int
    ) -> tuple[Taken | Clash, Parcel | None]:
        (mid,), (seq,) = self._numbers.exact(connection, [pocket.mid], [pocket.seq])
        pocket = pocket._replace(mid=mid, seq=seq)
        item, submission = pocket.item, pocket.item.submission
        self._sql.archive.many(connection, [archive_row(item, mid, seq, pocket.at)])
        if not self._sql.winners(connection, [mid]):
            repeats = self._deciding.repeats
            return repeats.repeated(connection, item, Collected(outcomes=[]), [mid]), None
        group = self._groups.open(connection, submission, seq)
        taken = self._structured if submission.attachment is None else self._attached
        outcome, sends = taken(connection, pocket, group)
        if not sends:
            return outcome, None
        wall = micros(self._wall.now())
        self._sql.add_outbox(connection, outbox, [s.mid for s in sends], wall, wall + LEASE)
        return outcome, Parcel(
            id=outbox,
            messages=[s.message for s in sends],
            notes=[Note(s.mid, s.declaration) for s in sends],
        )

    def _structured(
        self, connection: Connection, pocket: PocketIn, group: Group
    ) -> tuple[Taken | Clash, list[Outgoing]]:
        """Take the pocket with the declaration itself: a submission as any other, and then its
        files go with it."""
        item, mid, seq, now = pocket
        submission, first, collected = item.submission, group.first, Collected(outcomes=[])
        other = group.taken_by(submission.pocket.number)
        if other is not None:
            raise refusal(finding("PKT.07", found=other), first)
        content = content_of(submission, pocket.at)
        by_key = self._sql.declarations_by_key(connection, [content.filing_key])
        if number := int(submission.filing.seq_no or 0):
            stored = self._sql.declarations_by_seq(connection, [number]).get(number)
        else:
            stored = by_key.get(content.filing_key) or first
        if (
            first is not None
            and stored is not None
            and stored.seq_no != first.seq_no
            and first.kind != WAITING
        ):
            raise refusal(finding("PKT.08", wanted=first.seq_no), first)
        if stored is not None:
            stored = _as_new(stored, content.facets, content.subject)
        arrived = Arrived(item, content, mid, seq, stored)
        outcome: Taken | Clash | None = None
        if content.subject:
            outcome, content = self._deciding.judged(connection, arrived, collected)
            arrived = arrived._replace(content=content)
        if outcome is None:
            outcome = self._deciding.decide(connection, arrived, by_key, collected, pocket.at)
        if isinstance(outcome, Clash):
            raise Undone(outcome)
        collected.write(connection, self._sql)
        if outcome.duplicate:
            return outcome, []
        self._groups.move_to(connection, group, outcome.seq_no, pocket.at)
        self._groups.put(connection, group, submission.pocket, mid, submission)
        sends = [
            Outgoing(s.mid, s.declaration, self._dispatch.sent(s, now))
            for s in collected.sends
            if s.declaration is not None
        ]
        if sends and (declared := sends[0].declaration) is not None:
            sends += self._files(connection, declared, group.files)
        return outcome, sends

    def _attached(
        self, connection: Connection, pocket: PocketIn, group: Group
    ) -> tuple[Taken | Clash, list[Outgoing]]:
        """Take a file: it waits for its declaration, or follows it."""
        mid, at, submission = pocket.mid, pocket.at, pocket.item.submission
        number = submission.pocket.number
        uuid = submission.attachment.uuid if submission.attachment else ""
        declaration = group.first
        if declaration is None:
            declaration, entry = filed(pocket.seq, waiting(submission, at), mid, at)
            self._sql.add_declarations(connection, [declaration])
            self._sql.add_entries(connection, [entry])
        editable = declaration.status in EDITABLE
        taken = Taken(
            seq_no=declaration.seq_no,
            reference=declaration.reference,
            message_type=declaration.message_type,
            warnings=submission.warnings,
            status=Status.DRAFT if editable else Status.DECLARED,
        )
        connection.execute(
            update(t.messages)
            .where(t.messages.c.id == mid)
            .values(
                seq_no=declaration.seq_no,
                attempt=declaration.attempt,
                flag=Flag.FILE_BEFORE if editable else Flag.FILE_AFTER,
            )
        )
        there = group.rows.get(number)
        if there is not None and bytes(there.digest) == digest(self._reader, submission):
            return replace(taken, duplicate=True), []
        if group.names_elsewhere(uuid, number) or (
            there is not None and not replaceable(there, uuid, declaration)
        ):
            raise refusal(finding("PKT.07", found=number), declaration)
        self._groups.put(connection, group, submission.pocket, mid, submission)
        if declaration.kind == WAITING and (group.first is None or declaration.undeliverable):
            self._groups.wait_from(connection, group, declaration, at)
        return taken, [] if editable else self._files(connection, declaration, [mid])

    def _files(
        self, connection: Connection, declaration: Declaration, ids: Sequence[int]
    ) -> list[Outgoing]:
        return [
            Outgoing(mid, None, message)
            for mid, message in self._groups.files(connection, declaration, ids)
        ]


def _as_new(stored: Declaration, facets: Facets, subject: str) -> Declaration:
    """Return a waiting draft with the business number that a new filing of these facets would
    have; any other declaration as it is."""
    if stored.kind == WAITING and facets.kind in REGISTERED:
        return replace(stored, business_no=subject or None)
    return stored
