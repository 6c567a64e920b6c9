"""The span of days, and moments at and beyond the edges of the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.body import amount_of, date_of
from schemas.times import (
    EARLIEST,
    LATEST,
    SHANGHAI,
    day_named,
    local,
    micros,
    moment,
    to_wire,
    within,
)


@given(st.integers())
def test_any_number_is_shown_as_some_moment(at: int) -> None:
    shown = local(at)
    assert shown.tzinfo is SHANGHAI
    assert shown == moment(at)
    assert len(to_wire(at)) == 19
    for hours in (-14, 14):
        shown.astimezone(timezone(timedelta(hours=hours))) + timedelta(hours=1)


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(9998, 12, 31)),  # noqa: DTZ001
    st.integers(-14, 14),
)
def test_what_is_within_the_span_is_shown_as_it_is(when: datetime, hours: int) -> None:
    told = when.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert within(told)
    assert local(micros(told)) == told


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1900-01-01", EARLIEST),
        ("9998-12-31", LATEST),
        ("2026-02-28", date(2026, 2, 28)),
        ("2026-02-30", None),
        ("1899-12-31", None),
        ("9999-01-01", None),
        ("20260228", None),
        ("2026-W01-1", None),
        ("２０２６-01-01", None),
        ("2026-01-01 ", None),
        ("", None),
    ],
)
def test_a_day_is_named_in_one_way(text: str, day: date | None) -> None:
    assert day_named(text) == day


def test_the_edges_are_within() -> None:
    assert within(datetime(1900, 1, 1, tzinfo=UTC))
    assert not within(datetime(1899, 12, 31, 23, tzinfo=UTC))
    assert date_of("9999-01-01") is None


@pytest.mark.parametrize(
    "text", ["1e3", "1,000", "", ".", "-", "+1", "１", "9" * 16, "1." + "0" * 11]
)
def test_what_is_no_amount(text: str) -> None:
    assert amount_of(text) is None


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 10))
def test_every_other_amount_is_exact(whole: int, places: int) -> None:
    text = f"{whole}.{'7' * places}"
    amount = amount_of(text)
    assert amount is not None
    assert amount.quantize(amount) == amount
    assert amount_of(f"{'0' * 30}{abs(whole)}") == abs(whole)
