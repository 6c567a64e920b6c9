"""Groups of pockets: which declaration a group belongs to, which files are here, what they send."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, insert, select, update

from gateway.base.message import Message
from gateway.base.store import builders
from gateway.checks.opened import Submission
from gateway.filing.dispatch import Dispatch, Enclosed
from gateway.filing.repeats import original_of
from gateway.filing.taken import Clash
from gateway.store import tables as t
from gateway.store.archive import inner_document
from gateway.store.sql import Sql
from handlers.contract import Facets
from handlers.declaration import Content, Declaration, withdrawn
from handlers.lifecycle import EDITABLE, Status
from schemas.findings import Finding, finding
from schemas.package import Pocket, canonical, open_package
from schemas.times import moment
from schemas.xml import XmlReader

WAITING = ""
"""Kind of the draft that holds attachments whose declaration has not come."""


class Undone(Exception):
    """Nothing of this pocket is stored; the savepoint goes back."""

    def __init__(self, clash: Clash) -> None:
        super().__init__(str(clash))
        self.clash = clash


class PocketRow(NamedTuple):
    """A pocket that is here, in the order of the table's columns.

    Attributes:
        message: Archive id of what stands in this place now.
        uuid: Of an attachment; empty for the pocket with the declaration itself.
        size: Bytes of the file.
        digest: SHA-256 of BussinessData in C14N.
    """

    enterprise: str
    pocket_id: str
    number: int
    message: int
    uuid: str
    name: str
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group as it was when the unit locked it.

    Attributes:
        first: The declaration that it belongs to; None when it is new.
        rows: Its pockets by number.
    """

    enterprise: str
    pocket_id: str
    first: Declaration | None
    rows: Mapping[int, PocketRow]

    @property
    def files(self) -> list[int]:
        """Return the archive ids of its attachments."""
        return [row.message for row in self.rows.values() if row.uuid]

    def taken_by(self, number: int) -> int | None:
        """Return the pocket that leaves no room for the declaration in pocket ``number``: the
        declaration in another one, or a file in this one. None when there is room."""
        return next(
            (r.number for r in self.rows.values() if (not r.uuid) == (r.number != number)), None
        )

    def names_elsewhere(self, uuid: str, number: int) -> bool:
        """Return whether another pocket than ``number`` has the attachment of that UUID."""
        return any(r.uuid == uuid and r.number != number for r in self.rows.values())


