"""What receipts make of a declaration, whatever order they come in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.declaration import answered
from handlers.lifecycle import TABLE, Event, Status
from tests.unit.handlers.lifecycle_news import (
    FINALS,
    NOW,
    PATHS,
    E,
    News,
    S,
    answer,
    apply,
    declared,
    deliveries,
    end,
)


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
