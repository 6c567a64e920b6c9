"""Groups of pockets: which declaration a group belongs to, which files are here, what they send."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.base.message import Message
from gateway.checks.opened import Submission
from gateway.filing.dispatch import Dispatch
from gateway.filing.taken import Clash
from gateway.store import tables as t
from gateway.store.archive import inner_document
from gateway.store.sql import Verbs
from handlers.contract import Facets
from handlers.declaration import Content, Declaration, withdrawn
from handlers.lifecycle import EDITABLE, Status
from schemas.findings import Finding, finding
from schemas.package import Pocket, open_package
from schemas.times import moment
from schemas.xml import XmlReader

WAITING = ""
"""Kind of the draft that holds attachments whose declaration has not come."""


class Undone(Exception):
    """Nothing of this pocket is stored; the savepoint goes back."""

    def __init__(self, clash: Clash) -> None:
        super().__init__(str(clash))
        self.clash = clash


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group as the unit found it. ``first``: the declaration that it belongs to, if there is
    one."""

    enterprise: str
    pocket_id: str
    first: Declaration | None
    rows: Mapping[int, Any]


class Groups:
    """Keeps groups of pockets and the files in them."""

    def __init__(self, verbs: Verbs, reader: XmlReader, dispatch: Dispatch) -> None:
        self._verbs, self._reader, self._dispatch = verbs, reader, dispatch

    def open(self, connection: Connection, submission: Submission, seq: int) -> Group:
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
                delete(t.pockets).where(of_group(t.pockets, enterprise, pocket.pocket_id))
            )
            connection.execute(
                update(g)
                .where(of_group(g, enterprise, pocket.pocket_id))
                .values(seq_no=seq, total=pocket.total, waits_since=None)
            )
            return Group(enterprise=enterprise, pocket_id=pocket.pocket_id, first=None, rows={})
        if row.total != pocket.total:
            raise refusal(finding("PKT.06", found=pocket.total, wanted=row.total), first)
        if first is not None and first.message_type != submission.handler.code:
            raise refusal(
                finding("PKT.06", found=submission.handler.code, wanted=first.message_type), first
            )
        rows = connection.execute(
            select(t.pockets).where(of_group(t.pockets, enterprise, pocket.pocket_id))
        ).fetchall()
        return Group(
            enterprise=enterprise,
            pocket_id=pocket.pocket_id,
            first=first,
            rows={r.number: r for r in rows},
        )

    def move_to(self, connection: Connection, group: Group, seq_no: int, at: int) -> None:
        """Give the group to this declaration; what it was before, another group or a waiting draft,
        ends."""
        g, p, first = t.pocket_groups, t.pockets, group.first
        former = connection.execute(
            select(g.c.enterprise, g.c.pocket_id).where(
                g.c.seq_no == seq_no, g.c.pocket_id != group.pocket_id
            )
        ).fetchall()
        for row in former:
            connection.execute(delete(p).where(of_group(p, row.enterprise, row.pocket_id)))
            connection.execute(delete(g).where(of_group(g, row.enterprise, row.pocket_id)))
        if first is None:
            return
        connection.execute(
            update(g)
            .where(of_group(g, group.enterprise, group.pocket_id))
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

    def put(
        self, connection: Connection, group: Group, pocket: Pocket, mid: int, submission: Submission
    ) -> None:
        connection.execute(
            delete(t.pockets).where(
                of_group(t.pockets, group.enterprise, group.pocket_id),
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
                digest=digest(self._reader, submission),
            )
        )

    def files(
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

    @staticmethod
    def wait_from(connection: Connection, group: Group, held: Declaration, at: int) -> None:
        """The time for the declaration to come begins, or begins anew with a file that came after
        it was over (``gateway.filing.missing_pockets``)."""
        g, d = t.pocket_groups, t.declarations
        connection.execute(
            update(g).where(of_group(g, group.enterprise, group.pocket_id)).values(waits_since=at)
        )
        if held.undeliverable:
            connection.execute(
                update(d).where(d.c.seq_no == held.seq_no).values(undeliverable=None)
            )


def waiting(submission: Submission, at: int) -> Content:
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


def replaceable(there: Any, uuid: str, held: Declaration) -> bool:
    """A file may take another's place while the filing can be edited; the same UUID replaces it
    until the decision."""
    return bool(there.uuid) and (
        held.status in EDITABLE or (there.uuid == uuid and held.status is not Status.APPROVED)
    )


def digest(reader: XmlReader, submission: Submission) -> bytes:
    business = open_package(reader.read(submission.document)).business
    return hashlib.sha256(etree.tostring(business, method="c14n", exclusive=True)).digest()


def refusal(why: Finding, held: Declaration | None) -> Undone:
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
    return Undone(Clash(http=409, findings=(why,), original=original))


def of_group(table: Any, enterprise: str, pocket_id: str) -> Any:
    return (table.c.enterprise == enterprise) & (table.c.pocket_id == pocket_id)
