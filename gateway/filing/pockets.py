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
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from lxml import etree
from msgspec.structs import replace
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.base.batching import Batcher, halving
from gateway.base.message import Message
from gateway.base.relay import Parcel
from gateway.checks.opened import Submission
from gateway.filing.submission import Submissions
from gateway.filing.taken import Clash, Incoming, Taken, Unit, content_of
from gateway.store import tables as t
from gateway.store.archive import LEASE, Flag, inner_document
from gateway.store.numbers import seq_no_start
from handlers.contract import Facets
from handlers.declaration import REGISTERED, Content, Declaration, filed, withdrawn
from handlers.lifecycle import EDITABLE, Status
from schemas.findings import Finding, finding
from schemas.package import Pocket, open_package
from schemas.times import SHANGHAI, micros, moment
from schemas.xml import XmlReader

WAITING = ""
"""Kind of the draft that holds attachments whose declaration has not come."""


class _Undone(Exception):
    """Nothing of this pocket is stored; the savepoint goes back."""

    def __init__(self, clash: Clash) -> None:
        super().__init__(str(clash))
        self.clash = clash


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """A group as the unit found it. ``first``: the declaration that it belongs to, if there is
    one."""

    enterprise: str
    pocket_id: str
    first: Declaration | None
    rows: Mapping[int, Any]


