"""How many filings of a list stand in each status: one question for all chips of a screen."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from sqlalchemy import Connection, func, select

from gateway.queries.filters import Filter, conditions_of
from gateway.store import tables as t
from handlers.lifecycle import LABELS, Status


class StatusCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many filings of a list stand in one status."""

    status: str
    status_text: str
    status_text_en: str
    count: int


class StatusCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The nine statuses in their order; ``total`` counts all filings together."""

    items: tuple[StatusCount, ...]
    total: int


def counts(connection: Connection, narrowed: Filter) -> StatusCounts:
    """Return how many filings of a list stand in each status, whatever status it is narrowed to."""
    d = t.declarations.c
    every = conditions_of(replace(narrowed, status=None))
    rows = connection.execute(select(d.status, func.count()).where(*every).group_by(d.status))
    found: dict[str, int] = {row[0]: row[1] for row in rows}
    return StatusCounts(
        items=tuple(
            StatusCount(
                status=status.value,
                status_text=LABELS[status][0],
                status_text_en=LABELS[status][1],
                count=found.get(status.value, 0),
            )
            for status in Status
        ),
        total=sum(found.values()),
    )


def overdue(connection: Connection, enterprises: frozenset[str]) -> int:
    """Return how many levies of these enterprises customs told to be overdue."""
    levies = t.levies.c
    wanted = select(func.count()).where(levies.enterprise.in_(enterprises), levies.overdue == 1)
    return int(connection.execute(wanted).scalar_one())
