"""Reads: declarations, timelines, receipts and messages as the API shows them. Never writes but the
mark of a feed; bypasses the domain model.

``fields`` are decoded from the archived document on reading, so they are stored once. An enterprise
sees only its own records: what is not the caller's is not found, exactly as what does not exist.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from gateway.base.store.sql import SqlStore
from gateway.queries import counting, declarations, feeds, statements
from gateway.queries.counting import StatusCounts
from gateway.queries.documents import Documents
from gateway.queries.feeds import Moved
from gateway.queries.filters import Filter
from gateway.queries.rendering import timeline_out
from gateway.queries.shapes import (
    Acked,
    DeclarationList,
    DeclarationOut,
    MessageOut,
    ReceiptList,
    Sums,
    TimelineList,
)
from gateway.queries.statement_shapes import StatementDetail, StatementList
from gateway.store import tables as t
from gateway.store.archive import Flag


class Record(NamedTuple):
    """An enterprise's approved 信息维护 record: its fields, and its rows by element name."""

    fields: dict[str, str]
    rows: dict[str, tuple[dict[str, str], ...]]

    @property
    def defaults(self) -> dict[str, str]:
        """Return what its default contact and account fill in a form, element name to text."""
        filled: dict[str, str] = {}
        for part, names in DEFAULTS.items():
            rows = self.rows.get(part, ())
            row = next((r for r in rows if r.get("dfltMarkcd") == "1"), rows[0] if rows else None)
            if row is not None:
                filled |= {name: row.get(name, "") for name in names}
        return filled


DEFAULTS: dict[str, tuple[str, ...]] = {
    "GrtEtpsConcDt": ("etpsConcErName", "etpsConcErTelnum"),
    "GrtEtpsAcctDt": (
        "pmnEtpsno",
        "pmnEtpsNm",
        "pmnEtpsSccd",
        "pmnEtpsOpaccBankNm",
        "pmnEtpsBankAcctnum",
    ),
}
"""The rows of an enterprise's record to the elements that their default fills."""


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

    async def receipts(
        self, enterprise: str, after: int | None, limit: int, known: str = ""
    ) -> ReceiptList:
        """Return what customs sent to an enterprise behind number ``after``, by default behind its
        mark. ``known``: the identity that the reader has of the feed. Raise OtherFeed when the feed
        is not the one that the reader knows."""
        return await self._store.read(lambda c: feeds.page(c, enterprise, after, limit, known))

    async def newest_receipts(
        self,
        enterprise: str,
        limit: int,
        before: int | None = None,
        *,
        message_type: str = "",
        result: str = "",
    ) -> ReceiptList:
        """Return what customs sent to an enterprise, newest first: those numbered below ``before``,
        of one type and with one result where they are given. ``next`` is the next ``before``,
        ``total`` the number of the newest."""
        return await self._store.read(
            lambda c: feeds.newest(c, enterprise, limit, before, message_type, result)
        )

    async def receipt_types(self, enterprise: str) -> list[str]:
        """Return the types of what customs sent to an enterprise."""
        return await self._store.read(lambda c: feeds.types(c, enterprise))

    async def moved(self, enterprise: str) -> Moved:
        """Return what is another when something came for an enterprise."""
        return await self._store.read(lambda c: feeds.moved(c, enterprise))

    async def statements(self, enterprises: frozenset[str]) -> StatementList:
        """Return the newest thousand statements, newest first."""

        return await self._store.read(lambda c: statements.newest(c, enterprises))

    async def statement(
        self, number: str, version: int | None, enterprises: frozenset[str]
    ) -> StatementDetail | None:
        """Return a version of a statement with its lines, by default the latest; None when these
        enterprises have none of that number."""
        return await self._store.read(
            lambda c: statements.detail(c, self._documents, number, version, enterprises)
        )

    async def sums(self, narrowed: Filter) -> Sums:
        """Return the sums of the amounts of a list, all pages together."""
        return await self._store.read(lambda c: declarations.sums(c, self._documents, narrowed))

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
                {name: tuple(self._documents.rows_in(bytes(body), name)) for name in DEFAULTS},
            )

        return await self._store.read(read_record)

    async def acknowledge(self, enterprise: str, up_to: int, known: str = "") -> Acked:
        """Mark everything up to ``up_to`` and return the marks as they now stand. A mark never
        moves back. Raise OtherFeed as ``receipts`` does."""
        return await self._store.write(lambda c: feeds.mark(c, enterprise, up_to, known))

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
