"""Marks: what the desk knows of a case beside its status. It may be put off until a day, somebody
may be working on it, and a decision may be given that can still be taken back. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from customs_sim.store import mark_sql
from customs_sim.store.mark_sql import ClaimRow, HoldRow, PendingRow

DONE, UNDONE = "done", "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The marks of one case.

    Attributes:
        hold: Until when it is put off; None while it is not.
        claim: Who works on it; None where nobody said so.
        pending: The decision that was given and can be taken back; None without one.
        refused: The decision given last, where it could not be carried out.
    """

    hold: HoldRow | None = None
    claim: ClaimRow | None = None
    pending: PendingRow | None = None
    refused: PendingRow | None = None


UNMARKED = Marks()


def marks_of(
    connection: Connection, cases: Iterable[int], *, now: int, wall: int
) -> Mapping[int, Marks]:
    """Return the marks of these cases, by number. ``now``: business time; ``wall``: wall time."""
    numbers = list(cases)
    if not numbers:
        return {}
    holds = mark_sql.holds(connection, numbers, now)
    claims = mark_sql.claims(connection, numbers, wall)
    given = mark_sql.latest(connection, numbers)
    made = {}
    for number in numbers:
        last = given.get(number)
        made[number] = Marks(
            hold=holds.get(number),
            claim=claims.get(number),
            pending=last if last and not last.outcome else None,
            refused=last if last and last.outcome not in ("", DONE, UNDONE) else None,
        )
    return made
