"""Statements about what steers customs: scripts, tallies, runs, disturbed answers. They run only
while a scenario or a fault is active, so none is compiled ahead. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from customs_sim.store import steering_tables as s
from customs_sim.store import tables as t
from customs_sim.store.rows import BodyRow, CaseNumbers, DisturbedRow, RunRow, Tally
from gateway.base.store import builders


def script(connection: Connection, script_id: str) -> str:
    """Return the text of a script; empty when there is none of that id."""
    return (
        connection.execute(select(s.scripts.c.body).where(s.scripts.c.id == script_id)).scalar()
        or ""
    )


def put_script(
    connection: Connection, row: tuple[str, str, str, str, int], rules: Iterable[str]
) -> None:
    """Enter a script (a row of c_scripts); its rules count from nothing."""
    new = builders.insert_new(connection.dialect, s.scripts)
    connection.execute(new, dict(zip(s.scripts.c.keys(), row, strict=True)))
    connection.execute(delete(s.tallies).where(s.tallies.c.rule.startswith(f"{row[0]}/")))
    last = connection.execute(select(func.coalesce(func.max(t.messages.c.id), 0))).scalar_one()
    fresh = [{"rule": rule, "seen": 0, "hits": 0, "since": last} for rule in rules]
    if fresh:
        connection.execute(insert(s.tallies), fresh)


def tallies(connection: Connection, rules: Sequence[str]) -> dict[str, Tally]:
    """Return the tallies of rules by their keys, locked where the database can: two processes must
    not count one number twice."""
    c = s.tallies.c
    rows = connection.execute(
        select(c.rule, c.seen, c.hits).where(c.rule.in_(rules)).order_by(c.rule).with_for_update()
    )
    return {row.rule: Tally(row.seen, row.hits) for row in rows}


class Looking(NamedTuple):
    """From where a rule looks at messages (behind the archive id ``since``), and its tally."""

    since: int
    seen: int
    hits: int


def looking(connection: Connection, rules: Sequence[str]) -> dict[str, Looking]:
    """Return from where each rule looks, with its tally, by its key; not locked."""
    c = s.tallies.c
    rows = connection.execute(select(c.rule, c.since, c.seen, c.hits).where(c.rule.in_(rules)))
    return {row.rule: Looking(row.since, row.seen, row.hits) for row in rows}


def keep_since(connection: Connection, rules: Iterable[tuple[str, str]]) -> None:
    """Let each rule look from where its former self (the second of a pair) did."""
    pairs = dict(rules)
    known = looking(connection, list(pairs.values()))
    for rule, former in pairs.items():
        if former in known:
            connection.execute(
                update(s.tallies).where(s.tallies.c.rule == rule).values(since=known[former].since)
            )


def sent_after(connection: Connection, number: int, most: int) -> list[Any]:
    """Return the newest messages of customs behind an archive id, newest first."""
    m = t.messages.c
    rows = connection.execute(
        select(t.messages)
        .where(m.id > number, m.direction == "out")
        .order_by(m.id.desc())
        .limit(most)
    )
    return list(rows)


def struck_by(connection: Connection, messages: Sequence[int]) -> dict[int, str]:
    """Return the key of the rule that struck each of these messages, by archive id."""
    d = s.disturbed.c
    rows = connection.execute(select(d.message, d.rule).where(d.message.in_(messages)).distinct())
    return {row.message: row.rule for row in rows}


def counts(connection: Connection, script_id: str) -> dict[str, Tally]:
    """Return the tally of every rule of a script by its key, not locked."""
    c = s.tallies.c
    rows = connection.execute(
        select(c.rule, c.seen, c.hits).where(c.rule.startswith(f"{script_id}/"))
    )
    return {row.rule: Tally(row.seen, row.hits) for row in rows} if script_id else {}


def set_tallies(connection: Connection, counts: Iterable[tuple[str, Tally]]) -> None:
    """Store tallies by the keys of their rules."""
    for rule, tally in counts:
        connection.execute(
            update(s.tallies)
            .where(s.tallies.c.rule == rule)
            .values(seen=tally.seen, hits=tally.hits)
        )


def add_run(connection: Connection, row: tuple[int, str, str, int, int, int, int]) -> None:
    """Enter a run, a row of c_runs."""
    connection.execute(insert(s.runs).values(RunRow._make(row)._asdict()))


def runs(connection: Connection, cases: Iterable[int]) -> dict[int, RunRow]:
    """Return the runs of these cases by case number, locked."""
    rows = connection.execute(
        select(s.runs).where(s.runs.c.case_no.in_(list(cases))).with_for_update()
    )
    return {row.case_no: RunRow._make(row) for row in rows}


def move_run(
    connection: Connection, case_no: int, expected: int, position: int, since: int, ended: int
) -> bool:
    """Move a run from the position ``expected``; return False when another process was first."""
    c = s.runs.c
    return bool(
        connection.execute(
            update(s.runs)
            .where(c.case_no == case_no, c.position == expected, c.ended == 0)
            .values(position=position, since=since, ended=ended)
        ).rowcount
    )


def run_counts(connection: Connection, script_id: str) -> tuple[int, int]:
    """Return how many cases run the script now, and how many have run it to its end."""
    c = s.runs.c
    rows = connection.execute(
        select(c.ended, func.count()).where(c.script == script_id).group_by(c.ended)
    )
    counted = {int(ended): int(count) for ended, count in rows}
    return counted.get(0, 0), counted.get(1, 0)


def filed_before(
    connection: Connection, case_no: int, enterprise: str, numbers: Sequence[str]
) -> bool:
    """Return whether the enterprise has another case under one of these numbers (SeqNo or
    register)."""
    c = t.cases.c
    earlier = connection.execute(
        select(c.case_no)
        .where(
            c.enterprise == enterprise,
            c.case_no != case_no,
            or_(c.seq_no.in_(numbers), c.business_no.in_(numbers)),
        )
        .limit(1)
    )
    return earlier.first() is not None


def named(connection: Connection, cases: Iterable[int]) -> dict[int, CaseNumbers]:
    """Return the numbers of these cases by case number."""
    c = t.cases.c
    rows = connection.execute(
        select(c.case_no, c.enterprise, c.reference, c.seq_no, c.business_no).where(
            c.case_no.in_(list(cases))
        )
    )
    return {row.case_no: CaseNumbers._make(row) for row in rows}


def by_node(connection: Connection, nodes: Iterable[str]) -> dict[str, str]:
    """Return the codes of enterprises by their DXP id."""
    c = t.enterprises.c
    return {
        row.dxp_id: row.code
        for row in connection.execute(select(c.dxp_id, c.code).where(c.dxp_id.in_(list(nodes))))
    }


def add_disturbed(connection: Connection, rows: Sequence[DisturbedRow]) -> None:
    """Enter what goes out in the place of answers."""
    if rows:
        connection.execute(insert(s.disturbed), [row._asdict() for row in rows])


def going(connection: Connection, ids: Iterable[int]) -> dict[int, BodyRow]:
    """Return what goes out in the place of answers by its number in c_disturbed, in order."""
    c = s.disturbed.c
    rows = connection.execute(
        select(c.id, c.message_id, c.message_type, c.body).where(c.id.in_(list(ids))).order_by(c.id)
    )
    return {row.id: BodyRow._make(row) for row in rows}


def struck(
    connection: Connection, rules: Sequence[str], attempts: Iterable[str]
) -> set[tuple[str, str]]:
    """Return the pairs (rule, attempt) of lasting faults that have struck an answer to the attempt
    before."""
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
    """Return what should have gone out and what did, of one disturbed answer; None when there is
    none of that number."""
    d, m = s.disturbed.c, t.messages.c
    row = connection.execute(
        select(m.body.label("meant"), d.body.label("sent"))
        .join(t.messages, m.id == d.message)
        .where(d.id == number)
    ).first()
    return None if row is None else (bytes(row.meant), bytes(row.sent))
