"""Statements about pockets: the groups of a filing in several messages, and which pockets of each
have come. Off the usual path. Decides nothing."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from customs_sim.store import tables as t
from customs_sim.store.rows import PocketGroupRow, PocketRow


def latest(connection: Connection, sender: str, pocket_id: str) -> PocketGroupRow | None:
    """Return the newest group of that sender and pocket_id, locked; None when there is none."""
    groups = t.pocket_groups
    row = connection.execute(
        select(groups)
        .where(groups.c.sender == sender, groups.c.pocket_id == pocket_id)
        .order_by(groups.c.group_no.desc())
        .limit(1)
        .with_for_update()
    ).fetchone()
    return None if row is None else PocketGroupRow._make(row)


def group(connection: Connection, group_no: int) -> PocketGroupRow | None:
    """Return the group of that number, locked; None when there is none."""
    groups = t.pocket_groups
    row = connection.execute(
        select(groups).where(groups.c.group_no == group_no).with_for_update()
    ).fetchone()
    return None if row is None else PocketGroupRow._make(row)


def open_group(
    connection: Connection, group_no: int, sender: str, pocket_id: str, total: int
) -> None:
    """Enter a group of ``total`` pockets."""
    connection.execute(
        insert(t.pocket_groups).values(
            group_no=group_no, sender=sender, pocket_id=pocket_id, total=total, status="open"
        )
    )


def set_status(connection: Connection, group_no: int, status: str) -> None:
    """Set the status of a group."""
    groups = t.pocket_groups
    connection.execute(update(groups).where(groups.c.group_no == group_no).values(status=status))


def pockets(connection: Connection, group_no: int) -> list[PocketRow]:
    """Return the pockets of a group that have come, in order of number."""
    columns = t.pockets.c
    rows = connection.execute(
        select(t.pockets).where(columns.group_no == group_no).order_by(columns.number)
    )
    return [PocketRow._make(row) for row in rows]


def put(connection: Connection, group_no: int, number: int, message: int, structured: bool) -> None:
    """Enter a pocket; a repeated one replaces the first."""
    columns = t.pockets.c
    changed = connection.execute(
        update(t.pockets)
        .where(columns.group_no == group_no, columns.number == number)
        .values(message=message, structured=int(structured))
    )
    if not changed.rowcount:
        connection.execute(
            insert(t.pockets).values(
                group_no=group_no, number=number, message=message, structured=int(structured)
            )
        )


def tie(connection: Connection, message: int, group_no: int) -> None:
    """Let an archived pocket name the case of its group."""
    connection.execute(
        update(t.messages).where(t.messages.c.id == message).values(case_no=group_no)
    )
