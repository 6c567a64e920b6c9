"""Reads of statements of account: the list, and the lines of one beside the gateway's own
movements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from gateway.queries.documents import Documents
from gateway.queries.rendering import moment, statement_out
from gateway.queries.statement_shapes import LineOut, OwnMovement, StatementDetail, StatementList
from gateway.store import tables as t
from schemas.money import yuan
from schemas.times import to_wire

MISSING = "missing_there"
"""The kind of difference of a movement that stands on no line."""


def newest(connection: Connection, enterprises: frozenset[str]) -> StatementList:
    """Return the newest thousand statements, newest first."""
    s = t.statements
    rows = (
        connection.execute(
            select(s, t.messages.c.message_id)
            .join(t.messages, t.messages.c.id == s.c.message)
            .where(s.c.enterprise.in_(enterprises))
            .order_by(s.c.at.desc(), s.c.version.desc())
            .limit(1000)
        )
        .mappings()
        .fetchall()
    )
    return StatementList(items=tuple(map(statement_out, rows)), total=len(rows), next=None)


def detail(
    connection: Connection,
    documents: Documents,
    number: str,
    version: int | None,
    enterprises: frozenset[str],
) -> StatementDetail | None:
    """Return one version of a statement with its lines, by default the latest; None when these
    enterprises have none of that number."""
    s = t.statements
    wanted = (
        select(s, t.messages.c.message_id, t.messages.c.body)
        .join(t.messages, t.messages.c.id == s.c.message)
        .where(s.c.statement_no == number, s.c.enterprise.in_(enterprises))
        .order_by(s.c.version.desc())
        .limit(1)
    )
    if version is not None:
        wanted = wanted.where(s.c.version == version)
    row = connection.execute(wanted).mappings().fetchone()
    if row is None:
        return None
    body = bytes(row["body"])
    head, lines = documents.fields_in(body), documents.lines_in(body)
    statement = statement_out(row)
    found: dict[str, list[str]] = {}
    for each in statement.differences:
        found.setdefault(each["mvmt_no"], []).append(each["kind"])
    missing = [each["mvmt_no"] for each in statement.differences if each["kind"] == MISSING]
    numbers = [line.get("mvmtNo", "") for line in lines]
    own = _movements(connection, row["enterprise"], [*numbers, *missing])
    shown = [
        *(_line(line, own.get(line.get("mvmtNo", "")), found) for line in lines),
        *(_left_out(own[each], found) for each in missing if each in own),
    ]
    return StatementDetail(
        statement=statement,
        opening=head.get("opngAmt", ""),
        increase=head.get("incrAmt", ""),
        decrease=head.get("decrAmt", ""),
        closing=head.get("clsgAmt", ""),
        lines=tuple(sorted(shown, key=lambda line: not line.differences)),
    )


def _movements(
    connection: Connection, enterprise: str, numbers: Sequence[str]
) -> dict[str, RowMapping]:
    m, found = t.movements, {}
    for at in range(0, len(numbers), 500):  # a statement may ask about more than a store binds
        rows: Any = connection.execute(
            select(m).where(m.c.enterprise == enterprise, m.c.mvmt_no.in_(numbers[at : at + 500]))
        ).mappings()
        found.update({row["mvmt_no"]: row for row in rows})
    return found


def _line(
    line: Mapping[str, str], own: RowMapping | None, found: Mapping[str, Sequence[str]]
) -> LineOut:
    get = line.get
    return LineOut(
        mvmt_no=get("mvmtNo", ""),
        at=get("mvmtTime", ""),
        event=get("evtCd", ""),
        gur_type=get("gurTypecd", ""),
        number=get("gurNo", ""),
        related=get("rltGurNo", ""),
        increase=get("incrAmt", ""),
        decrease=get("decrAmt", ""),
        balance=get("balAmt", ""),
        reference=get("refNo", ""),
        on_statement=True,
        own=None if own is None else _own(own),
        differences=tuple(found.get(get("mvmtNo", ""), ())),
    )


def _left_out(own: RowMapping, found: Mapping[str, Sequence[str]]) -> LineOut:
    return LineOut(
        mvmt_no=own["mvmt_no"],
        at=to_wire(own["moved_at"]),
        event=own["event"],
        gur_type="",
        number=own["number"],
        related=own["related"],
        increase="",
        decrease="",
        balance="",
        reference=own["ref"],
        on_statement=False,
        own=_own(own),
        differences=tuple(found.get(own["mvmt_no"], ())),
    )


def _own(row: RowMapping) -> OwnMovement:
    return OwnMovement(
        at=moment(row["moved_at"]), increase=yuan(row["incr_fen"]), decrease=yuan(row["decr_fen"])
    )
