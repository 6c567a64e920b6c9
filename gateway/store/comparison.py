"""The gateway's own comparison of a statement (B303): arithmetic, continuity, and movement by
movement, both sides shown. Stores nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from gateway.store.register_sql import RegisterSql
from gateway.store.rows import MovementRow
from gateway.store.statement_rows import fen
from handlers.contract import Push
from schemas.times import from_wire

ANSWERED = frozenset({"11", "12", "13", "21", "22", "23", "24", "43"})
"""Movements that came as the answer to a filing or as the levy itself: no GRT302 told them, so none
is missing here."""
DAY = 86_400_000_000
"""Microseconds."""


def compare(
    sql: RegisterSql, connection: Connection, push: Push, begins: int, ends: int
) -> list[dict[str, str]]:
    """Return the differences between a statement and what the gateway was told of its period, each
    with both sides. ``begins`` and ``ends`` are microseconds UTC."""
    differences = [*_of_head(sql, connection, push, begins)]
    told = {line.get("mvmtNo", ""): line for line in push.movements}
    own = {row.number: row for row in sql.moved(connection, push.enterprise, begins, ends)}
    late = [number for number in told if number not in own]
    if late:  # a late line may be older than the period
        own |= {row.number: row for row in sql.movements(connection, push.enterprise, late)}
    for number, line in told.items():
        differences += _of_line(number, line, own.get(number))
    differences += [
        _difference("missing_there", number, f"+{row.increase} -{row.decrease}", "")
        for number, row in own.items()
        if number not in told
    ]
    return differences


def _of_head(
    sql: RegisterSql, connection: Connection, push: Push, begins: int
) -> Iterator[dict[str, str]]:
    get = push.fields.get
    opening, closing = fen(get("opngAmt")), fen(get("clsgAmt"))
    computed = opening + fen(get("incrAmt")) - fen(get("decrAmt"))
    if computed != closing:
        yield _difference("arithmetic", "", f"{computed}", f"{closing}")
    before = sql.closed_before(connection, push.enterprise, begins)
    if before is not None and before.closing != opening:
        yield _difference("opening", before.statement_no, f"{before.closing}", f"{opening}")
    if str(len(push.movements)) != get("mvmtQty", ""):
        yield _difference("count", "", get("mvmtQty", ""), str(len(push.movements)))


def _of_line(
    number: str, line: Mapping[str, str], row: MovementRow | None
) -> Iterator[dict[str, str]]:
    if row is None:
        if line.get("evtCd", "") not in ANSWERED:
            yield _difference("missing_here", number, "", _amounts(line))
    elif (row.increase, row.decrease) != (fen(line.get("incrAmt")), fen(line.get("decrAmt"))):
        yield _difference("amount", number, f"+{row.increase} -{row.decrease}", _amounts(line))
    elif row.moved_at // DAY != from_wire(line.get("mvmtTime", "")) // DAY:
        yield _difference("date", number, str(row.moved_at), line.get("mvmtTime", ""))


def _difference(kind: str, number: str, here: str, there: str) -> dict[str, str]:
    return {"kind": kind, "mvmt_no": number, "gateway": here, "statement": there}


def _amounts(line: Mapping[str, str]) -> str:
    return f"+{fen(line.get('incrAmt'))} -{fen(line.get('decrAmt'))}"
