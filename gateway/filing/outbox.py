"""The gateway's outbox behind the relay: what is due, and what a confirm means.

Sent is recorded after the broker's confirm and never before; an answer that came first makes the
mark stale (``lifecycle``). Rows that an answer's author could not take are kept with their due
time, or parked with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.base.errors import StoreConflict
from gateway.base.message import Message
from gateway.base.ports import Clock, Disposition, Verdict
from gateway.base.relay import Parcel
from gateway.base.store.prepared import array
from gateway.base.store.sql import SqlStore
from gateway.filing.dispatch import Dispatch
from gateway.store.archive import ATTACHMENTS, LEASE, Flag, inner_document, report_message
from gateway.store.sql import Verbs
from handlers.declaration import Declaration, Entry, sent
from schemas.package import open_package
from schemas.times import micros, moment
from schemas.xml import XmlReader

TRIES = 5


class Outbox:
    """``Parcels`` of the gateway. ``alone``: no other process shares the store, so leases of a dead
    one need no waiting."""

    def __init__(
        self,
        *,
        store: SqlStore,
        verbs: Verbs,
        reader: XmlReader,
        dispatch: Dispatch,
        clock: Clock,
        wall: Clock,
        alone: bool,
    ) -> None:
        self._store, self._verbs, self._reader, self._dispatch = store, verbs, reader, dispatch
        self._clock, self._wall, self._alone = clock, wall, alone

    async def due(self, most: int, without: frozenset[int]) -> Sequence[Parcel]:
        at = micros(self._wall.now())

        def unit(connection: Connection) -> list[Parcel]:
            leased = at + 100 * LEASE if self._alone else at
            rows = self._verbs.due_outbox.one(connection, at, leased, most).fetchall()
            found: list[Parcel] = []
            size = 0
            for row in rows:
                if row[0] in without:
                    continue
                if found and size + row[2] > most:
                    break
                size += row[2]
                found.append(self._parcel(connection, row[0], msgspec.json.decode(row[1]), row[3]))
            if found and not self._alone:
                self._verbs.lease_outbox.one(
                    connection, at + LEASE, array(self._verbs.dialect, [p.id for p in found])
                )
            return found

        return await self._store.write(unit)

    async def settle(self, parcels: Sequence[Parcel], rest: Mapping[str, Disposition]) -> None:
        at, wall = micros(self._clock.now()), micros(self._wall.now())
        # the declarations as they are now: only in the run after one in which another writer was
        # first
        read = False

        def unit(connection: Connection) -> None:
            nonlocal read
            try:
                self._settle(connection, parcels, rest, at, wall, read)
            except StoreConflict:
                read = True
                raise

        await self._store.write(
            unit, lazy=True
        )  # lost: the parcel is sent again, and customs knows it

    async def next_due(self) -> float | None:
        at = micros(self._wall.now())
        free, due = await self._store.read(lambda c: self._verbs.next_due.one(c).fetchone())
        when = due if self._alone else free
        return None if when is None else (when - at) / 1e6

    def _settle(
        self,
        connection: Connection,
        parcels: Sequence[Parcel],
        rest: Mapping[str, Disposition],
        at: int,
        wall: int,
        read: bool,
    ) -> None:
        verbs = self._verbs
        marks: list[Declaration] = []
        done: list[tuple[int]] = []
        for parcel in parcels:
            left: list[tuple[Message, int, Declaration | None]] = []
            for message, (mid, declaration) in zip(parcel.messages, parcel.notes, strict=True):
                if message.id in rest:
                    left.append((message, mid, declaration))
                elif declaration is not None:
                    marks.append(declaration)
            if not left:
                done.append((parcel.id,))
                continue
            tries = min(m.attempts for m, _, _ in left) + any(
                rest[m.id].verdict is Verdict.RETRY for m, _, _ in left
            )
            later = []
            for message, mid, declaration in left:
                said = rest[message.id]
                if said.verdict is not Verdict.PARK and tries < TRIES:
                    later.append(mid)
                elif declaration is not None:
                    self._undeliverable(
                        connection, declaration, said.reason or "customs did not take it"
                    )
            if not later:
                done.append((parcel.id,))
                continue
            after = min(rest[m.id].after for m, _, _ in left)
            verbs.postpone_outbox.many(
                connection,
                [
                    (
                        msgspec.json.encode(later).decode(),
                        len(later),
                        wall + int(after * 1e6),
                        tries,
                        parcel.id,
                    )
                ],
            )
        verbs.drop_outbox.many(connection, done)
        now = [
            (d, d.attempt) for d in marks
        ]  # the usual case: as it was when its outbox row was written
        if read:
            held = verbs.declarations_by_seq(connection, [d.seq_no for d in marks])
            now = [(held[d.seq_no], d.attempt) for d in marks if d.seq_no in held]
        self._store_moves(connection, [(d, sent(d, attempt, at)) for d, attempt in now])

    def _store_moves(
        self,
        connection: Connection,
        moves: Sequence[tuple[Declaration, tuple[Declaration, Entry] | None]],
    ) -> None:
        real = [(before, after) for before, after in moves if after is not None]
        self._verbs.move(connection, [(before, after[0]) for before, after in real])
        self._verbs.add_entries(connection, [after[1] for _, after in real])

    def _undeliverable(self, connection: Connection, declaration: Declaration, reason: str) -> None:
        held = self._verbs.declarations_by_seq(connection, [declaration.seq_no])[declaration.seq_no]
        self._verbs.move(
            connection, [(held, replace(held, undeliverable=reason, events=held.events))]
        )

    def _parcel(
        self, connection: Connection, outbox_id: int, ids: Sequence[int], tries: int
    ) -> Parcel:
        rows = self._verbs.to_send.one(connection, array(self._verbs.dialect, ids)).fetchall()
        held = self._verbs.declarations_by_seq(
            connection, [row[3] for row in rows if row[3] is not None]
        )
        messages: list[Message] = []
        notes: list[tuple[int, Declaration | None]] = []
        for mid, body, message_type, seq_no, attempt, flag, message_id, at in rows:
            if flag == Flag.REPORT:
                report = report_message(message_id, bytes(body))
                messages.append(
                    Message(id=report.id, body=report.body, headers=report.headers, attempts=tries)
                )
                notes.append((mid, None))
                continue
            document = inner_document(self._reader, bytes(body))
            sender = open_package(self._reader.read(document)).envelope.sender_id
            message = self._dispatch.message_for(
                seq_no,
                attempt if seq_no else mid,
                document,
                sender,
                message_type,
                moment(at),
                attachment=mid if flag in ATTACHMENTS else 0,
            )
            messages.append(
                Message(id=message.id, body=message.body, headers=message.headers, attempts=tries)
            )
            notes.append(
                (mid, None if flag in ATTACHMENTS else held.get(seq_no))
            )  # a file moves no status
        return Parcel(id=outbox_id, messages=messages, notes=notes)
