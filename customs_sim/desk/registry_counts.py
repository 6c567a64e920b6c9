"""How much customs has of each enterprise, for the registry's pages. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, func, select, true

from customs_sim.store import tables as t


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What there is of one enterprise. ``waiting``: cases on the work list."""

    waiting: int = 0
    levies: int = 0
    guarantees: int = 0
    statements: int = 0


def counts(connection: Connection, codes: Sequence[str]) -> dict[str, Held]:
    """Return what there is of each of these enterprises."""
    found = [
        _counted(connection, table, codes, wanted)
        for table, wanted in (
            (t.cases, t.WAITS),
            (t.levies, true()),
            (t.guarantees, true()),
            (t.statements, true()),
        )
    ]
    return {
        code: Held(
            waiting=found[0].get(code, 0),
            levies=found[1].get(code, 0),
            guarantees=found[2].get(code, 0),
            statements=found[3].get(code, 0),
        )
        for code in codes
    }


def _counted(
    connection: Connection, table: Table, codes: Sequence[str], wanted: ColumnElement[bool]
) -> dict[str, int]:
    column = table.c.enterprise
    rows = connection.execute(
        select(column, func.count()).where(column.in_(list(codes)), wanted).group_by(column)
    )
    return {str(code): int(count) for code, count in rows}