class Groups:
    """Keeps groups of pockets and the files in them."""

    def __init__(self, sql: Sql, reader: XmlReader, dispatch: Dispatch) -> None:
        self._sql, self._reader, self._dispatch = sql, reader, dispatch
        groups = t.pocket_groups
        self._open = builders.upsert(
            sql.dialect,
            groups,
            ("enterprise", "pocket_id"),
            ("enterprise", "pocket_id", "seq_no", "total"),
            change={"total": groups.c.total},
        ).returning(groups.c.seq_no, groups.c.total)

    def open(self, connection: Connection, submission: Submission, seq: int) -> Group:
        """Open the group with the SeqNo ``seq``, or lock and read it: pockets of one group come one
        after the other. Raise Undone when the pocket is none of it."""
        enterprise, pocket = submission.enterprise, submission.pocket
        row = connection.execute(
            self._open,
            {
                "enterprise": enterprise,
                "pocket_id": pocket.pocket_id,
                "seq_no": seq,
                "total": pocket.total,
            },
        ).one()
        first = self._sql.declarations_by_seq(connection, [row.seq_no]).get(row.seq_no)
        if first is not None and first.deleted:
            self._empty(connection, enterprise, pocket, seq)
            return Group(enterprise=enterprise, pocket_id=pocket.pocket_id, first=None, rows={})
        if row.total != pocket.total:
            raise refusal(finding("PKT.06", found=pocket.total, wanted=row.total), first)
        if first is not None and first.message_type != submission.handler.code:
            raise refusal(
                finding("PKT.06", found=submission.handler.code, wanted=first.message_type), first
            )
        rows = connection.execute(
            select(t.pockets).where(_of_group(t.pockets, enterprise, pocket.pocket_id))
        )
        return Group(
            enterprise=enterprise,
            pocket_id=pocket.pocket_id,
            first=first,
            rows={row.number: row for row in map(PocketRow._make, rows)},
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
            connection.execute(delete(p).where(_of_group(p, row.enterprise, row.pocket_id)))
            connection.execute(delete(g).where(_of_group(g, row.enterprise, row.pocket_id)))
        # Also a group that is new: it was opened with the number of a new filing, and this may be
        # one that was saved before.
        connection.execute(
            update(g)
            .where(_of_group(g, group.enterprise, group.pocket_id))
            .values(seq_no=seq_no, waits_since=None)
        )
        if first is None or first.seq_no == seq_no:
            return
        connection.execute(
            update(t.messages)
            .where(t.messages.c.id.in_([row.message for row in group.rows.values()]))
            .values(seq_no=seq_no)
        )
        gone, entry = withdrawn(first, at)
        self._sql.move(connection, [(first, gone)])
        self._sql.add_entries(connection, [entry])

    def put(
        self, connection: Connection, group: Group, pocket: Pocket, mid: int, submission: Submission
    ) -> None:
        """Put the message ``mid`` into the place of its pocket, also where another one stood."""
        connection.execute(
            delete(t.pockets).where(
                _of_group(t.pockets, group.enterprise, group.pocket_id),
                t.pockets.c.number == pocket.number,
            )
        )
        file = submission.attachment
        row = PocketRow(
            enterprise=group.enterprise,
            pocket_id=group.pocket_id,
            number=pocket.number,
            message=mid,
            uuid=file.uuid if file else "",
            name=file.name if file else "",
            size=file.size if file else 0,
            digest=digest(self._reader, submission),
        )
        connection.execute(insert(t.pockets).values(row._asdict()))

    def files(
        self, connection: Connection, declaration: Declaration, ids: Sequence[int]
    ) -> list[tuple[int, Message]]:
        """Tie archived attachments to this attempt of their declaration; return each archive id
        with its message to customs."""
        m, messages = t.messages, []
        for row in connection.execute(
            select(m.c.id, m.c.body, m.c.at).where(m.c.id.in_(ids)).order_by(m.c.id)
        ).fetchall():
            connection.execute(
                update(m)
                .where(m.c.id == row.id)
                .values(seq_no=declaration.seq_no, attempt=declaration.attempt)
            )
            document = inner_document(self._reader, bytes(row.body))
            sender = open_package(self._reader.read(document)).envelope.sender_id
            enclosed = Enclosed(document, sender, declaration.message_type, moment(row.at))
            message = self._dispatch.file(
                declaration.seq_no, declaration.attempt, row.id, declaration.message, enclosed
            )
            messages.append((row.id, message))
        return messages

    def wait_from(
        self, connection: Connection, group: Group, declaration: Declaration, at: int
    ) -> None:
        """Begin the time for the declaration to come, or begin it anew with a file that came after
        it was over (``gateway.filing.missing_pockets``)."""
        g, d = t.pocket_groups, t.declarations
        connection.execute(
            update(g).where(_of_group(g, group.enterprise, group.pocket_id)).values(waits_since=at)
        )
        if declaration.undeliverable:
            connection.execute(
                update(d).where(d.c.seq_no == declaration.seq_no).values(undeliverable=None)
            )

    def _empty(self, connection: Connection, enterprise: str, pocket: Pocket, seq: int) -> None:
        """Start a group anew whose declaration was withdrawn."""
        g, p = t.pocket_groups, t.pockets
        connection.execute(delete(p).where(_of_group(p, enterprise, pocket.pocket_id)))
        connection.execute(
            update(g)
            .where(_of_group(g, enterprise, pocket.pocket_id))
            .values(seq_no=seq, total=pocket.total, waits_since=None)
        )


def waiting(submission: Submission, at: int) -> Content:
    """Return the content of the draft that holds a group's files until its declaration comes."""
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


def replaceable(there: PocketRow, uuid: str, declaration: Declaration) -> bool:
    """Return whether an attachment may take the place of what is there. It may while the filing can
    be edited; one of the same UUID may until the decision."""
    return bool(there.uuid) and (
        declaration.status in EDITABLE
        or (there.uuid == uuid and declaration.status is not Status.APPROVED)
    )


def digest(reader: XmlReader, submission: Submission) -> bytes:
    """Return the SHA-256 of BussinessData in C14N."""
    business = open_package(reader.read(submission.document)).business
    return hashlib.sha256(canonical(business)).digest()


def refusal(why: Finding, stored: Declaration | None) -> Undone:
    """Return the exception that refuses a pocket; the clash names the group's declaration."""
    original = (
        None if stored is None else original_of(stored.seq_no, stored.reference, stored.status)
    )
    return Undone(Clash(http=409, findings=(why,), original=original))


def _of_group(table: Table, enterprise: str, pocket_id: str) -> Any:
    return (table.c.enterprise == enterprise) & (table.c.pocket_id == pocket_id)
