"""Working days of China: published years, unknown years, office hours."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from customs_sim.wire.calendar import (
    Hours,
    day_of,
    is_open,
    next_working_day,
    next_working_moment,
    rolled,
)
from schemas.times import SHANGHAI, micros, to_wire

HOURS = Hours(opens=time(9), closes=time(17), cut_off=time(16, 30))


def at(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    ("day", "working", "holiday"),
    [
        ("2026-10-01", False, "National Day"),
        ("2026-10-10", True, "National Day"),
        ("2026-02-14", True, "Spring Festival"),
        ("2026-11-28", False, None),
        ("2026-11-23", True, None),
    ],
)
def test_a_published_year_knows_its_holidays_and_the_days_worked_instead(
    day: str, working: bool, holiday: str | None
) -> None:
    found = day_of(date.fromisoformat(day))
    assert (found.working, found.holiday, found.known) == (working, holiday, True)


def test_a_year_that_is_not_published_has_weekends_only_and_says_so() -> None:
    assert [day_of(date(2050, 10, day)).working for day in range(1, 8)] == [
        False,
        False,
        True,
        True,
        True,
        True,
        True,
    ]
    assert not day_of(date(2050, 10, 1)).known


def test_a_deadline_in_the_national_holiday_ends_at_the_same_hour_of_the_first_working_day() -> (
    None
):
    assert to_wire(rolled(at("2026-10-02 11:22:33"))) == "2026-10-08 11:22:33"
    assert next_working_day(date(2026, 10, 8)) == date(2026, 10, 8)


@pytest.mark.parametrize(
    ("moment", "following"),
    [
        ("2026-11-27 08:59:59", "2026-11-27 09:00:00"),
        ("2026-11-27 16:29:59", "2026-11-27 16:29:59"),
        ("2026-11-27 16:30:00", "2026-11-30 09:00:00"),
        ("2026-11-28 10:00:00", "2026-11-30 09:00:00"),
    ],
)
def test_work_after_the_cut_off_is_left_to_the_next_working_day(
    moment: str, following: str
) -> None:
    assert to_wire(next_working_moment(at(moment), HOURS)) == following


def test_the_office_is_open_until_it_closes_on_working_days() -> None:
    assert is_open(at("2026-11-27 16:59:00"), HOURS)
    assert not is_open(at("2026-11-27 17:00:00"), HOURS)
    assert not is_open(at("2026-11-28 10:00:00"), HOURS)
