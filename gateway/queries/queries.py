"""Reads: declarations, timelines, receipts and messages as the API shows them. Never writes;
bypasses the domain model.

``fields`` are decoded from the archived document on reading, so they are stored once. An enterprise
sees only its own records: what is not the caller's is not found, exactly as what does not exist.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Select, String, and_, case, cast, func, or_, select

from gateway.base.store.sql import SqlStore
from gateway.queries.actions import offers
from gateway.queries.pockets import with_pockets
from gateway.queries.shapes import (
    Action,
    DeclarationList,
    DeclarationOut,
    Links,
    MessageOut,
    ReceiptList,
    ReceiptOut,
    StatementList,
    StatementOut,
    TimelineList,
    TimelineOut,
)
from gateway.store import tables as t
from gateway.store.archive import DECLARING, inner_document
from gateway.store.sql import DECLARATION
from handlers.declaration import FILE_STORED, Declaration
from handlers.lifecycle import LABELS, Event, Status, status_text
from schemas.package import open_package, texts
from schemas.times import SHANGHAI
from schemas.xml import XmlReader

API = "/api/v1"

EVENT_TEXTS: dict[Event, tuple[str, str]] = {
    Event.ASKED: ("海关发起, 待确认", "customs asks"),
    Event.SAVED: ("暂存成功", "saved"),
    Event.DECLARED: ("申报成功", "declared"),
    Event.SENT: ("成功发送至海关", "sent to customs"),
    Event.STORED: ("海关接收成功", "received by customs"),
    Event.NOT_STORED: ("海关接收失败", "refused by customs"),
    Event.TO_PERSON: ("转人工", "with an officer"),
    Event.APPROVED: ("审批通过", "approved"),
    Event.RETURNED: ("退单", "returned"),
    Event.CLEARED: ("海关撤销或无需征收", "taken back by customs, or nothing to levy"),
    Event.UNDELIVERED: ("报文未能送达海关", "the message could not be delivered"),
    Event.SYNCED: ("海关数据同步", "synchronised by customs"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list is narrowed to. Times in µs UTC; ``before`` is the cursor (a SeqNo)."""

    enterprises: frozenset[str]
    message_types: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    or_pending: bool = False
    reference: str | None = None
    status: Status | None = None
    mode: str | None = None
    gur_type: str | None = None
    refund_kind: str | None = None
    customs: str | None = None
    filed_from: int | None = None
    filed_until: int | None = None
    text: str | None = None
    before: int | None = None
    limit: int = 100


