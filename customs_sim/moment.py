"""One moment of business time in the forms that a unit needs; made once per unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from schemas.times import SHANGHAI, micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """``at`` microseconds UTC. In Asia/Shanghai: ``day``, ``wire`` yyyy-MM-dd HH:mm:ss, ``stamp`` yyyyMMddHHmmss,
    ``xsd`` xs:dateTime without offset (packages), ``created`` with it (transport)."""

    at: int
    day: date
    wire: str
    stamp: str
    xsd: str
    created: str

    @classmethod
    def of(cls, now: datetime) -> Moment:
        local = now.astimezone(SHANGHAI)
        xsd = local.strftime("%Y-%m-%dT%H:%M:%S")
        return cls(at=micros(now), day=local.date(), wire=xsd.replace("T", " "), stamp=local.strftime("%Y%m%d%H%M%S"),
                   xsd=xsd, created=xsd + "+08:00")
