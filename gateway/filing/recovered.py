"""The filing that is taken back from customs after a restore: pure functions from state to state
and timeline entry."""

from __future__ import annotations

from msgspec.structs import replace

from handlers.declaration import RECOVERED, Content, Declaration, Entry, filed
from handlers.lifecycle import Event, Status


def recovered(
    stored: Declaration | None, seq_no: int, attempt: int, content: Content, message: int, at: int
) -> tuple[Declaration, Entry]:
    """Return a filing as customs received it, and the line that marks it. ``stored``: an earlier
    attempt of it that was not lost."""
    made, entry = filed(seq_no, content, message, at)
    made = replace(made, attempt=attempt, status=Status.SENT)
    if stored is not None:
        made = replace(
            made,
            business_no=stored.business_no or made.business_no,
            subject=content.subject or stored.subject,
            events=stored.events + 1,
        )
    return made, replace(
        entry, n=made.events, status=Status.SENT, attempt=attempt, source="gateway", note=RECOVERED
    )


def recovered_earlier(
    stored: Declaration, attempt: int, message: int, at: int
) -> tuple[Declaration, Entry]:
    """Return a filing that went on without an attempt which customs received and a restore lost,
    and the line that tells of it."""
    declaration = replace(stored, events=stored.events + 1)
    return declaration, Entry(
        seq_no=stored.seq_no,
        n=declaration.events,
        at=at,
        event=Event.DECLARED,
        status=stored.status,
        attempt=attempt,
        source="gateway",
        stale=True,
        message=message,
        note=RECOVERED,
    )
