"""Strips: which answers a waiting case was given, and how far each got, small enough for a row of a
list. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from customs_sim.cases.case import Case, CaseStatus
from customs_sim.desk.deliveries import Delivery, Sent, deliveries
from customs_sim.store import tables as t

STORED, TAKEN, TO_PERSON = "GRT200", "Y", "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One answer. ``code``: GRT200, or the manageResult of what followed."""

    code: str
    delivery: Delivery


def strips(connection: Connection, cases: Sequence[Case]) -> Mapping[int, tuple[Dot, ...]]:
    """Return what these cases were answered, by case number; several GRT200, one for each part of
    a filing, are one dot, that of the last."""
    if not cases:
        return {}
    m = t.messages.c
    rows = connection.execute(
        select(m.case_no, m.id, m.message_id, m.message_type)
        .where(m.case_no.in_([case.case_no for case in cases]), m.direction == "out")
        .order_by(m.id)
    ).fetchall()
    known = deliveries(connection, [Sent(row.id, "out", row.message_id) for row in rows])
    answers: dict[int, list[tuple[str, Delivery]]] = {case.case_no: [] for case in cases}
    for row in rows:
        answers[row.case_no].append((row.message_type, known[row.id]))
    return {case.case_no: _named(case, answers[case.case_no]) for case in cases}


def _named(case: Case, answers: Sequence[tuple[str, Delivery]]) -> tuple[Dot, ...]:
    """Name the answers behind GRT200 by their result: the status tells the last, and what came
    before it was Y."""
    last, reviewed = len(answers) - 1, case.status is CaseStatus.REVIEW
    dots = {
        STORED if kind == STORED else TO_PERSON if reviewed and at == last else TAKEN: delivery
        for at, (kind, delivery) in enumerate(answers)
    }
    return tuple(Dot(code=code, delivery=delivery) for code, delivery in dots.items())
