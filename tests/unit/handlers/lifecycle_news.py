"""Declarations, the news that reach them and the paths that news can take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from handlers.contract import Answer, Facets
from handlers.declaration import Content, Declaration, Entry, answered, sent
from handlers.lifecycle import Event, Status

S, E = Status, Event
SEQ_NO, NOW = 202600000000000001, 1_795_400_000_000_000
NEVER_MOVES = {E.UNDELIVERED, E.SYNCED}
FINALS = {E.NOT_STORED: S.REFUSED, E.RETURNED: S.RETURNED, E.APPROVED: S.APPROVED}

# GRT200 = 1 | 2 and GRT201 = Y, Z, 2, 1, 3 as ``docs/wire.md`` 2.6 lets them follow each other.
PATHS: tuple[tuple[Event, ...], ...] = (
    (E.NOT_STORED,),
    (E.STORED, E.NOT_STORED),
    *(
        (E.STORED, *taken, *person, final)
        for taken in ((), (E.STORED,))
        for person in ((), (E.TO_PERSON,), (E.TO_PERSON, E.TO_PERSON))
        for final in (E.APPROVED, E.RETURNED)
    ),
    *(
        (E.STORED, *taken, *person)
        for taken in ((), (E.STORED,))
        for person in ((), (E.TO_PERSON,))
    ),
)


def declared(status: Status = S.DECLARED, **changes: Any) -> Declaration:
    """A 总担保 filing, declared once."""
    fields: dict[str, Any] = {
        "seq_no": SEQ_NO,
        "enterprise": "1105910159",
        "message_type": "GRT101",
        "kind": "setup",
        "reference": "R0001",
        "filing_key": "1105910159|GRT101|R0001|0",
        "business_no": None,
        "subject": "",
        "outdated": 0,
        "change_no": 0,
        "attempt": 1,
        "status": status,
        "events": 1,
        "message": 11,
        "document": 11,
        "decided_at": None,
        "customs": "0100",
        "mode": "2",
        "gur_type": "",
        "refund_kind": "",
        "filed_at": NOW,
        "conflict": 0,
        "undeliverable": None,
        "deleted": 0,
        "updated_at": NOW,
    }
    return Declaration(**fields | changes)


def answer(event: Event | None, at: int = 0, **changes: Any) -> Answer:
    """A receipt that says ``event``, managed ``at`` seconds after the filing."""
    fields: dict[str, Any] = {
        "event": event,
        "reference": str(SEQ_NO),
        "change_no": 0,
        "result": "1",
        "managed_at": NOW + at * 1_000_000,
        "business_no": "ZB0100202600001" if event is E.APPROVED else "",
        "carries_document": event is E.APPROVED,
    }
    return Answer(**fields | changes)


News = tuple[Event, int]
"""An event and its manageDate in seconds; SENT comes from the relay and has none."""


def apply(news: Sequence[News], held: Declaration | None = None) -> tuple[Declaration, list[Entry]]:
    """Take ``news`` in the order given; the declaration and the whole timeline behind its first
    entry."""
    now, timeline = held or declared(), []
    for number, (event, at) in enumerate(news):
        if event is E.SENT:
            moved = sent(now, 1, NOW)
            if moved is not None:
                now, entry = moved
                timeline.append(entry)
        else:
            now, entries = answered(now, answer(event, at), 1, 100 + number, NOW)
            timeline += entries
    return now, timeline


def end(declaration: Declaration) -> tuple[Any, ...]:
    """What must not depend on the order of arrival."""
    d = declaration
    return d.status, d.conflict, d.business_no, d.decided_at


# receipts in any order


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[tuple[News, ...], list[News]]:
    """A path with ascending or equal manageDates, and its news doubled and reordered with SENT
    anywhere."""
    events = draw(st.sampled_from(PATHS))
    steps = draw(st.lists(st.integers(0, 2), min_size=len(events), max_size=len(events)))
    path = tuple((event, sum(steps[: n + 1])) for n, event in enumerate(events))
    doubled = draw(st.lists(st.sampled_from(path), max_size=4))
    marks = draw(st.lists(st.just((E.SENT, 0)), max_size=2))
    return path, draw(st.permutations([*path, *doubled, *marks]))


def content(*, declares: bool = True) -> Content:
    return Content(
        enterprise="1105910159",
        message_type="GRT101",
        reference="R0001",
        filing_key="1105910159|GRT101|R0001|0",
        change_no=0,
        facets=Facets(kind="setup", customs="0100", mode="2"),
        filed_at=NOW,
        declares=declares,
    )
