"""Notes for the next officer (交班便条): what lies on the desk until somebody clears it.

Each note is a row of its own among the settings, so that two who write at once lose nothing. A
reset forgets them with the cases they are about.
"""

from __future__ import annotations

import secrets

import msgspec
from sqlalchemy import Connection, delete, select

from customs_sim.desk.refusal import NotAllowed, unknown
from customs_sim.office.work import Work
from customs_sim.store import tables as t

PREFIX = "note:"
"""What the keys of notes among the settings begin with."""
MOST = 20
"""Notes that lie on the desk at once."""
LONGEST = 500
"""Characters of a note."""


class Note(msgspec.Struct, frozen=True):
    """One note. ``at``: business time in microseconds UTC."""

    id: str
    at: int
    operator: str
    text: str


def notes(connection: Connection) -> list[Note]:
    """Return the notes that lie on the desk, oldest first."""
    c = t.settings.c
    rows = connection.execute(select(c.value).where(c.key.startswith(PREFIX)))
    found = [msgspec.json.decode(row.value, type=Note) for row in rows]
    return sorted(found, key=lambda each: (each.at, each.id))


def leave_note(work: Work, text: str, operator: str) -> Note:
    """Lay a note on the desk. Raise NotAllowed, 409, where too many lie there."""
    if len(notes(work.connection)) >= MOST:
        raise NotAllowed(
            "NOTE.01",
            "text",
            f"已有 {MOST} 张便条",
            f"{MOST} notes lie there already",
            hint_zh="请先清除看过的",
            hint_en="clear those that were read",
        )
    note = Note(secrets.token_hex(6), work.now.at, operator, text)
    work.sql.change_setting(work.connection, PREFIX + note.id, msgspec.json.encode(note).decode())
    work.note("handover", note.id, after={"text": text})
    return note


def clear_note(work: Work, number: str) -> Note:
    """Take a note off the desk. Raise NotAllowed, 404, for one that does not lie there."""
    note = next((each for each in notes(work.connection) if each.id == number), None)
    if note is None:
        raise unknown("id", number, "便条", "note")
    work.connection.execute(delete(t.settings).where(t.settings.c.key == PREFIX + number))
    work.note("handover_clear", number, before={"text": note.text, "by": note.operator}, after=None)
    return note
