"""The versions of a guarantee, as customs told them one after the other."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from gateway.queries.documents import Documents
from gateway.store import tables as t


class Version(NamedTuple):
    """One generation of a guarantee: its change count, and its body when customs told it."""

    change_no: int
    fields: dict[str, str]


def versions(
    connection: Connection, documents: Documents, number: str, enterprises: frozenset[str]
) -> list[Version]:
    """Return the generations of a guarantee of these enterprises, oldest first, each as it was told
    first; nothing for a number that they have not."""
    g, h, m = t.guarantees.c, t.history.c, t.messages.c
    held = connection.execute(
        select(g.change_no, g.version, g.document).where(
            g.gasr_no == number, g.enterprise.in_(enterprises)
        )
    ).fetchone()
    if held is None:
        return []
    rows = connection.execute(
        select(h.change_no, h.version, h.document).where(h.number == number)
    ).fetchall()
    first: dict[int, int] = {}
    for row in sorted((*rows, held), key=lambda each: each.version):
        first.setdefault(row.change_no, row.document)
    bodies = {
        row.id: bytes(row.body)
        for row in connection.execute(select(m.id, m.body).where(m.id.in_(first.values())))
    }
    return [
        Version(change_no, documents.fields_in(bodies[document]))
        for change_no, document in sorted(first.items())
    ]
