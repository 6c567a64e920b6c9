"""What marks this installation: the salt and the reach of its ids. It stands in the store, and goes
back with it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from gateway.attempt_ids import AttemptIds
from gateway.store import tables as t


def ids_of(connection: Connection, fresh: bytes = b"") -> AttemptIds:
    """Return the ids of this installation. ``fresh``: the salt of a store that has none yet; it is
    entered."""
    rows = connection.execute(
        select(t.facts.c.name, t.facts.c.value).where(t.facts.c.name.in_(("salt", "marked_since")))
    )
    facts = {row.name: bytes(row.value) for row in rows}
    if "salt" not in facts and fresh:
        connection.execute(t.facts.insert().values(name="salt", value=fresh))
        facts["salt"] = fresh
    return AttemptIds(facts.get("salt", b""), int(facts.get("marked_since", b"0")))
