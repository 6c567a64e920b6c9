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


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Decisions that were given together.

    Attributes:
        act: What was decided; empty where there is no such batch.
        waiting: How many can still be taken back; ``done``, ``undone``, ``refused``: how many ended
            so.
        rows: A part of those that were refused, in order.
    """

    act: str
    waiting: int
    done: int
    undone: int
    refused: int
    rows: tuple[PendingRow, ...]

    @property
    def total(self) -> int:
        """Return how many there are."""
        return self.waiting + self.done + self.undone + self.refused


def batch_of(connection: Connection, number: int, *, most: int, skip: int) -> Batch:
    """Return what became of the decisions of a batch, with ``most`` refusals behind ``skip``."""
    act, outcomes = mark_sql.batch_outcomes(connection, number)
    waiting, done, undone = (outcomes.pop(each, 0) for each in ("", DONE, UNDONE))
    rows = mark_sql.batch_refused(connection, number, ("", DONE, UNDONE), most=most, skip=skip)
    return Batch(
        act=act,
        waiting=waiting,
        done=done,
        undone=undone,
        refused=sum(outcomes.values()),
        rows=tuple(rows),
    )


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
