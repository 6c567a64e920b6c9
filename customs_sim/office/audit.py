"""The audit: who did what at the desk, when, with the state before and after.

A row is written in the transaction of the act that it tells of. Nothing changes or removes it.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select, union

from customs_sim.store.desk_tables import audit
from gateway.base.store.texts import begins

DONE, GIVEN = "done", "given"
"""Outcomes of an act that was carried out, and of one that takes effect in a moment."""
MOST_TEXT = 4000
"""Characters of a state that are kept: enough for every act of the desk but a whole scenario
file."""


class AuditEntry(NamedTuple):
    """A row of c_audit.

    Attributes:
        at: Business time, in microseconds UTC.
        wall_at: Wall time, in microseconds UTC.
        role: The role in which the operator acted.
        target: A SeqNo, register or payment; empty for customs as a whole.
        outcome: ``done``, ``given``, or the rules that forbade the act.
        before: JSON; empty where nothing was there.
        after: JSON; empty where nothing changed.
    """

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


def state_text(state: object) -> str:
    """Return ``state`` as JSON that is always whole; empty for None. A state that is too long is
    kept as its beginning, in one string."""
    if state is None:
        return ""
    text = msgspec.json.encode(state).decode()
    if len(text) <= MOST_TEXT:
        return text
    return msgspec.json.encode(text[: MOST_TEXT // 2] + " …").decode()


def entries(
    connection: Connection, q: str, *, before: int, most: int, skip: int = 0
) -> tuple[list[AuditEntry], int]:
    """Return entries, newest first, and how many there are. ``q`` is a whole operator or action, or
    the beginning of a target; empty for all. ``skip``: how many were seen."""
    c = audit.c
    named = _named(q) if q else c.id > 0
    rows = connection.execute(
        select(*c).where(named, c.id < before).order_by(c.id.desc()).offset(skip).limit(most)
    )
    total = connection.execute(select(func.count()).select_from(audit).where(named)).scalar_one()
    return [AuditEntry._make(row) for row in rows], int(total)


def _named(q: str) -> ColumnElement[bool]:
    """Return the condition of what ``q`` is found in, each by its index; an action has none, so
    only what may be one is looked for among them."""
    c = audit.c
    by = [c.operator == q, begins(c.target, q)]
    by += [c.action == q] if q.replace("_", "").isalpha() else []
    return c.id.in_(union(*(select(c.id).where(each) for each in by)))


def tally(connection: Connection, operator: str, since: int) -> dict[str, int]:
    """Return how often an operator did each act from ``since`` on, business time."""
    c = audit.c
    rows = connection.execute(
        select(c.action, func.count())
        .where(c.operator == operator[:64], c.at >= since, c.outcome == DONE)
        .group_by(c.action)
    )
    return {action: int(count) for action, count in rows}
