"""The gateway's outbox behind the relay: what is due, and what a confirm means.

Sent is recorded after the broker's confirm and never before; an answer that came first makes the
mark stale (``lifecycle``). What the broker did not take is postponed, or its declaration shows the
reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.base.errors import StoreConflict
from gateway.base.message import Message
from gateway.base.ports import Clock, Disposition, Verdict
from gateway.base.relay import LONGEST_RETRY, Parcel
from gateway.base.store.sql import SqlStore
from gateway.filing.dispatch import Dispatch, Enclosed
from gateway.filing.taken import Note
from gateway.store.archive import ATTACHMENTS, LEASE, Flag, inner_document, report_message
from gateway.store.rows import DueRow, SendRow
from gateway.store.sql import Sql
from handlers.declaration import Declaration, sent
from schemas.package import open_package
from schemas.times import micros, moment
from schemas.xml import XmlReader

TRIES = 5
NO_STATUS = ATTACHMENTS | {Flag.REPORT}
"""Flags of messages that move no declaration's status when they are sent."""


class _Left(NamedTuple):
    """A message that the broker did not take, and what it said of it."""

    message: Message
    mid: int
    declaration: Declaration | None
    said: Disposition


class Outbox:
    """``Parcels`` of the gateway. ``alone``: no other process shares the store, so leases of a dead
    one need no waiting.

    Wall time may be set back while messages wait, or while nobody runs. What is found at a start is
    due at once, and later on nothing is due later than the longest retry.
    """

    def __init__(
        self,
        *,
        store: SqlStore,
        sql: Sql,
        reader: XmlReader,
        dispatch: Dispatch,
        clock: Clock,
        wall: Clock,
        alone: bool,
    ) -> None:
        self._store, self._sql, self._reader, self._dispatch = store, sql, reader, dispatch
        self._clock, self._wall, self._alone = clock, wall, alone
        # Twice a lease: the clocks of two machines need not agree to the millisecond.
        self._longest_lease = 0 if alone else 2 * LEASE
        self._begun = False

    async def due(self, most: int, without: frozenset[int]) -> Sequence[Parcel]:
        """Return rows of the outbox that may be sent now, oldest first, without those in
        ``without``."""
        at = micros(self._wall.now())

        def take(connection: Connection) -> list[Parcel]:
            if not self._begun:
                free = at if self._alone else at + LEASE
                self._sql.bring_forward(connection, due=at, free=free)
            parcels: list[Parcel] = []
            size = 0
            rows = self._sql.due_outbox(
                connection, at, longest_lease=self._longest_lease, most=most
            )
            for row in rows:
                if row.id in without:
                    continue
                if parcels and size + row.n > most:
                    break
                size += row.n
                parcels.append(self._parcel(connection, row))
            if parcels and not self._alone:
                self._sql.lease_outbox(connection, [p.id for p in parcels], at + LEASE)
            return parcels

        parcels = await self._store.write(take)
        self._begun = True
        return parcels

    async def settle(self, parcels: Sequence[Parcel], rest: Mapping[str, Disposition]) -> None:
        """Mark as sent what the broker confirmed: all messages but those in ``rest``. What is lost
        of it is sent again, and customs knows it."""
        at, wall = micros(self._clock.now()), micros(self._wall.now())
        # The declarations as they are now: only in the run after one in which another writer was
        # first.
        read = False

        def mark(connection: Connection) -> None:
            nonlocal read
            try:
                marks = self._settle_rows(connection, parcels, rest, wall)
                self._mark_sent(connection, marks, at, read=read)
            except StoreConflict:
                read = True
                raise

        await self._store.write(mark, lazy=True)

    async def next_due(self) -> float | None:
        """Return the seconds until the next row is due, negative when it is overdue; None without
        one."""
        at = micros(self._wall.now())
        when = await self._store.read(
            lambda c: self._sql.next_due(c, at, longest_lease=self._longest_lease)
        )
        return None if when is None else (when - at) / 1e6

    def _settle_rows(
        self,
        connection: Connection,
        parcels: Sequence[Parcel],
        rest: Mapping[str, Disposition],
        wall: int,
    ) -> list[Declaration]:
        """Drop the rows that are done and postpone the others. Return the declarations, as the
        outbox knew them, whose messages were sent."""
        marks: list[Declaration] = []
        done: list[int] = []
        for parcel in parcels:
            left: list[_Left] = []
            for message, (mid, declaration) in zip(parcel.messages, parcel.notes, strict=True):
                if message.id in rest:
                    left.append(_Left(message, mid, declaration, rest[message.id]))
                elif declaration is not None:
                    marks.append(declaration)
            if not self._postponed(connection, parcel.id, left, wall):
                done.append(parcel.id)
        self._sql.drop_outbox(connection, done)
        return marks

    def _postponed(
        self, connection: Connection, outbox_id: int, left: Sequence[_Left], wall: int
    ) -> bool:
        """Keep a row for the messages that are tried again, and return whether there are any. The
        declarations of the others show why customs did not take them."""
        if not left:
            return False
        tries = min(one.message.attempts for one in left) + any(
            one.said.verdict is Verdict.RETRY for one in left
        )
        later: list[int] = []
        for one in left:
            if one.said.verdict is not Verdict.PARK and tries < TRIES:
                later.append(one.mid)
            elif one.declaration is not None:
                reason = one.said.reason or "customs did not take it"
                self._undeliverable(connection, one.declaration, reason)
        if later:
            after = min(LONGEST_RETRY, *(one.said.after for one in left))
            due_at = wall + int(after * 1e6)
            self._sql.postpone_outbox(connection, outbox_id, later, due_at=due_at, tries=tries)
        return bool(later)

    def _mark_sent(
        self, connection: Connection, marks: Sequence[Declaration], at: int, *, read: bool
    ) -> None:
        """Store that the attempts of these declarations were sent. Usually each is as it was when
        its outbox row was written; ``read`` reads them again."""
        attempts = [(d, d.attempt) for d in marks]
        if read:
            stored = self._sql.declarations_by_seq(connection, [d.seq_no for d in marks])
            attempts = [(stored[d.seq_no], d.attempt) for d in marks if d.seq_no in stored]
        moves = [
            (before, after)
            for before, attempt in attempts
            if (after := sent(before, attempt, at)) is not None
        ]
        self._sql.move(connection, [(before, now) for before, (now, _) in moves])
        self._sql.add_entries(connection, [entry for _, (_, entry) in moves])

    def _undeliverable(self, connection: Connection, declaration: Declaration, reason: str) -> None:
        seq_no = declaration.seq_no
        stored = self._sql.declarations_by_seq(connection, [seq_no])[seq_no]
        self._sql.move(connection, [(stored, replace(stored, undeliverable=reason))])

    def _parcel(self, connection: Connection, row: DueRow) -> Parcel:
        rows = self._sql.to_send(connection, msgspec.json.decode(row.parts))
        stored = self._sql.declarations_by_seq(
            connection, [r.seq_no for r in rows if r.seq_no is not None]
        )
        return Parcel(
            id=row.id,
            messages=[replace(self._message(connection, r), attempts=row.tries) for r in rows],
            notes=[
                Note(r.id, None if r.flag in NO_STATUS else stored.get(r.seq_no or 0)) for r in rows
            ],
        )

    def _message(self, connection: Connection, row: SendRow) -> Message:
        """Return what goes to customs of an archived message."""
        body = bytes(row.body)
        if row.flag == Flag.REPORT:
            return report_message(row.message_id, body)
        document = inner_document(self._reader, body)
        sender = open_package(self._reader.read(document)).envelope.sender_id
        enclosed = Enclosed(document, sender, row.message_type, moment(row.at))
        if not row.seq_no:
            return self._dispatch.request(row.id, enclosed)
        if row.flag in ATTACHMENTS:
            declared = self._sql.declared_by(connection, row.seq_no, row.attempt)
            return self._dispatch.file(
                row.seq_no, row.attempt, row.id, declared[0].message, enclosed
            )
        return self._dispatch.filing(row.seq_no, row.attempt, row.id, enclosed)
