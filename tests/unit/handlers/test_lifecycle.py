"""The lifecycle table, and what receipts make of a declaration, whatever order they come in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.contract import Answer, Facets
from handlers.declaration import (
    Content,
    Declaration,
    Entry,
    answered,
    asked,
    asked_again,
    filed,
    refiled,
    sent,
    withdrawn,
)
from handlers.lifecycle import (
    EDITABLE,
    FINAL_ORDER,
    LABELS,
    PROCESSING,
    PROVES,
    TABLE,
    Event,
    Status,
    advance,
    diagram,
    status_named,
    status_text,
)

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


# the table


def test_there_are_nine_statuses_each_with_two_labels_and_a_row() -> None:
    assert len(Status) == 9
    assert set(LABELS) == set(TABLE) == set(Status)
    assert all(zh and en for zh, en in LABELS.values())
    assert len({zh for zh, _ in LABELS.values()}) == 9


def test_every_event_moves_something_and_every_status_can_be_reached() -> None:
    moves = [(event, target) for row in TABLE.values() for event, target in row.items()]
    assert {event for event, _ in moves} == set(Event) - NEVER_MOVES
    assert {target for _, target in moves} == set(Status)


def test_an_event_leads_to_one_status_wherever_it_is_legal() -> None:
    targets: dict[Event, set[Status]] = {}
    for row in TABLE.values():
        for event, target in row.items():
            targets.setdefault(event, set()).add(target)
    assert targets == {
        E.ASKED: {S.PENDING},
        E.CLEARED: {S.APPROVED},
        E.SAVED: {S.DRAFT},
        E.DECLARED: {S.DECLARED},
        E.SENT: {S.SENT},
        E.STORED: {S.RECEIVED},
        E.NOT_STORED: {S.REFUSED},
        E.TO_PERSON: {S.REVIEW},
        E.APPROVED: {S.APPROVED},
        E.RETURNED: {S.RETURNED},
    }


def test_what_the_enterprise_may_edit_is_what_it_may_save_and_declare() -> None:
    assert (
        {s for s, row in TABLE.items() if E.SAVED in row}
        == {s for s, row in TABLE.items() if E.DECLARED in row}
        == EDITABLE
    )
    assert {S.PENDING, S.DRAFT, S.REFUSED, S.RETURNED} == EDITABLE


def test_an_answer_may_come_before_the_sent_mark_but_never_before_the_declaration() -> None:
    for event in (E.STORED, E.NOT_STORED, E.TO_PERSON, E.APPROVED, E.RETURNED):
        assert event in TABLE[S.DECLARED]
        assert event in TABLE[S.SENT]
        assert event not in TABLE[S.DRAFT] | TABLE[S.PENDING]


def test_nothing_but_customs_asking_again_leaves_approved() -> None:
    assert TABLE[S.APPROVED] == {E.ASKED: S.PENDING}


def test_returned_after_a_person_looked_at_it_is_a_legal_move() -> None:
    assert advance(S.REVIEW, E.RETURNED, at=5) == advance(S.RECEIVED, E.RETURNED, at=5)
    move = advance(S.REVIEW, E.RETURNED, at=5)
    assert (move.status, move.stale, move.conflict, move.decided_at) == (
        S.RETURNED,
        False,
        False,
        5,
    )


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_does_not_list_is_stale_or_contested_but_never_an_error(
    status: Status, event: Event
) -> None:
    move = advance(status, event, at=5, decided_at=3)
    if event in TABLE[status]:
        assert (move.status, move.stale) == (TABLE[status][event], False)
    elif event in FINALS and status in FINAL_ORDER and FINALS[event] is not status:
        assert move.conflict
    else:
        assert (move.status, move.stale, move.conflict) == (status, True, False)


def test_an_answer_proves_steps_that_the_table_knows() -> None:
    for event, steps in PROVES.items():
        status = S.DECLARED
        for step in (*steps, event):
            assert step in TABLE[status]
            status = TABLE[status][step]


def test_a_declared_message_is_shown_as_being_processed_until_it_is_sent() -> None:
    assert status_text(S.DECLARED) == PROCESSING == "数据正在处理"
    assert [status_text(s) for s in Status if s is not S.DECLARED] == [
        LABELS[s][0] for s in Status if s is not S.DECLARED
    ]


def test_a_status_is_found_by_its_word_and_by_either_chinese_label() -> None:
    for status in Status:
        assert (
            status_named(status.value)
            is status_named(LABELS[status][0])
            is status_named(status_text(status))
            is status
        )
    assert status_named("nothing") is status_named("") is None


def test_the_diagram_shows_every_status_and_every_move() -> None:
    lines = {line.strip() for line in diagram().splitlines()}
    for status, row in TABLE.items():
        assert any(line.startswith(f"{status.value}: ") for line in lines)
        for event, target in row.items():
            assert f"{status.value} --> {target.value}: {event.value}" in lines


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


@given(deliveries())
def test_every_reordering_and_doubling_of_a_path_ends_in_the_same_status(
    delivery: tuple[tuple[News, ...], list[News]],
) -> None:
    path, news = delivery
    wanted, _ = apply(((E.SENT, 0), *path))
    found, _ = apply(news)
    assert end(found) == end(wanted)
    assert found.status is TABLE[S.SENT][path[-1][0]]
    assert not found.conflict


@given(deliveries())
def test_a_timeline_is_gap_free_and_holds_every_step_once_and_in_order(
    delivery: tuple[tuple[News, ...], list[News]],
) -> None:
    path, news = delivery
    found, timeline = apply(news)
    assert [entry.n for entry in timeline] == list(range(2, 2 + len(timeline)))
    assert found.events == 1 + len(timeline)
    status, steps = S.DECLARED, []
    for entry in timeline:
        if entry.stale:
            assert entry.status is status
            continue
        assert TABLE[status][entry.event] is entry.status, "a step that the table does not allow"
        status = entry.status
        steps.append(entry.event)
    assert status is found.status
    assert len(set(steps)) == len(steps)
    assert E.SENT in steps
    assert path[-1][0] is steps[-1]
    if path[-1][0] is not E.NOT_STORED:
        assert steps[:2] == [E.SENT, E.STORED]


@given(deliveries())
def test_every_receipt_leaves_its_own_line_in_the_timeline(
    delivery: tuple[tuple[News, ...], list[News]],
) -> None:
    _, news = delivery
    _, timeline = apply(news)
    for number, (event, _) in enumerate(news):
        if event is not E.SENT:
            assert [e.event for e in timeline if e.message == 100 + number][-1] is event


def test_each_path_in_each_order_ends_in_the_same_status() -> None:
    for path in PATHS:
        dated = [(event, number) for number, event in enumerate(path)]
        wanted, _ = apply(dated)
        for order in set(permutations([*dated, (E.SENT, 0)])):
            assert end(apply(order)[0]) == end(wanted), order


def test_an_answer_that_comes_first_writes_the_steps_it_proves() -> None:
    def lines(*news: News) -> list[tuple[Event, Status, bool]]:
        return [(e.event, e.status, e.stale) for e in apply(news)[1]]

    assert lines((E.APPROVED, 1)) == [
        (E.SENT, S.SENT, False),
        (E.STORED, S.RECEIVED, False),
        (E.APPROVED, S.APPROVED, False),
    ]
    assert lines((E.NOT_STORED, 1)) == [(E.SENT, S.SENT, False), (E.NOT_STORED, S.REFUSED, False)]
    assert lines((E.STORED, 1), (E.SENT, 0), (E.RETURNED, 2)) == [
        (E.SENT, S.SENT, False),
        (E.STORED, S.RECEIVED, False),
        (E.RETURNED, S.RETURNED, False),
    ]
    assert lines((E.RETURNED, 2), (E.TO_PERSON, 1), (E.STORED, 1)) == [
        (E.SENT, S.SENT, False),
        (E.STORED, S.RECEIVED, False),
        (E.RETURNED, S.RETURNED, False),
        (E.TO_PERSON, S.RETURNED, True),
        (E.STORED, S.RETURNED, True),
    ]


def test_returned_after_a_person_looked_at_it_is_applied() -> None:
    for at in (1, 2):
        found, _ = apply([(E.STORED, 1), (E.TO_PERSON, 1), (E.RETURNED, at)])
        assert (found.status, found.conflict) == (S.RETURNED, 0)


def test_late_news_still_brings_what_it_carries() -> None:
    found, _ = apply([(E.APPROVED, 2), (E.STORED, 1)])
    assert found.business_no == "ZB0100202600001"
    assert found.document == 100, "the document as customs approved it"
    assert found.updated_at == NOW


def test_a_receipt_without_a_result_that_we_know_changes_nothing() -> None:
    held = declared(S.SENT)
    found, entries = answered(held, answer(None), 1, 100, NOW)
    assert (end(found), list(entries)) == (end(held), [])


# two finals


def wanted_final(finals: Sequence[News]) -> Status:
    """The rule in words: the later manageDate wins, a tie keeps approved, then returned, then
    refused."""
    latest = max(at for _, at in finals)
    met = {FINALS[event] for event, at in finals if at == latest}
    return next(status for status in (S.APPROVED, S.RETURNED, S.REFUSED) if status in met)


final_news = st.tuples(st.sampled_from(list(FINALS)), st.integers(1, 3))
other_news = st.tuples(st.sampled_from([E.STORED, E.TO_PERSON]), st.integers(0, 3))


@given(st.lists(final_news, min_size=2, max_size=3), st.lists(other_news, max_size=2))
@example([(E.APPROVED, 1), (E.RETURNED, 2), (E.APPROVED, 3)], [])
@example([(E.NOT_STORED, 2), (E.APPROVED, 2), (E.RETURNED, 2)], [])
def test_two_or_three_finals_end_alike_in_any_order_of_arrival(
    finals: list[News], others: list[News]
) -> None:
    wanted = wanted_final(finals)
    for order in permutations([*finals, *others]):
        found, _ = apply(order)
        assert found.status is wanted
        assert found.conflict == (len({event for event, _ in finals}) > 1)


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ((E.APPROVED, 1), (E.RETURNED, 2), S.RETURNED),
        ((E.APPROVED, 2), (E.RETURNED, 1), S.APPROVED),
        ((E.APPROVED, 1), (E.RETURNED, 1), S.APPROVED),
        ((E.APPROVED, 1), (E.NOT_STORED, 1), S.APPROVED),
        ((E.RETURNED, 1), (E.NOT_STORED, 1), S.RETURNED),
        ((E.RETURNED, 1), (E.NOT_STORED, 2), S.REFUSED),
    ],
)
def test_of_two_finals_the_later_wins_and_a_tie_keeps_approved(
    first: News, second: News, wanted: Status
) -> None:
    for order in ((first, second), (second, first)):
        found, timeline = apply(order)
        assert (found.status, found.conflict) == (wanted, 1)
        assert timeline[-1].stale is (FINALS[order[1][0]] is not wanted)


def test_the_same_final_twice_is_no_conflict() -> None:
    found, timeline = apply([(E.APPROVED, 1), (E.APPROVED, 3), (E.RETURNED, 2)])
    assert (found.status, found.decided_at, found.conflict) == (S.APPROVED, NOW + 3_000_000, 1)
    assert apply([(E.APPROVED, 1), (E.APPROVED, 1)])[0].conflict == 0
    assert [e.stale for e in timeline[2:]] == [False, True, True]


# attempts


@given(st.sampled_from(Status), st.sampled_from(list(PROVES)), st.integers(1, 4), st.integers(0, 9))
def test_an_answer_to_an_older_attempt_never_moves(
    status: Status, event: Event, older: int, at: int
) -> None:
    held = declared(status, attempt=5, decided_at=NOW if status in FINAL_ORDER else None)
    found, entries = answered(held, answer(event, at), older, 100, NOW)
    assert end(found) == end(held)
    assert (found.document, found.attempt) == (held.document, 5)
    assert [(e.event, e.status, e.stale, e.attempt) for e in entries] == [
        (event, status, True, older)
    ]
    assert found.events == held.events + 1


def test_a_sent_mark_of_an_older_attempt_is_no_news() -> None:
    held = declared(attempt=2)
    assert sent(held, 1, NOW) is None
    assert sent(declared(S.RECEIVED), 1, NOW) is None
    moved = sent(held, 2, NOW)
    assert moved is not None
    assert (moved[0].status, moved[0].events, moved[1].event) == (S.SENT, 2, E.SENT)


def test_a_returned_filing_declared_again_starts_anew_and_old_news_stay_old() -> None:
    returned, _ = apply([(E.RETURNED, 5), (E.APPROVED, 4)])
    assert returned.conflict == 1
    again, entry = refiled(returned, content(), 20, NOW)
    assert (again.status, again.attempt, again.decided_at, again.conflict) == (
        S.DECLARED,
        2,
        None,
        0,
    )
    assert (entry.event, entry.attempt, entry.n) == (E.DECLARED, 2, returned.events + 1)
    late, _ = answered(again, answer(E.RETURNED, 9), 1, 100, NOW)
    assert late.status is S.DECLARED
    approved, _ = answered(late, answer(E.APPROVED, 1), 2, 101, NOW)
    assert (approved.status, approved.conflict) == (S.APPROVED, 0)


def test_a_returned_filing_saved_as_a_draft_keeps_its_attempt_and_no_answer_moves_it() -> None:
    returned, _ = apply([(E.RETURNED, 5)])
    draft, entry = refiled(returned, content(declares=False), 20, NOW)
    assert (draft.status, draft.attempt, entry.event) == (S.DRAFT, 1, E.SAVED)
    for event in PROVES:
        assert answered(draft, answer(event, 9), 1, 100, NOW)[0].status is S.DRAFT


# customs asks


def test_what_customs_asks_for_waits_for_the_enterprise_and_is_declared_as_the_first_attempt() -> (
    None
):
    pending, entry = asked(SEQ_NO, content(), 11, NOW)
    assert (pending.status, pending.attempt, pending.events) == (S.PENDING, 0, 1)
    assert (entry.event, entry.status, entry.source) == (E.ASKED, S.PENDING, "customs")
    declaration, entry = refiled(pending, content(), 12, NOW)
    assert (declaration.status, declaration.attempt, entry.n) == (S.DECLARED, 1, 2)


@pytest.mark.parametrize(
    "news",
    [[], [(E.SENT, 0)], [(E.STORED, 1)], [(E.TO_PERSON, 1)], [(E.APPROVED, 1)], [(E.RETURNED, 1)]],
)
def test_asking_again_supersedes_the_open_filing_and_its_answers_come_too_late(
    news: list[News],
) -> None:
    held, _ = apply(news)
    again, entry = asked_again(held, content(), 50, NOW)
    assert (again.status, again.conflict, again.decided_at, entry.n) == (
        S.PENDING,
        0,
        None,
        held.events + 1,
    )
    for event in PROVES:
        assert answered(again, answer(event, 9), 1, 100, NOW)[0].status is S.PENDING
    confirmed, _ = refiled(again, content(), 51, NOW)
    assert confirmed.attempt == 2
    late, _ = answered(confirmed, answer(E.RETURNED, 9), 1, 101, NOW)
    approved, _ = answered(late, answer(E.APPROVED, 1), 2, 102, NOW)
    assert (approved.status, approved.conflict) == (S.APPROVED, 0)


def test_a_draft_that_customs_asks_again_about_is_outdated() -> None:
    draft, _ = refiled(asked(SEQ_NO, content(), 11, NOW)[0], content(declares=False), 12, NOW)
    again, entry = asked_again(draft, content(), 13, NOW)
    assert (again.status, again.outdated) == (S.PENDING, 1)
    assert entry.note


@pytest.mark.parametrize("declares", [True, False])
def test_a_new_filing_is_declared_or_a_draft(declares: bool) -> None:
    new, entry = filed(SEQ_NO, content(declares=declares), 11, NOW)
    assert (new.status, new.attempt) == ((S.DECLARED, 1) if declares else (S.DRAFT, 0))
    assert (new.events, entry.n, entry.source) == (1, 1, "enterprise")


def test_a_withdrawn_draft_keeps_its_status_and_is_marked() -> None:
    gone, entry = withdrawn(declared(S.DRAFT, attempt=0), NOW)
    assert (gone.status, gone.deleted, gone.events) == (S.DRAFT, 1, 2)
    assert (entry.stale, entry.note, entry.source) == (True, "withdrawn", "enterprise")


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
