"""Reads: declarations, timelines, receipts and messages as the API shows them. Never writes but the
mark of a feed; bypasses the domain model.

``fields`` are decoded from the archived document on reading, so they are stored once. An enterprise
sees only its own records: what is not the caller's is not found, exactly as what does not exist.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from gateway.base.store.sql import SqlStore
from gateway.queries import counting, declarations
from gateway.queries.counting import StatusCounts
from gateway.queries.documents import Documents
from gateway.queries.filters import Filter
from gateway.queries.rendering import receipt_out, statement_out, timeline_out
from gateway.queries.shapes import (
    DeclarationList,
    DeclarationOut,
    MessageOut,
    ReceiptList,
    StatementList,
    TimelineList,
)
from gateway.store import tables as t
from gateway.store.archive import Flag


class Marks(NamedTuple):
    """How far a feed goes, and up to where the enterprise has processed it."""

    acked: int
    last: int


class Record(NamedTuple):
    """An enterprise's approved 信息维护 record: its fields, and its rows by element name."""

    fields: dict[str, str]
    rows: dict[str, tuple[dict[str, str], ...]]


class FeedShorter(Exception):
    """A reader asks behind a number that the feed does not reach. ``last`` is its last number."""

    def __init__(self, after: int, last: int) -> None:
        super().__init__(f"the feed ends at {last}, asked behind {after}")
        self.after, self.last = after, last


