"""The lifecycle table."""

from __future__ import annotations

import pytest

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
from tests.unit.handlers.lifecycle_news import FINALS, NEVER_MOVES, E, S


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
