"""What is submitted, what it came to, and what one unit collects of many. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from gateway.checks.opened import Submission
from gateway.store.sql import Sql
from handlers.contract import SubmissionHandler
from handlers.declaration import Content, Declaration, Entry
from handlers.lifecycle import Status
from schemas.findings import Finding
from schemas.times import from_wire


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """One checked submission and who sent it. ``operator`` scopes its message id."""

    submission: Submission
    operator: str
    acts_for: frozenset[str]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a submission that is durable. ``status`` as it was when the message was first
    taken."""

    seq_no: int
    reference: str
    message_type: str
    status: Status
    duplicate: bool = False
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A refusal by identity. ``http``: 409 or 404; ``original`` names the first message."""

    http: int
    findings: tuple[Finding, ...]
    original: Mapping[str, Any] | None = None


class Sending(NamedTuple):
    """A submission that goes to customs.

    Attributes:
        mid: Its archive id.
        declaration: As it stands with it; None for a message that is no filing.
    """

    mid: int
    declaration: Declaration | None
    submission: Submission


class Tie(NamedTuple):
    """Which declaration and attempt an archived message belongs to, in the order that the statement
    ``retie`` wants."""

    seq_no: int | None
    attempt: int
    mid: int


class Note(NamedTuple):
    """What the outbox must know of a message when it was sent: its archive id, and the declaration
    whose status it moves, if any."""

    mid: int
    declaration: Declaration | None


@dataclass(slots=True)
class Collected:
    """What one run of a unit collects; a rerun starts with a new one.

    Attributes:
        outcomes: One answer for each submission, in order.
        added: New declarations by SeqNo.
        refiled: SeqNo to a declaration as it was and as it is now.
        sends: What goes to customs, in order.
        ties: Archived messages that belong to another declaration than they were stored with.
        dropped: Archive ids of what was refused; they leave the archive.
        warned: Archive id to warnings that take the place of those stored.
    """

    outcomes: list[Taken | Clash]
    added: dict[int, Declaration] = field(default_factory=dict)
    refiled: dict[int, tuple[Declaration, Declaration]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    sends: list[Sending] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    warned: dict[int, tuple[Finding, ...]] = field(default_factory=dict)

    def latest(self, stored: Declaration) -> Declaration:
        """Return a declaration as this run leaves it so far."""
        if stored.seq_no in self.refiled:
            return self.refiled[stored.seq_no][1]
        return self.added.get(stored.seq_no, stored)

    def refile(self, stored: Declaration, now: Declaration) -> None:
        """Take ``now`` as the state of a declaration; what is stored of it stays the one to
        guard."""
        if stored.seq_no in self.added:
            self.added[stored.seq_no] = now
        else:
            before, _ = self.refiled.get(stored.seq_no, (stored, now))
            self.refiled[stored.seq_no] = (before, now)

    def forget_sends(self, seq_no: int) -> None:
        """Drop what an earlier submission of this run would have sent of a declaration."""
        self.sends = [
            send
            for send in self.sends
            if send.declaration is None or send.declaration.seq_no != seq_no
        ]

    def write(self, connection: Connection, sql: Sql) -> None:
        """Store all but the outbox row; raise StoreConflict when another writer was first."""
        sql.add_declarations(connection, list(self.added.values()))
        sql.move(connection, list(self.refiled.values()))
        sql.add_entries(connection, self.entries)
        sql.retie.many(connection, self.ties)
        sql.unarchive.many(connection, [(mid,) for mid in self.dropped])
        sql.rewarn.many(
            connection, [(msgspec.json.encode(f).decode(), mid) for mid, f in self.warned.items()]
        )


def content_of(submission: Submission, at: int) -> Content:
    """Return what a submission says about its filing. ``at`` is the day of filing where it names
    none."""
    handler: SubmissionHandler = submission.handler
    filing = submission.filing
    own = handler.key(filing)
    key = f"{submission.enterprise}|{handler.code}|{own}" if own else ""
    subject = next((number for _, number in handler.names(filing)), "")
    return Content(
        enterprise=submission.enterprise,
        message_type=handler.code,
        reference=handler.reference(filing),
        filing_key=key,
        change_no=handler.change_no(filing),
        facets=handler.facets(filing),
        declares=filing.declares,
        subject=subject,
        filed_at=from_wire(filing.body.text("dclTime") or filing.body.text("applyDate")) or at,
    )


def archive_row(item: Incoming, mid: int, seq: int, at: int) -> tuple[Any, ...]:
    """Return the row of ``messages`` for a submission, in the order of its columns. Attempt and
    flag of a first declaration are both 1, those of a draft both 0."""
    s = item.submission
    warnings = msgspec.json.encode(s.warnings).decode() if s.warnings else None
    return (
        mid,
        item.operator,
        s.envelope.message_id,
        s.handler.code,
        seq,
        int(s.filing.declares),
        int(s.filing.declares),
        s.sha256,
        s.body,
        warnings,
        at,
    )
