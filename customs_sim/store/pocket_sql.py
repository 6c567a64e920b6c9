"""SQL of pockets: the groups of submissions in several messages, and what is there of each. Off the
usual path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from customs_sim.store import tables as t


def latest(connection: Connection, sender: str, pocket_id: str) -> Any:
    """The newest group of that sender and pocket_id, locked; None when there is none."""
    g = t.pocket_groups
    return connection.execute(
        select(g)
        .where(g.c.sender == sender, g.c.pocket_id == pocket_id)
        .order_by(g.c.group_no.desc())
        .limit(1)
        .with_for_update()
    ).fetchone()


def group(connection: Connection, group_no: int) -> Any:
    """The group of that number, locked."""
    g = t.pocket_groups
    return connection.execute(
        select(g).where(g.c.group_no == group_no).with_for_update()
    ).fetchone()


def open_group(
    connection: Connection, group_no: int, sender: str, pocket_id: str, total: int
) -> None:
    connection.execute(
        insert(t.pocket_groups).values(
            group_no=group_no, sender=sender, pocket_id=pocket_id, total=total, status="open"
        )
    )


def set_status(connection: Connection, group_no: int, status: str) -> None:
    g = t.pocket_groups
    connection.execute(update(g).where(g.c.group_no == group_no).values(status=status))


def pockets(connection: Connection, group_no: int) -> Sequence[Any]:
    """What is there of a group, by number."""
    p = t.pockets
    return connection.execute(
        select(p).where(p.c.group_no == group_no).order_by(p.c.number)
    ).fetchall()


def put(connection: Connection, group_no: int, number: int, message: int, structured: bool) -> None:
    """Enter a pocket; a repeated one takes the place of the first."""
    p = t.pockets
    changed = connection.execute(
        update(p)
        .where(p.c.group_no == group_no, p.c.number == number)
        .values(message=message, structured=int(structured))
    )
    if not changed.rowcount:
        connection.execute(
            insert(p).values(
                group_no=group_no, number=number, message=message, structured=int(structured)
            )
        )


def tie(connection: Connection, message: int, group_no: int) -> None:
    """Let an archived pocket name the case of its group."""
    connection.execute(
        update(t.messages).where(t.messages.c.id == message).values(case_no=group_no)
    )
