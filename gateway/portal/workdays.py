"""Working days of China, for deadlines. Reads no clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import chinese_calendar

from schemas.times import local_day

FAR = 400
"""Days beyond which nobody counts."""


def working(day: date) -> bool:
    """Return whether people work on a day. Of a year that is not published only weekends are
    free."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def days_left(now: datetime, until: datetime) -> int:
    """Return how many working days are left after today until a deadline, that day included;
    negative where it passed, by the working days since."""
    today, last = local_day(now), local_day(until)
    sign, first, end = (1, today, last) if last >= today else (-1, last, today)
    end = min(end, first + timedelta(days=FAR))
    return sign * sum(working(first + timedelta(days=n)) for n in range(1, (end - first).days + 1))
