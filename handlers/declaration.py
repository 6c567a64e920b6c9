"""The declaration and what changes it: pure functions from state and news to state and timeline
entries."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from handlers.contract import Answer, Facets
from handlers.lifecycle import EDITABLE, PROVES, TABLE, Event, Status, advance

REGISTERED = frozenset({"change", "confirmation"})
"""Kinds whose business number is known when they are filed."""

FILE_STORED = "attachment stored"
"""Note of a timeline entry about a file of the declaration; it moves no status."""

RECOVERED = "recovered"
"""Note of the timeline entry of a filing that was taken back from customs after a restore."""


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """One filing as stored. ``events`` is the length of its timeline and guards every update. Times
    in µs UTC."""

    seq_no: int
    enterprise: str
    message_type: str
    kind: str
    reference: str
    filing_key: str
    business_no: str | None
    subject: str
    change_no: int
    attempt: int
    status: Status
    events: int
    message: int
    document: int
    decided_at: int | None
    customs: str
    mode: str
    gur_type: str
    refund_kind: str
    filed_at: int
    conflict: int
    undeliverable: str | None
    outdated: int
    deleted: int
    updated_at: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a timeline. ``source``: enterprise, gateway or customs. ``message``: archive id
    of what caused it."""

    seq_no: int
    n: int
    at: int
    event: Event
    status: Status
    attempt: int
    source: str
    stale: bool = False
    message: int | None = None
    note: str | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a submission says about its filing."""

    enterprise: str
    message_type: str
    reference: str
    filing_key: str
    change_no: int
    facets: Facets
    filed_at: int
    declares: bool
    subject: str = ""


def filed(seq_no: int, content: Content, message: int, at: int) -> tuple[Declaration, Entry]:
    """Return a new filing and the first line of its timeline."""
    status = Status.DECLARED if content.declares else Status.DRAFT
    facets = content.facets
    declaration = Declaration(
        seq_no=seq_no,
        enterprise=content.enterprise,
        message_type=content.message_type,
        kind=facets.kind,
        reference=content.reference,
        filing_key=content.filing_key,
        business_no=content.subject or None if facets.kind in REGISTERED else None,
        subject=content.subject,
        change_no=content.change_no,
        attempt=1 if content.declares else 0,
        status=status,
        events=1,
        message=message,
        document=message,
        decided_at=None,
        customs=facets.customs,
        mode=facets.mode,
        gur_type=facets.gur_type,
        refund_kind=facets.refund_kind,
        filed_at=content.filed_at,
        conflict=0,
        undeliverable=None,
        outdated=0,
        deleted=0,
        updated_at=at,
    )
    event = Event.DECLARED if content.declares else Event.SAVED
    return declaration, Entry(
        seq_no=seq_no,
        n=1,
        at=at,
        event=event,
        status=status,
        attempt=declaration.attempt,
        source="enterprise",
        message=message,
    )


def asked(seq_no: int, content: Content, message: int, at: int) -> tuple[Declaration, Entry]:
    """Return a filing that customs asks for (GRT301) and the first line of its timeline. It waits
    for the enterprise."""
    declaration, entry = filed(seq_no, content, message, at)
    return (
        replace(declaration, status=Status.PENDING, attempt=0),
        replace(entry, status=Status.PENDING, event=Event.ASKED, attempt=0, source="customs"),
    )


def asked_again(
    stored: Declaration, content: Content, message: int, at: int
) -> tuple[Declaration, Entry]:
    """Return a filing after customs sent its levy again, changed or for another confirmation: an
    open one is superseded, a draft outdated."""
    move = advance(stored.status, Event.ASKED)
    note = "草稿已过期" if stored.status is Status.DRAFT else None
    declaration = replace(
        stored,
        status=move.status,
        events=stored.events + 1,
        change_no=content.change_no,
        filing_key=content.filing_key,
        document=message,
        decided_at=None,
        conflict=0,
        outdated=int(stored.status is Status.DRAFT),
        updated_at=at,
    )
    return declaration, Entry(
        seq_no=stored.seq_no,
        n=declaration.events,
        at=at,
        event=Event.ASKED,
        status=move.status,
        attempt=stored.attempt,
        source="customs",
        message=message,
        note=note,
    )


def refiled(
    stored: Declaration, content: Content, message: int, at: int
) -> tuple[Declaration, Entry]:
    """Return an editable filing with the content of a new message. It is a new attempt when the
    message declares."""
    assert stored.status in EDITABLE
    event = Event.DECLARED if content.declares else Event.SAVED
    move = advance(stored.status, event)
    facets = content.facets
    declaration = replace(
        stored,
        kind=facets.kind,
        reference=content.reference,
        filing_key=content.filing_key,
        change_no=content.change_no,
        attempt=stored.attempt + content.declares,
        status=move.status,
        events=stored.events + 1,
        message=message,
        document=message,
        decided_at=None,
        customs=facets.customs,
        mode=facets.mode,
        gur_type=facets.gur_type,
        refund_kind=facets.refund_kind,
        filed_at=content.filed_at,
        conflict=0,
        undeliverable=None,
        outdated=0,
        subject=content.subject or stored.subject,
        updated_at=at,
    )
    return declaration, Entry(
        seq_no=stored.seq_no,
        n=declaration.events,
        at=at,
        event=event,
        status=move.status,
        attempt=declaration.attempt,
        source="enterprise",
        message=message,
    )


def sent(stored: Declaration, attempt: int, at: int) -> tuple[Declaration, Entry] | None:
    """Return a filing after the broker confirmed ``attempt``; None when that is old news."""
    if attempt != stored.attempt or Event.SENT not in TABLE[stored.status]:
        return None
    move = advance(stored.status, Event.SENT)
    declaration = replace(stored, status=move.status, events=stored.events + 1, updated_at=at)
    return declaration, Entry(
        seq_no=stored.seq_no,
        n=declaration.events,
        at=at,
        event=Event.SENT,
        status=move.status,
        attempt=attempt,
        source="gateway",
        message=stored.message,
    )


def withdrawn(stored: Declaration, at: int) -> tuple[Declaration, Entry]:
    """Return a draft after it was withdrawn. It leaves the lists and frees its reference; reading
    it by number shows ``deleted``."""
    declaration = replace(stored, deleted=1, events=stored.events + 1, updated_at=at)
    return declaration, Entry(
        seq_no=stored.seq_no,
        n=declaration.events,
        at=at,
        event=Event.SAVED,
        status=stored.status,
        attempt=stored.attempt,
        source="enterprise",
        stale=True,
        note="withdrawn",
    )


def answered(
    stored: Declaration,
    answer: Answer,
    attempt: int,
    message: int,
    at: int,
    *,
    earlier: bool = False,
) -> tuple[Declaration, Sequence[Entry]]:
    """Apply one receipt. News about an older attempt, and late or repeated news, keep the status
    but stay in the timeline. ``earlier``: the receipt is about one that was lost in a restore and
    made again under the same number.

    An answer proves the steps before it: missing ones are written first, in order
    (``docs/contract.md`` 2).
    """
    event = answer.event
    entries: list[Entry] = []
    note = "; ".join(answer.notes) or None

    def entry(
        state: Declaration, what: Event, *, stale: bool = False, about: str | None = None
    ) -> None:
        entries.append(
            Entry(
                seq_no=stored.seq_no,
                n=stored.events + len(entries) + 1,
                at=at,
                event=what,
                status=state.status,
                attempt=attempt,
                source="customs",
                stale=stale,
                message=message,
                note=about,
            )
        )

    now = stored
    if event is None or attempt != stored.attempt or earlier:
        if event is not None:
            entry(now, event, stale=True, about=note)
        return replace(now, events=stored.events + len(entries), updated_at=at), entries
    if event in TABLE[now.status]:
        for step in PROVES.get(event, ()):
            if step in TABLE[now.status]:
                now = replace(now, status=advance(now.status, step).status)
                entry(now, step)
    move = advance(now.status, event, at=answer.managed_at, decided_at=now.decided_at)
    # The echoed document counts with the approval; after it only when the approval itself brought
    # none.
    echoed = (
        answer.carries_document
        and event is Event.APPROVED
        and move.status is Status.APPROVED
        and (not move.stale or stored.document == stored.message)
    )
    changed = replace(
        now,
        status=move.status,
        decided_at=move.decided_at,
        conflict=int(bool(now.conflict) or move.conflict),
        updated_at=at,
        business_no=answer.business_no or now.business_no,
        document=message if echoed else now.document,
    )
    entry(changed, event, stale=move.stale, about=note)
    return replace(changed, events=stored.events + len(entries)), entries