class Queries:
    """The read side of one store."""

    def __init__(self, store: SqlStore, reader: XmlReader) -> None:
        self._store, self._reader = store, reader

    async def declarations(self, narrowed: Filter) -> DeclarationList:
        return await self._store.read(lambda c: self._declarations(c, narrowed))

    async def declaration(self, seq_no: int, enterprises: frozenset[str]) -> DeclarationOut | None:
        def unit(connection: Connection) -> DeclarationOut | None:
            rows = connection.execute(
                _rows().where(
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
            items = tuple(_timeline(row) for row in rows)
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
            items = tuple(_receipt(row) for row in rows)
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
            return StatementList(items=tuple(map(_statement, rows)), total=len(rows), next=None)

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
            business = open_package(
                self._reader.read(inner_document(self._reader, bytes(body)))
            ).business
            return self.fields_in(bytes(body)), {
                name: tuple(texts(row) for row in business.iter(name))
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
                    .where(m.c.message_id == message_id, or_(m.c.scope == operator, m.c.flag == 2))
                    .order_by(m.c.id.desc())
                )
                .mappings()
                .fetchall()
            )
            mine = next(
                (r for r in row if r["scope"] == operator or self._owner(r) in enterprises), None
            )
            return None if mine is None else self._message(mine)

        return await self._store.read(unit)

    def _declarations(self, connection: Connection, narrowed: Filter) -> DeclarationList:
        conditions = _conditions(narrowed)
        if (
            narrowed.text
        ):  # a search reads everything once: the numbers found are the count and the page
            found = [
                row[0]
                for row in connection.execute(select(t.declarations.c.seq_no).where(*conditions))
            ]
            total, conditions = len(found), [t.declarations.c.seq_no.in_(_newest(found, narrowed))]
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
            _rows()
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
        declaration = Declaration(
            **(dict(zip(DECLARATION, row, strict=False)) | {"status": Status(row.status)})
        )
        d, number = declaration, str(declaration.seq_no)
        fields = self.fields_in(bytes(row.body))
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

    def fields_in(self, body: bytes) -> dict[str, str]:
        """Element name to text of the Grt* body in an archived message, a submission's or customs'
        echo."""
        business = open_package(self._reader.read(inner_document(self._reader, body))).business
        for element in business.iter("*"):
            if element.tag.startswith("Grt") and element.tag != "GrtMessage":
                return texts(element)
        return {}

    def _owner(self, row: RowMapping) -> str | None:
        """Whose an archived message is: its declaration's enterprise; a message that customs
        started names it in its body."""
        if row["enterprise"] is not None or row["flag"] != 2:
            return row["enterprise"]  # type: ignore[no-any-return]
        return self.fields_in(bytes(row["body"])).get("assuredEtpsno")

    def lines_in(self, body: bytes) -> list[dict[str, str]]:
        """The lines of an archived statement."""
        business = open_package(self._reader.read(inner_document(self._reader, body))).business
        return [texts(line) for line in business.iter("GrtReconDt")]

    def _message(self, row: RowMapping) -> tuple[MessageOut, bytes]:
        from_customs = row["flag"] == 2
        body = bytes(row["body"])
        raw = inner_document(self._reader, body) if from_customs else body
        number = None if row["seq_no"] is None else str(row["seq_no"])
        status = (
            None
            if from_customs
            else (Status.DECLARED if row["flag"] in DECLARING else Status.DRAFT).value
        )
        out = MessageOut(
            message_id=row["message_id"],
            message_type=row["message_type"],
            direction="from_customs" if from_customs else "from_enterprise",
            seq_no=number,
            enterprise_ref=row["reference"],
            status=status,
            attempt=row["attempt"],
            size=len(raw),
            sha256=hashlib.sha256(raw).hexdigest(),
            received_at=moment(row["at"]),
            links=Links(
                self=f"{API}/messages/{row['message_id']}",
                raw=f"{API}/messages/{row['message_id']}/raw",
                declaration=f"{API}/declarations/{number}" if number else None,
            ),
        )
        return out, raw


def yuan(fen: int) -> str:
    """分 as 元 on the wire of a guarantee: whole 元 without decimals, others with two."""
    return str(fen // 100) if fen % 100 == 0 else f"{fen / 100:.2f}"


def moment(at: int) -> datetime:
    """µs UTC as an aware time in Asia/Shanghai."""
    return (
        datetime.fromtimestamp(at // 1_000_000, UTC)
        .replace(microsecond=at % 1_000_000)
        .astimezone(SHANGHAI)
    )


def _rows() -> Select[Any]:
    """Declarations with the document that shows them: the register's once approved, else the
    filing's own."""
    d, m, g, levy = t.declarations, t.messages, t.guarantees, t.levies
    document = m.alias("document")
    stands = case(
        (
            and_(d.c.kind == "setup", d.c.status == "approved", g.c.document.is_not(None)),
            g.c.document,
        ),
        (
            and_(
                d.c.kind == "confirmation", d.c.status == "approved", levy.c.document.is_not(None)
            ),
            levy.c.document,
        ),
        else_=d.c.document,
    )
    return (
        select(
            d,
            m.c.message_id,
            document.c.body,
            g.c.limit_fen,
            g.c.used_fen,
            g.c.available_fen,
            g.c.returned_fen,
            levy.c.status.label("levy_status"),
            levy.c.overdue,
        )
        .outerjoin(g, g.c.gasr_no == d.c.business_no)
        .outerjoin(levy, levy.c.levy_no == d.c.business_no)
        .outerjoin(m, m.c.id == d.c.message)
        .join(document, document.c.id == stands)
    )


def _newest(numbers: list[int], narrowed: Filter) -> list[int]:
    """The page of a search: the newest before the cursor, one more than shown."""
    return sorted(
        (n for n in numbers if narrowed.before is None or n < narrowed.before), reverse=True
    )[: narrowed.limit + 1]


def _conditions(narrowed: Filter) -> list[Any]:
    d, f = t.declarations.c, narrowed
    found: list[Any] = [d.enterprise.in_(f.enterprises), d.deleted == 0]
    exact: Sequence[tuple[Any, Any]] = (
        (d.reference, f.reference),
        (d.status, f.status.value if f.status else None),
        (d.mode, f.mode),
        (d.gur_type, f.gur_type),
        (d.refund_kind, f.refund_kind),
        (d.customs, f.customs),
    )
    found += [column == value for column, value in exact if value is not None]
    if f.message_types:
        found.append(d.message_type.in_(f.message_types))
    if f.kinds:
        wanted = d.kind.in_(f.kinds)
        found.append(or_(wanted, d.status == Status.PENDING.value) if f.or_pending else wanted)
    if f.filed_from is not None:
        found.append(d.filed_at >= f.filed_from)
    if f.filed_until is not None:
        found.append(d.filed_at < f.filed_until)
    if f.text:
        like = f"%{f.text.replace('%', '').replace('_', '')}%"
        numbers = [
            d.reference.like(like),
            d.business_no.like(like),
            *([cast(d.seq_no, String(18)).like(like)] if f.text.isdigit() else []),
        ]
        found.append(or_(*numbers))
    return found


def _timeline(row: RowMapping) -> TimelineOut:
    event, status = Event(row["event"]), Status(row["status"])
    zh, en = EVENT_TEXTS[event]
    noted = {
        "withdrawn": ("已删除暂存", "draft withdrawn"),
        FILE_STORED: ("海关已接收附件", "customs stored an attachment"),
    }.get(row["note"])
    if noted:
        zh, en = noted
    else:
        if row["stale"] and zh == LABELS[status][0]:
            zh, en = f"{zh} (再次确认)", f"{en} (confirmed again)"
        elif row["stale"]:
            zh, en = (
                f"{zh} (迟到或重复的回执, 状态不变)",
                f"{en} (late or repeated; the status stays)",
            )
        if row["note"]:
            zh, en = f"{zh}: {row['note']}", f"{en}: {row['note']}"
    return TimelineOut(
        at=moment(row["at"]),
        event=event.value,
        status=status.value,
        status_text=LABELS[status][0],
        text_zh=zh,
        text_en=en,
        message_id=row["message_id"],
        source=row["source"],
    )


def _statement(row: RowMapping) -> StatementOut:
    differences = tuple(msgspec.json.decode(row["differences"]))
    return StatementOut(
        statement_no=row["statement_no"],
        version=row["version"],
        begins=moment(row["begins"]).date().isoformat(),
        ends=moment(row["ends"] - 1).date().isoformat(),
        closing=f"{row['closing_fen'] / 100:.2f}",
        agrees=not differences,
        differences=differences,
        answer_by=moment(row["answer_by"]) if row["answer_by"] else None,
        answered=bool(row["answered"]),
        overdue=row["overdue"] > row["answered"],
        message_id=row["message_id"],
        received_at=moment(row["at"]),
    )


def _receipt(row: RowMapping) -> ReceiptOut:
    return ReceiptOut(
        seq=row["seq"],
        message_id=row["message_id"],
        message_type=row["message_type"],
        seq_no=None if row["seq_no"] is None else str(row["seq_no"]),
        enterprise_ref=row["reference"],
        business_no=row["business_no"],
        result=row["result"],
        notes=tuple(msgspec.json.decode(row["notes"])) if row["notes"] else (),
        resent=bool(row["resent"]),
        received_at=moment(row["at"]),
        links=Links(
            raw=f"{API}/messages/{row['message_id']}/raw",
            declaration=None if row["seq_no"] is None else f"{API}/declarations/{row['seq_no']}",
        ),
    )
