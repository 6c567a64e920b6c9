"""Strips: which answers a waiting case was given, and what is known of each, small enough for a row
of a list. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select

from customs_sim.cases.case import Case, CaseStatus
from customs_sim.store import tables as t

MOST = 500
"""Rows of the outbox that are looked through."""
SENT, WAITS, STRUCK = "sent", "waits", "struck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One answer.

    Attributes:
        code: Message type, or the manageResult of a later answer.
        state: ``sent``; ``waits`` in the outbox; ``struck``: a fault changed or dropped it.
    """

    code: str
    state: str


def strips(connection: Connection, cases: Sequence[Case]) -> Mapping[int, tuple[Dot, ...]]:
    """Return what these cases were answered, by case number."""
    numbers = [case.case_no for case in cases]
    if not numbers:
        return {}
    m, d = t.messages.c, t.disturbed.c
    rows = connection.execute(
        select(m.case_no, m.id, m.message_type)
        .where(m.case_no.in_(numbers), m.direction == "out")
        .order_by(m.id)
    ).fetchall()
    waits = _waiting(connection)
    struck = {
        row.message
        for row in connection.execute(
            select(d.message).where(d.message.in_([row.id for row in rows]))
        )
    }
    answers: dict[int, list[tuple[str, str]]] = {number: [] for number in numbers}
    for row in rows:
        state = STRUCK if row.id in struck else WAITS if row.id in waits else SENT
        answers[row.case_no].append((row.message_type, state))
    return {case.case_no: _named(case, answers[case.case_no]) for case in cases}


def _named(case: Case, answers: Iterable[tuple[str, str]]) -> tuple[Dot, ...]:
    """Name the answers behind GRT200 by their result: the status tells the last, and what came
    before it was Y."""
    found = list(answers)
    last = len(found) - 1
    reviewed = case.status is CaseStatus.REVIEW
    return tuple(
        Dot(code=kind if kind == "GRT200" else "2" if reviewed and at == last else "Y", state=state)
        for at, (kind, state) in enumerate(found)
    )


def _waiting(connection: Connection) -> set[int]:
    """Return the archive ids of what the outbox still holds."""
    rows = connection.execute(select(t.outbox.c["items"]).order_by(t.outbox.c.id).limit(MOST))
    return {number for (items,) in rows for number in msgspec.json.decode(items) if number > 0}
