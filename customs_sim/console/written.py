"""Moments and lengths of time as people write them. Local times are Beijing's. Reads nothing."""

from __future__ import annotations

import re
from datetime import datetime

from customs_sim.control.problems import bad_value
from schemas.times import SHANGHAI

UNITS = {
    "s": 1,
    "秒": 1,
    "m": 60,
    "min": 60,
    "分": 60,
    "分钟": 60,
    "h": 3600,
    "小时": 3600,
    "d": 86400,
    "天": 86400,
    "w": 604800,
    "周": 604800,
}
LENGTH = re.compile(r"\+?\s*(\d{1,12}(?:\.\d{1,6})?)\s*([a-z一-鿿]*)", re.IGNORECASE)
WANTED = (
    "秒数 (3600), 时长 (+3d, 2h, P30D), 日期 (2026-11-28), 北京时间 (2026-11-28 10:00) 或 RFC 3339",
    "seconds (3600), a length (+3d, 2h, P30D), a date (2026-11-28), Beijing time (2026-11-28 10:00)"
    " or RFC 3339",
)


def time_of(field: str, text: str) -> float | str:
    """Return what the clock's order takes: seconds, an ISO 8601 duration, or an instant with its
    offset. Raise Refused, 400, for what is none of them."""
    words = text.strip()
    length = LENGTH.fullmatch(words)
    if length and (not length[2] or length[2].lower() in UNITS):
        return float(length[1]) * UNITS.get(length[2].lower(), 1)
    if words.lstrip("+").upper().startswith("P"):
        return words.lstrip("+")
    try:
        at = datetime.fromisoformat(words.replace("/", "-"))
    except ValueError:
        raise bad_value(field, text, *WANTED) from None
    return (at if at.tzinfo else at.replace(tzinfo=SHANGHAI)).isoformat()
