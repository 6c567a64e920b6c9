"""What falls due by the business clock, and what of it came about. Each part of the list is read by
the index that its timer goes by. Changes nothing but the list of the last moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, and_, delete, func, insert, select, text

from customs_sim.desk.lists import LASTING
from customs_sim.store import tables as t

G, L, S, T, C = t.guarantees.c, t.levies.c, t.statements.c, t.tasks.c, t.cases.c
LETTER, LEVY, STATEMENT, CASE, ANSWER, POCKETS = (
    "letter",
    "levy",
    "statement",
    "case",
    "answer",
    "pockets",
)
WAITS, DONE = "waits", "done"
"""States of what is a timer and nothing else."""
MOST = 200
"""Items of each kind that are read."""
KEPT = 20
"""Moves that are kept."""
STEPS: Mapping[str, str] = {"send": ANSWER, "pockets": POCKETS}
"""Steps of timers that are about no case, and their kind."""


class Due(msgspec.Struct, frozen=True):
    """One thing that falls due.

    Attributes:
        kind: LETTER, LEVY …
        key: What it is read by: a number, case_no, or the id of a timer.
        number: What a person knows it by.
        at: When, in microseconds UTC.
        state: The status of the register or the case; WAITS or DONE for a timer.
    """

    kind: str
    key: str
    number: str
    enterprise: str
    at: int
    state: str


class Move(msgspec.Struct, frozen=True):
    """A move of the business clock. ``happened``: what came about on the way, in order; ``state``
    is what became of each."""

    before: int
    after: int
    fired: int
    happened: tuple[Due, ...]


def due(connection: Connection, until: int, kinds: Sequence[str] = ()) -> list[Due]:
    """Return what falls due up to ``until``, in order of time; of every kind the next ``MOST``."""
    queries: dict[str, Select[Any]] = {
        LETTER: select(G.gasr_no, G.gasr_no, G.enterprise, G.valid_until, G.status)
        .where(text(LASTING), G.valid_until <= until)
        .order_by(G.valid_until),
        LEVY: select(L.levy_no, L.levy_no, L.enterprise, L.deadline, L.status)
        .where(text("deadline > 0 AND overdue = 0 AND status = '1'"), L.deadline <= until)
        .order_by(L.deadline),
        STATEMENT: select(S.stmt_no, S.stmt_no, S.enterprise, S.answer_by, S.status)
        .where(text("status = 'open' AND answer_by > 0"), S.answer_by <= until)
        .order_by(S.answer_by),
    }
    found = [
        Due(kind, *tuple(row))
        for kind, query in queries.items()
        if not kinds or kind in kinds
        for row in connection.execute(query.limit(MOST))
    ]
    if not kinds or CASE in kinds:
        steps = (
            select(T.id, T.due_at, T.step, T.case_no, C.seq_no, C.enterprise, C.status)
            .join(t.cases, C.case_no == T.case_no, isouter=True)
            .where(T.due_at <= until)
            .order_by(T.due_at, T.id)
            .limit(MOST)
        )
        found += [_step(tuple(row)) for row in connection.execute(steps)]
    return sorted(found, key=lambda each: (each.at, each.kind, each.key))


def came_about(connection: Connection, before: Sequence[Due], until: int) -> tuple[Due, ...]:
    """Return those of ``before`` that were due by ``until`` and are no longer as they were."""
    passed = [each for each in before if each.at <= until]
    now = _states(connection, passed)
    changed: dict[tuple[str, str], Due] = {}
    for each in passed:
        state = now.get((each.kind, each.key), DONE)
        if state != each.state:
            changed[each.kind, each.key] = msgspec.structs.replace(each, state=state)
    return tuple(changed.values())


def keep(connection: Connection, move: Move) -> None:
    """Enter a move, and forget those long ago."""
    m = t.moves.c
    number = int(connection.execute(select(func.coalesce(func.max(m.id), 0))).scalar_one()) + 1
    connection.execute(
        insert(t.moves).values(
            id=number,
            from_at=move.before,
            to_at=move.after,
            fired=move.fired,
            happened=msgspec.json.encode(move.happened).decode(),
        )
    )
    connection.execute(delete(t.moves).where(m.id <= number - KEPT))


def last_move(connection: Connection) -> Move | None:
    """Return the last move; None when there was none."""
    m = t.moves.c
    row = connection.execute(select(*m).order_by(m.id.desc()).limit(1)).fetchone()
    if row is None:
        return None
    happened = msgspec.json.decode(row.happened, type=tuple[Due, ...])
    return Move(row.from_at, row.to_at, row.fired, happened)


def _step(row: Sequence[Any]) -> Due:
    number, at, step, case_no, seq_no, enterprise, status = row
    kind = STEPS.get(step, CASE)
    if kind == CASE and seq_no is not None:
        return Due(CASE, str(case_no), seq_no, enterprise, at, status)
    return Due(kind, str(number), str(case_no), enterprise or "", at, WAITS)


def _states(connection: Connection, items: Sequence[Due]) -> dict[tuple[str, str], str]:
    """Return the states of ``items`` now, by kind and key; a timer that fired has none."""
    keys: dict[str, list[str]] = {}
    for each in items:
        keys.setdefault(each.kind, []).append(each.key)
    queries = {
        LETTER: select(G.gasr_no, G.status).where(G.gasr_no.in_(keys.get(LETTER, ()))),
        LEVY: select(L.levy_no, L.status).where(
            L.levy_no.in_(keys.get(LEVY, ())), text("overdue = 0")
        ),
        STATEMENT: select(S.stmt_no, S.status)
        .where(and_(S.stmt_no.in_(keys.get(STATEMENT, ())), S.status != "replaced"))
        .order_by(S.version),
        CASE: select(C.case_no, C.status).where(C.case_no.in_(map(int, keys.get(CASE, ())))),
    }
    found = {
        (kind, str(key)): str(state)
        for kind, query in queries.items()
        if keys.get(kind)
        for key, state in connection.execute(query)
    }
    timers = [int(key) for kind in (ANSWER, POCKETS) for key in keys.get(kind, ())]
    left = set(connection.scalars(select(T.id).where(T.id.in_(timers)))) if timers else set()
    for each in items:
        if each.kind in (ANSWER, POCKETS) and int(each.key) in left:
            found[each.kind, each.key] = WAITS
    return found
