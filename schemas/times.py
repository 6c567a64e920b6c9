"""Times: Asia/Shanghai text on the wire, microseconds UTC in the stores, and the span of days that
every reader can show. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept one time without summer time since 1991; a fixed offset needs no zone database."""
EARLIEST, LATEST = date(1900, 1, 1), date(9998, 12, 31)
"""The days that a stranger may name. At the edges of the calendar a change of zone or one more day
leads out of it, and what is stored could not be shown."""
SPAN = "1900-01-01 … 9998-12-31"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_LOW = -62_135_510_400 * _SECOND
_HIGH = 253_402_127_999 * _SECOND
"""A day within the edges of the calendar: any zone can show them."""


def micros(moment: datetime) -> int:
    """Return microseconds since 1970 UTC."""
    since = moment - _EPOCH  # exact, where a float would round
    return (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds


def moment(at: int) -> datetime:
    """Return the aware moment (UTC) of microseconds since 1970. A store may hold what no calendar
    has: such a moment is shown as the nearest that can be, so that one row never hides the
    others."""
    at = min(max(int(at), _LOW), _HIGH)
    return datetime.fromtimestamp(at // _SECOND, UTC).replace(microsecond=at % _SECOND)


def local(at: int) -> datetime:
    """Return ``moment`` in Asia/Shanghai."""
    return moment(at).astimezone(SHANGHAI)


def local_day(moment: datetime) -> date:
    """Return the day of an aware moment in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def within(when: date | datetime) -> bool:
    """Return whether every reader can show ``when``, in whatever zone it was told."""
    day = when.date() if isinstance(when, datetime) else when
    return EARLIEST <= day <= LATEST


def day_named(text: str) -> date | None:
    """Return the day that a stranger names by ``yyyy-MM-dd``; None for anything else and for one
    that is not ``within`` the span."""
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if within(day) else None


def to_xsd(moment: datetime) -> str:
    """Return an aware moment as CreatTime and send_time carry it: xs:dateTime of Asia/Shanghai
    without offset (``docs/wire.md`` 1.1)."""
    return moment.astimezone(SHANGHAI).isoformat()[:19]


def from_wire(text: str) -> int:
    """Return ``yyyy-MM-dd HH:mm:ss`` or a date alone (then midnight), Asia/Shanghai, as
    microseconds UTC; 0 when it is neither."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return 0
    return micros(when if when.tzinfo else when.replace(tzinfo=SHANGHAI))


def to_wire(at: int) -> str:
    """Return ``yyyy-MM-dd HH:mm:ss`` in Asia/Shanghai."""
    return wire_text(moment(at))


def wire_text(moment: datetime) -> str:
    """Return ``yyyy-MM-dd HH:mm:ss`` in Asia/Shanghai of an aware moment."""
    return moment.astimezone(SHANGHAI).replace(tzinfo=None).isoformat(" ", "seconds")


def day_text(at: int) -> str:
    """Return ``yyyy-MM-dd`` in Asia/Shanghai of microseconds UTC."""
    return local(at).date().isoformat()
