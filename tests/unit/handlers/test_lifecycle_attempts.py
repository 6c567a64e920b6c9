"""What the lifecycle makes of attempts that follow each other, and of customs asking again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.declaration import answered, asked, asked_again, filed, refiled, sent, withdrawn
from handlers.lifecycle import FINAL_ORDER, PROVES, Event, Status
from tests.unit.handlers.lifecycle_news import (
    NOW,
    SEQ_NO,
    E,
    News,
    S,
    answer,
    apply,
    content,
    declared,
    end,
)


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
