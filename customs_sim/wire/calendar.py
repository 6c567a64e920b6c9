"""Business time as customs uses it: the moment of a unit, working days of China and office hours.
Reads no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import chinese_calendar

from schemas.times import SHANGHAI, local, micros, to_xsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One moment in the forms that a unit needs; made once a unit.

    Attributes:
        at: Microseconds UTC.
        day: The day in Asia/Shanghai; all that follow are Asia/Shanghai too.
        wire: yyyy-MM-dd HH:mm:ss.
        stamp: yyyyMMddHHmmss.
        xsd: xs:dateTime without offset, for packages and their transport.
    """

    at: int
    day: date
    wire: str
    stamp: str
    xsd: str

    @classmethod
    def of(cls, now: datetime) -> Moment:
        """Return the forms of ``now``, which must be aware."""
        local = now.astimezone(SHANGHAI)
        xsd = to_xsd(local)
        return cls(
            at=micros(now),
            day=local.date(),
            wire=xsd.replace("T", " "),
            stamp=local.strftime("%Y%m%d%H%M%S"),
            xsd=xsd,
        )


_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day.

    Attributes:
        working: Whether people work on it.
        holiday: The national holiday that it belongs to, in English as the library names it; None
            without one. A day worked instead of one has it too.
        known: Whether the year is published; otherwise only weekends are free.
    """

    day: date
    working: bool
    holiday: str | None
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Office hours in Asia/Shanghai. What comes at ``cut_off`` or later is left to the next working
    day."""

    opens: time
    closes: time
    cut_off: time


def day_of(day: date) -> Day:
    """Return what is known of a day."""
    try:
        free, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:  # the year is not published yet, or lies before 2004
        return Day(day=day, working=day.weekday() < 5, holiday=None, known=False)
    return Day(day=day, working=not free, holiday=name if name in _HOLIDAYS else None, known=True)


def next_working_day(day: date) -> date:
    """Return ``day`` itself when people work on it, else the first day after it on which they
    do."""
    while not day_of(day).working:
        day += _DAY
    return day


def rolled(at: int) -> int:
    """Return a deadline (microseconds UTC); one that falls on a day off ends at the same hour of
    the next working day."""
    moment = _local(at)
    return at + (next_working_day(moment.date()) - moment.date()).days * 86_400_000_000


def working_days_after(at: int, days: int) -> int:
    """Return the same hour of the day that is so many working days after ``at`` (microseconds
    UTC)."""
    day = _local(at).date()
    for _ in range(days):
        day = next_working_day(day + _DAY)
    return at + (day - _local(at).date()).days * 86_400_000_000


def next_working_moment(at: int, hours: Hours) -> int:
    """Return ``at`` (microseconds UTC) itself within office hours and before the cut-off, else the
    next opening."""
    moment = _local(at)
    day = next_working_day(moment.date())
    if day == moment.date():
        if hours.opens <= moment.time() < hours.cut_off:
            return at
        if moment.time() >= hours.cut_off:
            day = next_working_day(day + _DAY)
    return micros(datetime.combine(day, hours.opens, SHANGHAI))


def is_open(at: int, hours: Hours) -> bool:
    """Return whether the office is open at ``at``, in microseconds UTC."""
    moment = _local(at)
    return day_of(moment.date()).working and hours.opens <= moment.time() < hours.closes


def _local(at: int) -> datetime:
    return local(at).replace(microsecond=0)


_HOLIDAYS = frozenset(holiday.value for holiday in chinese_calendar.Holiday)
