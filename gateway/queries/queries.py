"""Reads: declarations, timelines, receipts and messages as the API shows them. Never writes;
bypasses the domain model.

``fields`` are decoded from the archived document on reading, so they are stored once. An enterprise
sees only its own records: what is not the caller's is not found, exactly as what does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, or_, select

from gateway.base.store.sql import SqlStore
from gateway.queries.actions import offers
from gateway.queries.documents import Documents
from gateway.queries.filters import Filter, conditions_of, declaration_rows, newest
from gateway.queries.pockets import with_pockets
from gateway.queries.rendering import moment, receipt_out, statement_out, timeline_out, yuan
from gateway.queries.shapes import (
    API,
    Action,
    DeclarationList,
    DeclarationOut,
    Links,
    MessageOut,
    ReceiptList,
    StatementList,
    TimelineList,
)
from gateway.store import tables as t
from gateway.store.archive import Flag
from gateway.store.declaration_sql import declaration_of
from handlers.lifecycle import Status, status_text


class Queries:
    """The read side of one store."""

    def __init__(self, store: SqlStore, documents: Documents) -> None:
        self._store, self._documents = store, documents

    async def declarations(self, narrowed: Filter) -> DeclarationList:
        return await self._store.read(lambda c: self._declarations(c, narrowed))

    async def declaration(self, seq_no: int, enterprises: frozenset[str]) -> DeclarationOut | None:
        def unit(connection: Connection) -> DeclarationOut | None:
            rows = connection.execute(
                declaration_rows().where(
                    t.declarations.c.seq_no == seq_no, t.declarations.c.enterprise.in_(enterprises)
                )
            ).fetchall()
            if not rows:
                return None
            number = (rows[0].business_no or "") if rows[0].kind == "setup" else ""
            changes, refunds = self._about(connection, [number] if number else [])
            shown = self._out(rows[0], changes.get(number), refunds.get(number))
            return with_pockets(connection, shown, rows[0].message)

        return await self._store.read(unit)

    async def timeline(self, seq_no: int, enterprises: frozenset[str]) -> TimelineList | None:
        def unit(connection: Connection) -> TimelineList | None:
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

        return await self._store.read(unit)

    async def receipts(self, enterprise: str, after: int | None, limit: int) -> ReceiptList:
        def unit(connection: Connection) -> ReceiptList:
            ends = (
                connection.execute(
                    select(t.feed_ends).where(t.feed_ends.c.enterprise == enterprise)
                )
                .mappings()
                .fetchone()
            )
            start = after if after is not None else (ends["acked"] if ends else 0)
            last = ends["last"] if ends else 0
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

        return await self._store.read(unit)

    async def statements(self, enterprises: frozenset[str]) -> StatementList:
        def unit(connection: Connection) -> StatementList:
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

        return await self._store.read(unit)

    async def record(
        self, code: str
    ) -> tuple[dict[str, str], dict[str, tuple[dict[str, str], ...]]]:
        """The approved 信息维护 record of an enterprise: its fields and its rows by element
        name."""

        def unit(
            connection: Connection,
        ) -> tuple[dict[str, str], dict[str, tuple[dict[str, str], ...]]]:
            body = connection.execute(
                select(t.messages.c.body)
                .join(t.enterprises, t.enterprises.c.record == t.messages.c.id)
                .where(t.enterprises.c.code == code)
            ).scalar()
            if body is None:
                return {}, {}
            return self._documents.fields_in(bytes(body)), {
                name: tuple(self._documents.rows_in(bytes(body), name))
                for name in ("GrtEtpsConcDt", "GrtEtpsAcctDt")
            }

        return await self._store.read(unit)

    async def acknowledge(self, enterprise: str, up_to: int) -> tuple[int, int]:
        """Mark everything up to ``up_to``; (mark, last) as they now stand. A mark never moves
        back."""

        def unit(connection: Connection) -> tuple[int, int]:
            ends = t.feed_ends
            connection.execute(
                ends.update()
                .where(ends.c.enterprise == enterprise, ends.c.acked < up_to, ends.c.last >= up_to)
                .values(acked=up_to)
            )
            row = connection.execute(
                select(ends.c.acked, ends.c.last).where(ends.c.enterprise == enterprise)
            ).fetchone()
            return (row[0], row[1]) if row else (0, 0)

        return await self._store.write(unit)

    async def message(
        self, message_id: str, operator: str, enterprises: frozenset[str]
    ) -> tuple[MessageOut, bytes] | None:
        """An archived message with its bytes: the operator's own as received, customs' receipts as
        customs sent them."""

        def unit(connection: Connection) -> tuple[MessageOut, bytes] | None:
            m, d = t.messages, t.declarations
            row = (
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
                    for r in row
                    if r["scope"] == operator or self._documents.owner_of(r) in enterprises
                ),
                None,
            )
            return None if mine is None else self._documents.message_out(mine)

        return await self._store.read(unit)

    def _declarations(self, connection: Connection, narrowed: Filter) -> DeclarationList:
        conditions = conditions_of(narrowed)
        if (
            narrowed.text
        ):  # a search reads everything once: the numbers found are the count and the page
            found = [
                row[0]
                for row in connection.execute(select(t.declarations.c.seq_no).where(*conditions))
            ]
            total, conditions = len(found), [t.declarations.c.seq_no.in_(newest(found, narrowed))]
        else:
            total = connection.execute(
                select(func.count()).select_from(t.declarations).where(*conditions)
            ).scalar_one()
        # First the numbers, from the covering index; then what is shown of them.
        page = (
            select(t.declarations.c.seq_no)
            .where(*conditions)
            .order_by(t.declarations.c.seq_no.desc())
            .limit(narrowed.limit + 1)
        )
        if narrowed.before is not None:
            page = page.where(t.declarations.c.seq_no < narrowed.before)
        numbers = [row[0] for row in connection.execute(page)] if total else []
        rows = connection.execute(
            declaration_rows()
            .where(t.declarations.c.seq_no.in_(numbers))
            .order_by(t.declarations.c.seq_no.desc())
        ).fetchall()
        shown = rows[: narrowed.limit]
        changes, refunds = self._about(
            connection,
            [row.business_no for row in shown if row.kind == "setup" and row.business_no],
        )
        items = tuple(
            self._out(row, changes.get(row.business_no), refunds.get(row.business_no))
            for row in shown
        )
        return DeclarationList(
            items=items, total=total, next=items[-1].seq_no if len(rows) > narrowed.limit else None
        )

    def _about(
        self, connection: Connection, numbers: Sequence[str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The latest open change and the latest refund application of each guarantee."""
        if not numbers:
            return {}, {}
        d = t.declarations.c
        rows = connection.execute(
            select(d.subject, d.kind, d.seq_no, d.status, d.change_no, d.reference, d.attempt)
            .where(
                d.subject != "",
                d.subject.in_(numbers),
                d.kind.in_(("change", "refund")),
                d.deleted == 0,
            )
            .order_by(d.seq_no)
        ).fetchall()
        changes = {
            row.subject: row
            for row in rows
            if row.kind == "change" and row.status != Status.APPROVED.value
        }
        return changes, {row.subject: row for row in rows if row.kind == "refund"}

    def _out(self, row: Any, change: Any = None, refund: Any = None) -> DeclarationOut:
        d = declaration_of(row)
        number = str(d.seq_no)
        fields = self._documents.fields_in(bytes(row.body))
        approved = d.status is Status.APPROVED
        if row.limit_fen is not None and d.kind == "setup":
            fields |= {
                "gasrAmt": yuan(row.limit_fen),
                "usedGasrAmt": yuan(row.used_fen),
                "avalGasrAmt": yuan(row.available_fen),
                "alrdyRtnbkGasrAmt": yuan(row.returned_fen),
            }
        payment = row.levy_status if d.kind == "confirmation" else None
        return DeclarationOut(
            seq_no=number,
            enterprise_ref=d.reference,
            business_no=d.business_no,
            message_type=d.message_type,
            kind=d.kind,
            change_no=d.change_no,
            attempt=d.attempt,
            status=d.status.value,
            status_text=status_text(d.status),
            payment=payment,
            completed=approved and (d.kind != "confirmation" or payment in ("2", "3")),
            message_id=row.message_id,
            fields=fields,
            open_filing=(
                None
                if change is None
                else {
                    "seq_no": str(change.seq_no),
                    "status": change.status,
                    "status_text": status_text(Status(change.status)),
                    "change_no": change.change_no,
                    "enterprise_ref": change.reference,
                    "attempt": change.attempt,
                }
            ),
            actions=tuple(
                Action(**msgspec.structs.asdict(o))
                for o in offers(d, str(change.seq_no) if change else None)
            ),
            overdue=bool(row.overdue),
            outdated=bool(d.outdated),
            refund_status=refund.status if refund else None,
            updated_at=moment(d.updated_at),
            conflict=bool(d.conflict),
            undeliverable=d.undeliverable,
            deleted=bool(d.deleted),
            links=Links(
                self=f"{API}/declarations/{number}",
                timeline=f"{API}/declarations/{number}/timeline",
                message=f"{API}/messages/{row.message_id}",
            ),
        )
