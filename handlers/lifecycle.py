"""The lifecycle of a declaration: one table. Status changes go through ``advance`` and nowhere
else.

``legal`` moves change the status. ``stale`` news (late, repeated) keeps it; what it carries is
still merged and the timeline still written. The stale set is derived: whatever the table does not
list as a move is stale, so that every reordering and doubling of the receipts of one attempt ends
in the same status (property test). *Not yet* (the answer overtook our own commit) is no status
question: reception finds that no such attempt exists here, and waits.

Vendors compare ranks and lose "3 after 2" (``docs/wire.md`` 2.6); here two different final answers
to one attempt are decided by manageDate, and a tie by ``FINAL_ORDER``, whatever order they arrive
in (``docs/contract.md`` 2).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Status(StrEnum):
    """Where a declaration stands. Nine, plus 全部 = the ten options of the three query screens
    (``docs/rules.md`` M6)."""

    PENDING = "pending"
    """Customs asks (GRT301); waits for the enterprise; leaves by a save or a declaration."""
    DRAFT = "draft"
    """Saved (DelcareFlag 0), or taken back after 退单 or 海关接收失败; may stay for ever; leaves by
    a declaration."""
    DECLARED = "declared"
    """Durable here, not yet with customs; leaves when the broker confirms, or by an answer that
    came first."""
    SENT = "sent"
    """The broker confirmed; waits for customs."""
    RECEIVED = "received"
    """Customs stored it (GRT200 = 1 or GRT2x1 = Y); waits for the decision."""
    REFUSED = "refused"
    """Customs could not store it (GRT200 = 2 or GRT2x1 = Z); can be corrected and declared
    again."""
    REVIEW = "review"
    """A person at customs looks at it (GRT2x1 = 2)."""
    APPROVED = "approved"
    """Approved (GRT2x1 = 1). Final."""
    RETURNED = "returned"
    """退单 (GRT2x1 = 3); can be corrected and declared again."""


class Event(StrEnum):
    """What can happen to a declaration."""

    ASKED = "asked"
    """GRT301 arrived, or arrived again with a new generation."""
    SAVED = "saved"
    """The enterprise saved it with DelcareFlag 0."""
    DECLARED = "declared"
    """The enterprise declared it with DelcareFlag 1."""
    SENT = "sent"
    """The broker confirmed the message to customs."""
    STORED = "stored"
    """GRT200 = 1, or GRT2x1 = Y."""
    NOT_STORED = "not_stored"
    """GRT200 = 2, or GRT2x1 = Z."""
    TO_PERSON = "to_person"
    """GRT2x1 = 2."""
    APPROVED = "approved"
    """GRT2x1 = 1."""
    RETURNED = "returned"
    """GRT2x1 = 3."""
    CLEARED = "cleared"
    """GRT302 with levyBlStucd 3: customs takes the levy back, or needs nothing more
    (``docs/rules.md`` K27)."""
    UNDELIVERED = "undelivered"
    """A DxpRep: the platform or customs could not take the message; a flag with a reason, never a
    move."""
    SYNCED = "synced"
    """GRT302: the register moved (payment, occupancy, expiry); never a move of the filing."""


LABELS: dict[Status, tuple[str, str]] = {
    Status.PENDING: ("待确认", "awaiting confirmation"),
    Status.DRAFT: ("暂存", "draft"),
    Status.DECLARED: ("申报成功", "declared"),
    Status.SENT: ("成功发送至海关", "sent to customs"),
    Status.RECEIVED: ("海关接收成功", "received by customs"),
    Status.REFUSED: ("海关接收失败", "refused by customs"),
    Status.REVIEW: ("转人工", "with an officer"),
    Status.APPROVED: ("审批通过", "approved"),
    Status.RETURNED: ("退单", "returned"),
}
PROCESSING = "数据正在处理"
"""Shown instead of 申报成功 until the message is sent (``docs/rules.md`` K12); the filter takes
both words."""

_FINALS = {
    Event.NOT_STORED: Status.REFUSED,
    Event.APPROVED: Status.APPROVED,
    Event.RETURNED: Status.RETURNED,
}
_ANSWERS = {Event.STORED: Status.RECEIVED, Event.TO_PERSON: Status.REVIEW} | _FINALS
_FILING = {Event.SAVED: Status.DRAFT, Event.DECLARED: Status.DECLARED}

_FROM_CUSTOMS = {Event.ASKED: Status.PENDING, Event.CLEARED: Status.APPROVED}

TABLE: dict[Status, dict[Event, Status]] = {
    Status.PENDING: _FROM_CUSTOMS | _FILING,
    Status.DRAFT: _FROM_CUSTOMS | _FILING,
    Status.DECLARED: {Event.SENT: Status.SENT} | _FROM_CUSTOMS | _ANSWERS,
    Status.SENT: _FROM_CUSTOMS | _ANSWERS,
    Status.RECEIVED: {Event.TO_PERSON: Status.REVIEW} | _FROM_CUSTOMS | _FINALS,
    Status.REVIEW: _FROM_CUSTOMS | _FINALS,
    Status.REFUSED: _FROM_CUSTOMS | _FILING,
    Status.RETURNED: _FROM_CUSTOMS | _FILING,
    Status.APPROVED: {Event.ASKED: Status.PENDING},
}
"""status -> event -> next status. Everything not here is stale, or contested when both are
final."""

FINAL_ORDER = (Status.REFUSED, Status.RETURNED, Status.APPROVED)
"""Two finals of one attempt with the same manageDate: the later in this order wins."""

FOR_EVER = 2**62
"""decided_at of a levy that customs took back: no answer to an earlier filing is later."""

EDITABLE = frozenset({Status.PENDING, Status.DRAFT, Status.REFUSED, Status.RETURNED})
"""Where a new message on the same filing key replaces the content (``docs/contract.md`` 1)."""

PROVES: dict[Event, tuple[Event, ...]] = {
    Event.STORED: (Event.SENT,),
    Event.NOT_STORED: (Event.SENT,),
    Event.TO_PERSON: (Event.SENT, Event.STORED),
    Event.APPROVED: (Event.SENT, Event.STORED),
    Event.RETURNED: (Event.SENT, Event.STORED),
}
"""An answer proves the steps before it; reception writes the missing ones into the timeline, in
this order."""


class Move(msgspec.Struct, frozen=True):
    """The result of ``advance``. ``stale``: the status stays. ``conflict``: two different finals
    met in one attempt."""

    status: Status
    stale: bool = False
    conflict: bool = False
    decided_at: int | None = None


def advance(status: Status, event: Event, *, at: int = 0, decided_at: int | None = None) -> Move:
    """Apply ``event`` to ``status``. ``at``: the answer's manageDate, ``decided_at``: that of the
    final answer so far (µs UTC)."""
    target = TABLE[status].get(event)
    final = _FINALS.get(event)
    if event is Event.CLEARED and target is not None:
        return Move(target, decided_at=FOR_EVER)
    if target is not None:
        return Move(target, decided_at=at if final else decided_at)
    if final is None or status not in FINAL_ORDER:
        return Move(status, stale=True, decided_at=decided_at)
    if final is status:
        return Move(status, stale=True, decided_at=max(at, decided_at or at))
    standing = (decided_at if decided_at is not None else at, FINAL_ORDER.index(status))
    news = (at, FINAL_ORDER.index(final))
    if news > standing:
        return Move(final, conflict=True, decided_at=at)
    return Move(status, stale=True, conflict=True, decided_at=decided_at)


def status_text(status: Status) -> str:
    """Return the Chinese word that a person sees in a list."""
    return PROCESSING if status is Status.DECLARED else LABELS[status][0]


def status_named(word: str) -> Status | None:
    """Return a status by its word or by either Chinese label; None when no status has that name."""
    for status, (zh, _) in LABELS.items():
        if word in (status.value, zh):
            return status
    return Status.DECLARED if word == PROCESSING else None


def diagram() -> str:
    """Return the table as a Mermaid state diagram; ``docs/lifecycle.md`` is made of it."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {status.value}: {zh} {status.value}" for status, (zh, _) in LABELS.items()]
    lines += [
        f"    {status.value} --> {target.value}: {event.value}"
        for status, moves in TABLE.items()
        for event, target in moves.items()
    ]
    return "\n".join(lines) + "\n"
