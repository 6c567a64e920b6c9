"""Assembly: submissions in several pockets. Each pocket is a message of its own; all of them make
up one declaration.

The group (enterprise, pocket_id) gives every pocket the same SeqNo. A file that comes before its
declaration waits here in a draft without content; the pocket that declares sends all that is there,
and what comes later follows at once (``docs/decisions/0010-pockets.md``). One unit a pocket: the
messages of usual submissions never come this way.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, update

from gateway.base.batching import Batcher, halving
from gateway.base.message import Message
from gateway.base.ports import Clock
from gateway.base.relay import Parcel, Relay
from gateway.base.store.sql import SqlStore
from gateway.filing.deciding import Arrived, Deciding, archive_row
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
from gateway.filing.submission import Submissions
from gateway.filing.taken import Clash, Collected, Incoming, Taken, content_of
from gateway.store import tables as t
from gateway.store.archive import LEASE, Flag
from gateway.store.numbers import Numbers, seq_no_start
from gateway.store.sql import Verbs
from handlers.declaration import REGISTERED, Declaration, filed
from handlers.lifecycle import EDITABLE, Status
from schemas.findings import finding
from schemas.times import SHANGHAI, micros
from schemas.xml import XmlReader


class Assembly:
    """Takes submissions: those in several pockets one by one, all others as ``whole`` does."""

    def __init__(
        self,
        whole: Submissions,
        *,
        store: SqlStore,
        verbs: Verbs,
        numbers: Numbers,
        relay: Relay,
        reader: XmlReader,
        clock: Clock,
        wall: Clock,
        dispatch: Dispatch,
        deciding: Deciding,
    ) -> None:
        self._whole, self._deciding = whole, deciding
        self._store, self._verbs, self._numbers, self._relay = store, verbs, numbers, relay
        self._reader, self._clock, self._wall, self._dispatch = reader, clock, wall, dispatch
        self._groups = Groups(verbs, reader, dispatch)
        self._singly: Batcher[Incoming, Taken | Clash] = Batcher(self._flush_pocket, 1)

    def __len__(self) -> int:
        """Return how many submissions wait in memory for their transaction."""
        return len(self._whole.batcher)

    def submit(self, incoming: Incoming) -> asyncio.Future[Taken | Clash]:
        if incoming.submission.pocket.total == 1:
            return self._whole.submit(incoming)
        return self._singly.put(incoming)

    async def close(self) -> None:
        await self._singly.close()
        await self._whole.close()

    async def _flush_pocket(self, items: Sequence[Incoming]) -> list[Taken | Clash | BaseException]:
        return await halving(items, self._write_pocket)

    async def _write_pocket(self, items: Sequence[Incoming]) -> list[Taken | Clash]:
        now = self._clock.now()
        mid = (await self._numbers.take("messages", 1))[0]
        year = now.astimezone(SHANGHAI).year
        seq = (await self._numbers.take(f"seq_no.{year}", 1, start=seq_no_start(year)))[0]
        outbox = (await self._numbers.take("outbox", 1))[0]
        unit = functools.partial(
            self._pocket_unit, item=items[0], mid=mid, seq=seq, outbox=outbox, now=now
        )
        outcome, parcel = await self._store.write(unit, first=True)
        if parcel is not None:
            self._relay.offer([parcel])
        return [outcome]

    def _pocket_unit(
        self,
        connection: Connection,
        *,
        item: Incoming,
        mid: int,
        seq: int,
        outbox: int,
        now: datetime,
    ) -> tuple[Taken | Clash, Parcel | None]:
        try:
            with connection.begin_nested():
                return self._pocket(connection, item, mid, seq, outbox, now)
        except Undone as undone:
            return undone.clash, None

    def _pocket(
        self, connection: Connection, item: Incoming, mid: int, seq: int, outbox: int, now: datetime
    ) -> tuple[Taken | Clash, Parcel | None]:
        at = micros(now)
        (mid,), (seq,) = self._numbers.exact(connection, [mid], [seq])
        unit = Collected(outcomes=[])
        self._verbs.archive.many(connection, [archive_row(item, mid, seq, at)])
        if not self._verbs.winners(connection, [mid]):
            return self._deciding.repeats.repeated(connection, item, unit, [item], [mid]), None
        group = self._groups.open(connection, item.submission, seq)
        attached = item.submission.attachment is not None
        outcome, messages = (self._attached if attached else self._structured)(
            connection, item, group, mid, seq, at, now
        )
        if not messages:
            return outcome, None
        ids = [archive_id for archive_id, _, _ in messages]
        wall = micros(self._wall.now())
        self._verbs.add_outbox(connection, outbox, ids, wall, wall + LEASE)
        return outcome, Parcel(
            id=outbox, messages=[m for _, _, m in messages], notes=[(i, d) for i, d, _ in messages]
        )

    def _structured(
        self,
        connection: Connection,
        item: Incoming,
        group: Group,
        mid: int,
        seq: int,
        at: int,
        now: datetime,
    ) -> tuple[Taken | Clash, list[tuple[int, Declaration | None, Message]]]:
        """The pocket with the declaration itself: a submission as any other, and then its files go
        with it."""
        verbs, submission = self._verbs, item.submission
        pocket, first, unit = submission.pocket, group.first, Collected(outcomes=[])
        taken = next(
            (
                r.number
                for r in group.rows.values()
                if (r.uuid == "") != (r.number == pocket.number)
                and (r.uuid == "" or r.number == pocket.number)
            ),
            None,
        )
        if taken is not None:
            raise refusal(finding("PKT.07", found=taken), first)
        content = content_of(submission, at)
        by_key = verbs.declarations_by_key(connection, [content.filing_key])
        if number := submission.filing.seq_no:
            held = verbs.declarations_by_seq(connection, [int(number)]).get(int(number))
        else:
            held = by_key.get(content.filing_key) or first
        if (
            first is not None
            and held is not None
            and held.seq_no != first.seq_no
            and first.kind != WAITING
        ):
            raise refusal(finding("PKT.08", wanted=first.seq_no), first)
        if held is not None and held.kind == WAITING and content.facets.kind in REGISTERED:
            held = replace(
                held, business_no=content.subject or None
            )  # as a new filing would have it
        judged: Taken | Clash | None = None
        if content.subject:
            judged, content = self._deciding.judged(connection, item, content, mid, held, unit)
        outcome = judged or self._deciding.decide(
            connection, Arrived(item, content, mid, seq, held), by_key, unit, at
        )
        if isinstance(outcome, Clash):
            raise Undone(outcome)
        verbs.add_declarations(connection, list(unit.added.values()))
        verbs.move(connection, list(unit.refiled.values()), refile=True)
        verbs.add_entries(connection, unit.entries)
        verbs.retie.many(connection, unit.retied)
        verbs.rewarn.many(
            connection, [(msgspec.json.encode(f).decode(), i) for i, f in unit.warned.items()]
        )
        if outcome.duplicate:
            return outcome, []
        self._groups.move_to(connection, group, outcome.seq_no, at)
        self._groups.put(connection, group, pocket, mid, submission)
        messages: list[tuple[int, Declaration | None, Message]] = [
            (
                i,
                d,
                self._dispatch.message_for(
                    d.seq_no, d.attempt, s.document, s.envelope.sender_id, s.handler.code, now
                ),
            )
            for i, d, s in unit.sends
            if d is not None
        ]
        declared = next((d for _, d, _ in unit.sends if d is not None), None)
        if declared is not None:
            files = [r.message for r in group.rows.values() if r.uuid]
            messages += [
                (i, None, m) for i, m in self._groups.files(connection, declared, files, now)
            ]
        return outcome, messages

    def _attached(
        self,
        connection: Connection,
        item: Incoming,
        group: Group,
        mid: int,
        seq: int,
        at: int,
        now: datetime,
    ) -> tuple[Taken | Clash, list[tuple[int, Declaration | None, Message]]]:
        """A file: it waits for its declaration, or follows it."""
        submission, held = item.submission, group.first
        pocket, uuid = (
            submission.pocket,
            (submission.attachment.uuid if submission.attachment else ""),
        )
        there = group.rows.get(pocket.number)
        if held is None:
            held, entry = filed(seq, waiting(submission, at), mid, at)
            self._verbs.add_declarations(connection, [held])
            self._verbs.add_entries(connection, [entry])
        taken = Taken(
            seq_no=held.seq_no,
            reference=held.reference,
            message_type=held.message_type,
            warnings=submission.warnings,
            status=Status.DRAFT if held.status in EDITABLE else Status.DECLARED,
        )
        flag = Flag.FILE_BEFORE if held.status in EDITABLE else Flag.FILE_AFTER
        connection.execute(
            update(t.messages)
            .where(t.messages.c.id == mid)
            .values(seq_no=held.seq_no, attempt=held.attempt, flag=flag)
        )
        if there is not None and bytes(there.digest) == digest(self._reader, submission):
            return replace(taken, duplicate=True), []
        elsewhere = any(r.uuid == uuid and r.number != pocket.number for r in group.rows.values())
        if elsewhere or (there is not None and not replaceable(there, uuid, held)):
            raise refusal(finding("PKT.07", found=pocket.number), held)
        self._groups.put(connection, group, pocket, mid, submission)
        if held.kind == WAITING and (group.first is None or held.undeliverable):
            self._groups.wait_from(connection, group, held, at)
        if held.status in EDITABLE:
            return taken, []
        return taken, [(i, None, m) for i, m in self._groups.files(connection, held, [mid], now)]
