"""SQL of what steers customs: scripts, hit counts, runs, disturbed answers. Only touched while a
scenario or a fault is active, so nothing here is compiled ahead. Rows are tuples; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from customs_sim.store import steering_tables as s
from customs_sim.store import tables as t


def script(connection: Connection, script_id: str) -> str:
    """The text of a script; empty when there is none of that id."""
    return (
        connection.execute(select(s.scripts.c.body).where(s.scripts.c.id == script_id)).scalar()
        or ""
    )


def put_script(
    connection: Connection, row: tuple[str, str, str, str, int], rules: Iterable[str]
) -> None:
    """Enter a script; its rules count from nothing."""
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    names = [column.name for column in s.scripts.columns]
    connection.execute(
        build(s.scripts).values(dict(zip(names, row, strict=True))).on_conflict_do_nothing()
    )
    connection.execute(delete(s.tallies).where(s.tallies.c.rule.startswith(f"{row[0]}/")))
    fresh = [{"rule": rule, "seen": 0, "hits": 0} for rule in rules]
    if fresh:
        connection.execute(insert(s.tallies), fresh)


def tallies(connection: Connection, rules: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Rule to (seen, hits), locked where the database can: two processes must not count one number
    twice."""
    c = s.tallies.c
    rows = connection.execute(
        select(c.rule, c.seen, c.hits).where(c.rule.in_(rules)).order_by(c.rule).with_for_update()
    )
    return {row.rule: (row.seen, row.hits) for row in rows}


def counts(connection: Connection, script_id: str) -> dict[str, tuple[int, int]]:
    """Every rule of a script to (seen, hits), not locked."""
    c = s.tallies.c
    rows = connection.execute(
        select(c.rule, c.seen, c.hits).where(c.rule.startswith(f"{script_id}/"))
    )
    return {row.rule: (row.seen, row.hits) for row in rows} if script_id else {}


def set_tallies(connection: Connection, counts: Iterable[tuple[str, int, int]]) -> None:
    for rule, seen, hits in counts:
        connection.execute(
            update(s.tallies).where(s.tallies.c.rule == rule).values(seen=seen, hits=hits)
        )


def add_run(connection: Connection, row: tuple[int, str, str, int, int, int, int]) -> None:
    connection.execute(
        insert(s.runs).values(dict(zip([c.name for c in s.runs.columns], row, strict=True)))
    )


def runs(connection: Connection, cases: Iterable[int]) -> dict[int, Any]:
    """Case number to its run."""
    return {
        row.case_no: row
        for row in connection.execute(
            select(s.runs).where(s.runs.c.case_no.in_(list(cases))).with_for_update()
        )
    }


def move_run(
    connection: Connection, case_no: int, expected: int, position: int, since: int, ended: int
) -> bool:
    """Guarded by the position: False when another process moved it."""
    c = s.runs.c
    return bool(
        connection.execute(
            update(s.runs)
            .where(c.case_no == case_no, c.position == expected, c.ended == 0)
            .values(position=position, since=since, ended=ended)
        ).rowcount
    )


def run_counts(connection: Connection, script_id: str) -> tuple[int, int]:
    """How many cases run the script now, and how many have run it to its end."""
    c = s.runs.c
    found = connection.execute(
        select(c.ended, func.count()).where(c.script == script_id).group_by(c.ended)
    )
    rows: dict[int, int] = {row[0]: row[1] for row in found}
    return int(rows.get(0, 0)), int(rows.get(1, 0))


def filed_before(
    connection: Connection, case_no: int, enterprise: str, numbers: Sequence[str]
) -> bool:
    """Whether the enterprise has an earlier case under one of these numbers (SeqNo or register)."""
    c = t.cases.c
    found = connection.execute(
        select(c.case_no)
        .where(
            c.enterprise == enterprise,
            c.case_no != case_no,
            or_(c.seq_no.in_(numbers), c.business_no.in_(numbers)),
        )
        .limit(1)
    )
    return found.first() is not None


def named(connection: Connection, cases: Iterable[int]) -> dict[int, Any]:
    """Case number to enterprise, reference, SeqNo and business number."""
    c = t.cases.c
    rows = connection.execute(
        select(c.case_no, c.enterprise, c.reference, c.seq_no, c.business_no).where(
            c.case_no.in_(list(cases))
        )
    )
    return {row.case_no: row for row in rows}


def by_node(connection: Connection, nodes: Iterable[str]) -> dict[str, str]:
    """DXP id to the enterprise that has it."""
    c = t.enterprises.c
    return {
        row.dxp_id: row.code
        for row in connection.execute(select(c.dxp_id, c.code).where(c.dxp_id.in_(list(nodes))))
    }


def add_disturbed(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    names = [column.name for column in s.disturbed.columns]
    if rows:
        connection.execute(
            insert(s.disturbed), [dict(zip(names, row, strict=True)) for row in rows]
        )


def going(connection: Connection, ids: Iterable[int]) -> dict[int, Any]:
    """Id to (id, message_id, message_type, body) of what goes out in the place of an answer."""
    c = s.disturbed.c
    rows = connection.execute(
        select(c.id, c.message_id, c.message_type, c.body).where(c.id.in_(list(ids))).order_by(c.id)
    )
    return {row.id: row for row in rows}


def struck(
    connection: Connection, rules: Sequence[str], attempts: Iterable[str]
) -> set[tuple[str, str]]:
    """(rule, attempt) of lasting faults that have struck an answer to the attempt before."""
    c = s.disturbed.c
    rows = connection.execute(
        select(c.rule, c.gateway_msg_id)
        .where(c.gateway_msg_id.in_(list(attempts)), c.rule.in_(rules))
        .distinct()
    )
    return {(row.rule, row.gateway_msg_id) for row in rows}


def log(connection: Connection, *, before: int, most: int) -> tuple[list[Any], int]:
    """Return disturbed answers, newest first, and how many there are. A row has the number of what
    should have gone out (``meant``) beside that of what did (``sent``)."""
    d, m = s.disturbed.c, t.messages.c
    rows = connection.execute(
        select(
            d.id,
            d.at,
            d.fault,
            d.rule,
            d.message,
            m.message_type,
            m.message_id.label("meant"),
            m.case_no,
            d.message_id.label("sent"),
            d.due_at,
            func.length(d.body).label("size"),
        )
        .join(t.messages, m.id == d.message, isouter=True)
        .where(d.id < before)
        .order_by(d.id.desc())
        .limit(most)
    ).all()
    return list(rows), int(
        connection.execute(select(func.count()).select_from(s.disturbed)).scalar_one()
    )


def both(connection: Connection, number: int) -> tuple[bytes, bytes] | None:
    """(what should have gone out, what went out) of one disturbed answer."""
    d, m = s.disturbed.c, t.messages.c
    row = connection.execute(
        select(m.body.label("meant"), d.body.label("sent"))
        .join(t.messages, m.id == d.message)
        .where(d.id == number)
    ).first()
    return None if row is None else (bytes(row.meant), bytes(row.sent))
