"""What customs said of filings last: one sentence for each, for a column of a list."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from gateway.store import tables as t

CUSTOMS = "customs"


def opinions(
    connection: Connection, seq_nos: Sequence[int], enterprises: frozenset[str]
) -> dict[int, str]:
    """Return the latest note of customs on each of these filings that has one."""
    steps, d, found = t.timeline.c, t.declarations.c, dict[int, str]()
    for at in range(0, len(seq_nos), 500):
        rows = connection.execute(
            select(steps.seq_no, steps.note)
            .join(t.declarations, d.seq_no == steps.seq_no)
            .where(
                steps.seq_no.in_(seq_nos[at : at + 500]),
                d.enterprise.in_(enterprises),
                steps.source == CUSTOMS,
                steps.note.is_not(None),
                steps.stale == 0,
            )
            .order_by(steps.seq_no, steps.n)
        )
        found.update((row.seq_no, row.note) for row in rows)
    return found