class Queries:
    """The read side of one store."""

    def __init__(self, store: SqlStore, documents: Documents) -> None:
        self._store, self._documents = store, documents

    async def declarations(self, narrowed: Filter) -> DeclarationList:
        """Return a page of a list, newest first."""
        return await self._store.read(lambda c: declarations.page(c, self._documents, narrowed))

    async def counts(self, narrowed: Filter) -> StatusCounts:
        """Return how many filings of a list stand in each status, all statuses in their order."""
        return await self._store.read(lambda c: counting.counts(c, narrowed))

    async def declaration(self, seq_no: int, enterprises: frozenset[str]) -> DeclarationOut | None:
        """Return a declaration; None when these enterprises have none of that SeqNo."""
        return await self._store.read(
            lambda c: declarations.one(c, self._documents, seq_no, enterprises)
        )

    async def timeline(self, seq_no: int, enterprises: frozenset[str]) -> TimelineList | None:
        """Return all steps of a declaration, oldest first; None when these enterprises have none of
        that SeqNo."""

        def read_steps(connection: Connection) -> TimelineList | None:
            owner = connection.execute(
                select(t.declarations.c.enterprise).where(t.declarations.c.seq_no == seq_no)
            ).scalar()
            if owner not in enterprises:
                return None
            rows = (
                connection.execute(
                    select(t.timeline, t.messages.c.message_id)
                    .outerjoin(t.messages, t.messages.c.id == t.timeline.c.message)
                    .where(t.timeline.c.seq_no == seq_no)
                    .order_by(t.timeline.c.n)
                )
                .mappings()
                .fetchall()
            )
            items = tuple(timeline_out(row) for row in rows)
            return TimelineList(items=items, total=len(items), next=None)

        return await self._store.read(read_steps)

    async def receipts(self, enterprise: str, after: int | None, limit: int) -> ReceiptList:
        """Return what customs sent to an enterprise behind number ``after``, by default behind its
        mark. Raise FeedShorter when the feed does not reach ``after``: it was restored from an
        older copy, and silence would hide what comes under those numbers."""

        def read_feed(connection: Connection) -> ReceiptList:
            ends = (
                connection.execute(
                    select(t.feed_ends).where(t.feed_ends.c.enterprise == enterprise)
                )
                .mappings()
                .fetchone()
            )
            start = after if after is not None else (ends["acked"] if ends else 0)
            last = ends["last"] if ends else 0
            if start > last:
                raise FeedShorter(start, last)
            rows = (
                connection.execute(
                    select(t.feed, t.messages.c.message_id)
                    .join(t.messages, t.messages.c.id == t.feed.c.message)
                    .where(t.feed.c.enterprise == enterprise, t.feed.c.seq > start)
                    .order_by(t.feed.c.seq)
                    .limit(limit)
                )
                .mappings()
                .fetchall()
            )
            items = tuple(receipt_out(row) for row in rows)
            more = bool(items) and items[-1].seq < last
            return ReceiptList(
                items=items, total=max(0, last - start), next=str(items[-1].seq) if more else None
            )

        return await self._store.read(read_feed)

    async def newest_receipts(
        self, enterprise: str, limit: int, *, before: int | None = None, seq_no: int | None = None
    ) -> ReceiptList:
        """Return what customs sent to an enterprise, newest first: those numbered below ``before``,
        or those of one filing. ``next`` is the next ``before``."""

        def read_feed(connection: Connection) -> ReceiptList:
            f = t.feed.c
            wanted = [f.enterprise == enterprise]
            if before is not None:
                wanted.append(f.seq < before)
            if seq_no is not None:
                wanted.append(f.seq_no == seq_no)
            rows = (
                connection.execute(
                    select(t.feed, t.messages.c.message_id)
                    .join(t.messages, t.messages.c.id == f.message)
                    .where(*wanted)
                    .order_by(f.seq.desc())
                    .limit(limit + 1)
                )
                .mappings()
                .fetchall()
            )
            last = connection.execute(
                select(t.feed_ends.c.last).where(t.feed_ends.c.enterprise == enterprise)
            ).scalar()
            items = tuple(receipt_out(row) for row in rows[:limit])
            more = len(rows) > limit
            return ReceiptList(
                items=items, total=last or 0, next=str(items[-1].seq) if more else None
            )

        return await self._store.read(read_feed)

    async def statements(self, enterprises: frozenset[str]) -> StatementList:
        """Return the newest thousand statements, newest first."""

        def read_statements(connection: Connection) -> StatementList:
            s = t.statements
            rows = (
                connection.execute(
                    select(s, t.messages.c.message_id)
                    .join(t.messages, t.messages.c.id == s.c.message)
                    .where(s.c.enterprise.in_(enterprises))
                    .order_by(s.c.at.desc(), s.c.version.desc())
                    .limit(1000)
                )
                .mappings()
                .fetchall()
            )
            return StatementList(items=tuple(map(statement_out, rows)), total=len(rows), next=None)

        return await self._store.read(read_statements)

    async def record(self, code: str) -> Record:
        """Return the approved 信息维护 record of an enterprise; an empty one when it has none."""

        def read_record(connection: Connection) -> Record:
            body = connection.execute(
                select(t.messages.c.body)
                .join(t.enterprises, t.enterprises.c.record == t.messages.c.id)
                .where(t.enterprises.c.code == code)
            ).scalar()
            if body is None:
                return Record({}, {})
            return Record(
                self._documents.fields_in(bytes(body)),
                {
                    name: tuple(self._documents.rows_in(bytes(body), name))
                    for name in ("GrtEtpsConcDt", "GrtEtpsAcctDt")
                },
            )

        return await self._store.read(read_record)

    async def acknowledge(self, enterprise: str, up_to: int) -> Marks:
        """Mark everything up to ``up_to`` and return the marks as they now stand. A mark never
        moves back."""

        def move_mark(connection: Connection) -> Marks:
            ends = t.feed_ends
            connection.execute(
                ends.update()
                .where(ends.c.enterprise == enterprise, ends.c.acked < up_to, ends.c.last >= up_to)
                .values(acked=up_to)
            )
            row = connection.execute(
                select(ends.c.acked, ends.c.last).where(ends.c.enterprise == enterprise)
            ).fetchone()
            return Marks._make(row) if row else Marks(0, 0)

        return await self._store.write(move_mark)

    async def message(
        self, message_id: str, operator: str, enterprises: frozenset[str]
    ) -> tuple[MessageOut, bytes] | None:
        """Return an archived message with its bytes: the operator's own as received, customs'
        receipts as customs sent them."""

        def read_message(connection: Connection) -> tuple[MessageOut, bytes] | None:
            m, d = t.messages, t.declarations
            rows = (
                connection.execute(
                    select(m, d.c.enterprise, d.c.reference)
                    .outerjoin(d, d.c.seq_no == m.c.seq_no)
                    .where(
                        m.c.message_id == message_id,
                        or_(m.c.scope == operator, m.c.flag == Flag.FROM_CUSTOMS),
                    )
                    .order_by(m.c.id.desc())
                )
                .mappings()
                .fetchall()
            )
            mine = next(
                (
                    r
                    for r in rows
                    if r["scope"] == operator or self._documents.owner_of(r) in enterprises
                ),
                None,
            )
            return None if mine is None else self._documents.message_out(mine)

        return await self._store.read(read_message)
