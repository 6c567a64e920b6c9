"""The audit: who did what at the desk, when, with the state before and after. A row is written with
what it tells of, in one transaction; nothing changes or removes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, func, or_, select

from customs_sim.office.operators import Actor
from customs_sim.store.desk_tables import audit

DONE = "done"
MOST_TEXT = 4000
"""Characters of a state that are kept: enough for every act of the desk but a whole scenario
file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row. ``at`` business time, ``wall_at`` wall time, microseconds UTC; ``before`` and
    ``after`` JSON or empty."""

    id: int
    at: int
    wall_at: int
    operator: str
    role: str
    action: str
    target: str
    outcome: str
    before: str
    after: str


def entry(
    number: int,
    by: Actor,
    at: int,
    wall: int,
    action: str,
    target: str,
    outcome: str,
    before: object,
    after: object,
) -> tuple[Any, ...]:
    """A row of c_audit."""
    return (
        number,
        at,
        wall,
        by.name[:64],
        by.role.value,
        action[:40],
        target[:64],
        outcome[:64],
        _text(before),
        _text(after),
    )


def _text(state: object) -> str:
    """JSON that is always whole: a state that is too long is kept as its beginning, as one
    string."""
    if state is None:
        return ""
    text = msgspec.json.encode(state).decode()
    return (
        text
        if len(text) <= MOST_TEXT
        else msgspec.json.encode(text[: MOST_TEXT // 2] + " …").decode()
    )


def entries(connection: Connection, q: str, *, before: int, most: int) -> tuple[list[Entry], int]:
    """Newest first, with the total; ``q`` is a whole operator, action or target, empty for
    everything."""
    c = audit.c
    named = or_(c.operator == q, c.action == q, c.target == q) if q else c.id > 0
    rows = connection.execute(
        select(*c).where(named, c.id < before).order_by(c.id.desc()).limit(most)
    )
    total = connection.execute(select(func.count()).select_from(audit).where(named)).scalar_one()
    return [Entry(**row) for row in rows.mappings()], int(total)