class Assembly(Submissions):
    """Takes submissions; those in several pockets one by one, all others as ever."""

    @functools.cached_property
    def singly(self) -> Batcher[Incoming, Taken | Clash]:
        """One pocket a transaction."""
        return Batcher(self._flush_pocket, 1)

    def submit(self, incoming: Incoming) -> asyncio.Future[Taken | Clash]:
        return (self.batcher if incoming.submission.pocket.total == 1 else self.singly).put(
            incoming
        )

    async def close(self) -> None:
        await self.singly.close()
        await super().close()

    async def _flush_pocket(self, items: Sequence[Incoming]) -> list[Taken | Clash | BaseException]:
        return await halving(items, self._write_pocket)

    async def _write_pocket(self, items: Sequence[Incoming]) -> list[Taken | Clash]:
        now = self.clock.now()
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
        except _Undone as undone:
            return undone.clash, None

    def _pocket(
        self, connection: Connection, item: Incoming, mid: int, seq: int, outbox: int, now: datetime
    ) -> tuple[Taken | Clash, Parcel | None]:
        at = micros(now)
        (mid,), (seq,) = self._numbers.exact(connection, [mid], [seq])
        unit = Unit(outcomes=[])
        self._verbs.archive.many(connection, [self._archive_row(item, mid, seq, at)])
        if not self._verbs.winners(connection, [mid]):
            return self._repeats.repeated(connection, item, unit, [item], [mid]), None
        group = self._group(connection, item.submission, seq)
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

    def _group(self, connection: Connection, submission: Submission, seq: int) -> _Group:
        """Open the group, or lock and read it: pockets of one group come one after the other."""
        enterprise, pocket, g = submission.enterprise, submission.pocket, t.pocket_groups
        make = sqlite.insert if self._verbs.dialect.name == "sqlite" else postgresql.insert
        opened = make(g).values(
            enterprise=enterprise, pocket_id=pocket.pocket_id, seq_no=seq, total=pocket.total
        )
        row = connection.execute(
            opened.on_conflict_do_update(
                index_elements=["enterprise", "pocket_id"], set_={"total": g.c.total}
            ).returning(g.c.seq_no, g.c.total)
        ).one()
        first = self._verbs.declarations_by_seq(connection, [row.seq_no]).get(row.seq_no)
        if first is not None and first.deleted:
            connection.execute(
                delete(t.pockets).where(_of(t.pockets, enterprise, pocket.pocket_id))
            )
            connection.execute(
                update(g)
                .where(_of(g, enterprise, pocket.pocket_id))
                .values(seq_no=seq, total=pocket.total, waits_since=None)
            )
            return _Group(enterprise=enterprise, pocket_id=pocket.pocket_id, first=None, rows={})
        if row.total != pocket.total:
            raise _refusal(finding("PKT.06", found=pocket.total, wanted=row.total), first)
        if first is not None and first.message_type != submission.handler.code:
            raise _refusal(
                finding("PKT.06", found=submission.handler.code, wanted=first.message_type), first
            )
        rows = connection.execute(
            select(t.pockets).where(_of(t.pockets, enterprise, pocket.pocket_id))
        ).fetchall()
        return _Group(
            enterprise=enterprise,
            pocket_id=pocket.pocket_id,
            first=first,
            rows={r.number: r for r in rows},
        )

    def _structured(
        self,
        connection: Connection,
        item: Incoming,
        group: _Group,
        mid: int,
        seq: int,
        at: int,
        now: datetime,
    ) -> tuple[Taken | Clash, list[tuple[int, Declaration | None, Message]]]:
        """The pocket with the declaration itself: a submission as any other, and then its files go
        with it."""
        verbs, submission = self._verbs, item.submission
        pocket, first, unit = submission.pocket, group.first, Unit(outcomes=[])
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
            raise _refusal(finding("PKT.07", found=taken), first)
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
            raise _refusal(finding("PKT.08", wanted=first.seq_no), first)
        if held is not None and held.kind == WAITING and content.facets.kind in REGISTERED:
            held = replace(
                held, business_no=content.subject or None
            )  # as a new filing would have it
        judged: Taken | Clash | None = None
        if content.subject:
            judged, content = self._judged(connection, item, content, mid, held, unit)
        outcome = judged or self._decide(
            connection, item, content, mid, seq, held, by_key, unit, at
        )
        if isinstance(outcome, Clash):
            raise _Undone(outcome)
        verbs.add_declarations(connection, list(unit.added.values()))
        verbs.move(connection, list(unit.refiled.values()), refile=True)
        verbs.add_entries(connection, unit.entries)
        verbs.retie.many(connection, unit.retied)
        verbs.rewarn.many(
            connection, [(msgspec.json.encode(f).decode(), i) for i, f in unit.warned.items()]
        )
        if outcome.duplicate:
            return outcome, []
        self._belong(connection, group, outcome.seq_no, at)
        self._put(connection, group, pocket, mid, submission)
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
            messages += [(i, None, m) for i, m in self._files(connection, declared, files, now)]
        return outcome, messages

    def _attached(
        self,
        connection: Connection,
        item: Incoming,
        group: _Group,
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
            held, entry = filed(seq, _waiting(submission, at), mid, at)
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
        if there is not None and bytes(there.digest) == _digest(self._reader, submission):
            return replace(taken, duplicate=True), []
        elsewhere = any(r.uuid == uuid and r.number != pocket.number for r in group.rows.values())
        if elsewhere or (there is not None and not _replaceable(there, uuid, held)):
            raise _refusal(finding("PKT.07", found=pocket.number), held)
        self._put(connection, group, pocket, mid, submission)
        if held.kind == WAITING and (group.first is None or held.undeliverable):
            self._wait_from(connection, group, held, at)
        if held.status in EDITABLE:
            return taken, []
        return taken, [(i, None, m) for i, m in self._files(connection, held, [mid], now)]

    @staticmethod
    def _wait_from(connection: Connection, group: _Group, held: Declaration, at: int) -> None:
        """The time for the declaration to come begins, or begins anew with a file that came after
        it was over (``gateway.filing.missing_pockets``)."""
        g, d = t.pocket_groups, t.declarations
        connection.execute(
            update(g).where(_of(g, group.enterprise, group.pocket_id)).values(waits_since=at)
        )
        if held.undeliverable:
            connection.execute(
                update(d).where(d.c.seq_no == held.seq_no).values(undeliverable=None)
            )

    def _belong(self, connection: Connection, group: _Group, seq_no: int, at: int) -> None:
        """Give the group to this declaration; what it was before, another group or a waiting draft,
        ends."""
        g, p, first = t.pocket_groups, t.pockets, group.first
        former = connection.execute(
            select(g.c.enterprise, g.c.pocket_id).where(
                g.c.seq_no == seq_no, g.c.pocket_id != group.pocket_id
            )
        ).fetchall()
        for row in former:
            connection.execute(delete(p).where(_of(p, row.enterprise, row.pocket_id)))
            connection.execute(delete(g).where(_of(g, row.enterprise, row.pocket_id)))
        if first is None:
            return
        connection.execute(
            update(g)
            .where(_of(g, group.enterprise, group.pocket_id))
            .values(seq_no=seq_no, waits_since=None)
        )
        if first.seq_no == seq_no:
            return
        connection.execute(
            update(t.messages)
            .where(t.messages.c.id.in_([r.message for r in group.rows.values()]))
            .values(seq_no=seq_no)
        )
        gone, entry = withdrawn(first, at)
        self._verbs.move(connection, [(first, gone)], refile=True)
        self._verbs.add_entries(connection, [entry])

    def _put(
        self,
        connection: Connection,
        group: _Group,
        pocket: Pocket,
        mid: int,
        submission: Submission,
    ) -> None:
        connection.execute(
            delete(t.pockets).where(
                _of(t.pockets, group.enterprise, group.pocket_id),
                t.pockets.c.number == pocket.number,
            )
        )
        a = submission.attachment
        connection.execute(
            insert(t.pockets).values(
                enterprise=group.enterprise,
                pocket_id=group.pocket_id,
                number=pocket.number,
                message=mid,
                uuid=a.uuid if a else "",
                name=a.name if a else "",
                size=a.size if a else 0,
                digest=_digest(self._reader, submission),
            )
        )

    def _files(
        self, connection: Connection, held: Declaration, ids: Sequence[int], now: datetime
    ) -> list[tuple[int, Message]]:
        """Archived attachments as they go to customs with this attempt of their declaration."""
        m, out = t.messages, []
        for row in connection.execute(
            select(m.c.id, m.c.body, m.c.at).where(m.c.id.in_(ids)).order_by(m.c.id)
        ).fetchall():
            connection.execute(
                update(m).where(m.c.id == row.id).values(seq_no=held.seq_no, attempt=held.attempt)
            )
            document = inner_document(self._reader, bytes(row.body))
            sender = open_package(self._reader.read(document)).envelope.sender_id
            out.append(
                (
                    row.id,
                    self._dispatch.message_for(
                        held.seq_no,
                        held.attempt,
                        document,
                        sender,
                        held.message_type,
                        moment(row.at),
                        attachment=row.id,
                    ),
                )
            )
        return out


def _waiting(submission: Submission, at: int) -> Content:
    """The draft that holds a group's files until its declaration comes."""
    key = f"{submission.enterprise}|pocket|{submission.pocket.pocket_id}"
    return Content(
        enterprise=submission.enterprise,
        message_type=submission.handler.code,
        reference="",
        filing_key=key,
        change_no=0,
        facets=Facets(kind=WAITING),
        filed_at=at,
        declares=False,
    )


def _replaceable(there: Any, uuid: str, held: Declaration) -> bool:
    """A file may take another's place while the filing can be edited; the same UUID replaces it
    until the decision."""
    return bool(there.uuid) and (
        held.status in EDITABLE or (there.uuid == uuid and held.status is not Status.APPROVED)
    )


def _digest(reader: XmlReader, submission: Submission) -> bytes:
    business = open_package(reader.read(submission.document)).business
    return hashlib.sha256(etree.tostring(business, method="c14n", exclusive=True)).digest()


def _refusal(why: Finding, held: Declaration | None) -> _Undone:
    original = (
        None
        if held is None
        else {
            "message_id": None,
            "seq_no": str(held.seq_no),
            "enterprise_ref": held.reference,
            "status": held.status.value,
        }
    )
    return _Undone(Clash(http=409, findings=(why,), original=original))


def _of(table: Any, enterprise: str, pocket_id: str) -> Any:
    return (table.c.enterprise == enterprise) & (table.c.pocket_id == pocket_id)
