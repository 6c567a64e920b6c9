"""Times on the wire: Asia/Shanghai text to microseconds UTC and back. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept one time without summer time since 1991; a fixed offset needs no zone database."""


def micros(moment: datetime) -> int:
    """Return microseconds since 1970 UTC."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def moment(at: int) -> datetime:
    """Return the aware moment (UTC) of microseconds since 1970."""
    return datetime.fromtimestamp(at // 1_000_000, UTC).replace(microsecond=at % 1_000_000)


def to_xsd(moment: datetime) -> str:
    """Return an aware moment as CreatTime and send_time carry it: xs:dateTime of Asia/Shanghai
    without offset (``docs/wire.md`` 1.1)."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")


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
    return (
        datetime.fromtimestamp(at / 1_000_000, UTC)
        .astimezone(SHANGHAI)
        .strftime("%Y-%m-%d %H:%M:%S")
    )
