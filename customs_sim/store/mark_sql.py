"""Statements about the marks of the desk: cases put off, cases claimed, decisions that can still be
taken back. People only run them, so none is compiled ahead. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from customs_sim.store import desk_tables, mark_tables
from gateway.base.store import builders

DAY = 86_400_000_000
"""How long a decision that is over is remembered, in microseconds."""


class HoldRow(NamedTuple):
    """A row of c_holds. ``until``: business time, in microseconds UTC."""

    case_no: int
    until: int
    reason: str
    operator: str


class ClaimRow(NamedTuple):
    """A row of c_claims. ``until``: wall time, in microseconds UTC."""

    case_no: int
    operator: str
    session: str
    until: int


class PendingRow(NamedTuple):
    """A row of c_pending. ``due``: wall time, in microseconds UTC; ``notes``: a JSON list."""

    id: int
    batch: int
    case_no: int
    seq_no: str
    act: str
    notes: str
    operator: str
    role: str
    due: int
    outcome: str = ""
    said_zh: str = ""
    said_en: str = ""


def put_off(now: int) -> ColumnElement[int]:
    """Return the numbers of the cases that are put off at ``now`` (business time), for a
    condition."""
    h = mark_tables.holds.c
    return select(h.case_no).where(h.until > now).scalar_subquery()


def claimed(wall: int, operator: str = "") -> ColumnElement[int]:
    """Return the numbers of the cases that somebody, or ``operator``, works on at ``wall``."""
    m = mark_tables.claims.c
    wanted = [_lasts(wall), *([m.operator == operator] if operator else [])]
    return select(m.case_no).where(*wanted).scalar_subquery()


def given() -> ColumnElement[int]:
    """Return the numbers of the cases with a decision that can be taken back, for a condition."""
    p = mark_tables.pending.c
    return select(p.case_no).where(p.outcome == "").scalar_subquery()


def _lasts(wall: int) -> ColumnElement[bool]:
    """Return whether a claim is good: within its time, and its session is not over."""
    m, s = mark_tables.claims.c, desk_tables.sessions.c
    known = exists().where(s.hash == m.session, s.expires > wall)
    return (m.until > wall) & or_(m.session == "", known)


def holds(connection: Connection, cases: Iterable[int], now: int) -> dict[int, HoldRow]:
    """Return the holds of these cases that last at ``now``, by case number."""
    h = mark_tables.holds.c
    rows = connection.execute(select(*h).where(h.case_no.in_(list(cases)), h.until > now))
    return {row.case_no: HoldRow._make(row) for row in rows}


def claims(connection: Connection, cases: Iterable[int], wall: int) -> dict[int, ClaimRow]:
    """Return the claims of these cases that last at ``wall``, by case number."""
    m = mark_tables.claims.c
    rows = connection.execute(select(*m).where(m.case_no.in_(list(cases)), _lasts(wall)))
    return {row.case_no: ClaimRow._make(row) for row in rows}


def latest(connection: Connection, cases: Iterable[int]) -> dict[int, PendingRow]:
    """Return the decision on each of these cases that can be taken back, else the one given last,
    by case number."""
    p = mark_tables.pending.c
    rows = connection.execute(
        select(*p).where(p.case_no.in_(list(cases))).order_by(p.case_no, p.outcome == "", p.id)
    )
    return {row.case_no: PendingRow._make(row) for row in rows}


def put_hold(connection: Connection, row: HoldRow) -> None:
    """Enter a hold in the place of the one before."""
    _put(connection, mark_tables.holds, row)


def put_claim(connection: Connection, row: ClaimRow) -> None:
    """Enter a claim in the place of the one before."""
    _put(connection, mark_tables.claims, row)


def _put(connection: Connection, table: Table, row: HoldRow | ClaimRow) -> None:
    put = builders.upsert(connection.dialect, table, ("case_no",))
    connection.execute(put, row._asdict())


def drop_hold(connection: Connection, case_no: int) -> None:
    """Delete the hold of a case."""
    holds_of = mark_tables.holds
    connection.execute(delete(holds_of).where(holds_of.c.case_no == case_no))


def drop_claim(connection: Connection, case_no: int) -> None:
    """Delete the claim of a case."""
    claims_of = mark_tables.claims
    connection.execute(delete(claims_of).where(claims_of.c.case_no == case_no))


def drop_marks(connection: Connection, cases: Sequence[int]) -> None:
    """Delete holds and claims of cases that were decided."""
    for table in (mark_tables.holds, mark_tables.claims):
        connection.execute(delete(table).where(table.c.case_no.in_(cases)))


def add_pending(connection: Connection, rows: Sequence[PendingRow], wall: int) -> None:
    """Enter decisions that can be taken back, and forget those that were over a day ago."""
    p = mark_tables.pending.c
    connection.execute(delete(mark_tables.pending).where(p.outcome != "", p.due < wall - DAY))
    connection.execute(insert(mark_tables.pending), [row._asdict() for row in rows])


def settle(connection: Connection, number: int, outcome: str, zh: str = "", en: str = "") -> bool:
    """Write what became of a decision; return False when that is written already."""
    p = mark_tables.pending.c
    settled = (
        update(mark_tables.pending)
        .where(p.id == number, p.outcome == "")
        .values(outcome=outcome[:64], said_zh=zh, said_en=en)
    )
    return bool(connection.execute(settled).rowcount)


def next_due(connection: Connection) -> int | None:
    """Return when the next decision is to be carried out; None when there is none."""
    p = mark_tables.pending.c
    at: int | None = connection.execute(select(func.min(p.due)).where(p.outcome == "")).scalar()
    return at


def due(connection: Connection, wall: int, most: int) -> list[PendingRow]:
    """Return decisions that are to be carried out by ``wall``, in order, those of one officer."""
    p = mark_tables.pending.c
    rows = connection.execute(
        select(*p).where(p.outcome == "", p.due <= wall).order_by(p.due, p.id).limit(most)
    )
    found = [PendingRow._make(row) for row in rows]
    return [row for row in found if (row.operator, row.role) == (found[0].operator, found[0].role)]


def batch_outcomes(connection: Connection, number: int) -> tuple[str, dict[str, int]]:
    """Return the act of decisions that were given together, empty without one, and how many there
    are by outcome."""
    p = mark_tables.pending.c
    rows = connection.execute(
        select(p.act, p.outcome, func.count())
        .where(p.batch == number)
        .group_by(p.act, p.outcome)
        .order_by(p.act, p.outcome)
    ).fetchall()
    return rows[0].act if rows else "", {outcome: int(count) for _, outcome, count in rows}


def batch_refused(
    connection: Connection, number: int, other: Sequence[str], *, most: int, skip: int
) -> list[PendingRow]:
    """Return a part of the decisions that were given together and refused, in order. ``other``:
    every outcome that is no refusal."""
    p = mark_tables.pending.c
    rows = connection.execute(
        select(*p)
        .where(p.batch == number, p.outcome.not_in(other))
        .order_by(p.id)
        .offset(skip)
        .limit(most)
    )
    return [PendingRow._make(row) for row in rows]


def batch_waits(connection: Connection, number: int) -> list[str]:
    """Return the SeqNos of decisions given together that can still be taken back, in order."""
    p = mark_tables.pending.c
    return list(
        connection.scalars(
            select(p.seq_no).where(p.batch == number, p.outcome == "").order_by(p.id)
        )
    )
