"""The search over everything that customs has a number for: any number, or the beginning of one.

Each column is asked by its index for at most ``MOST`` rows, so that no search reads a million.
Changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, literal_column, or_, select

from customs_sim.store import tables as t
from customs_sim.store.number_sql import HELD, at_beginning
from gateway.base.store.texts import has
from schemas.identifiers import as_meant

MOST = 1000
"""Rows that one column is asked for; whoever finds more writes more of the number."""
SHOWN = 10
"""Hits of a kind that are shown beside those of others."""
ZERO: ColumnElement[int] = literal_column("0")
EMPTY: ColumnElement[str] = literal_column("''")


class Matched(NamedTuple):
    """A number that begins with what was looked for: the column that holds it, its name in both
    languages, the number."""

    field: str
    label_zh: str
    label_en: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing found.

    Attributes:
        key: What its page is found by: a case no., an archive id, else its number.
        what: The message type; for a refund the register that it is of, for an enterprise its name.
        amount: 分; 0 for what has none.
        at: Microseconds UTC; 0 for what has no time.
    """

    kind: str
    key: str
    number: str
    matched: tuple[Matched, ...]
    enterprise: str = ""
    what: str = ""
    status: str = ""
    amount: int = 0
    at: int = 0

    def exactly(self, q: str) -> bool:
        """Return whether one of its numbers is ``q`` as a whole."""
        return any(each.value in (q, q.upper()) for each in self.matched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What was found of one kind.

    Attributes:
        hits: Those that have the whole number first, then the newest.
        total: How many were found.
        more: Whether there are more than were looked at.
    """

    kind: str
    hits: tuple[Hit, ...]
    total: int
    more: bool

    def page(self, skip: int, most: int) -> Group:
        """Return the group with a part of its hits."""
        return replace(self, hits=self.hits[skip : skip + most])


class Kind(NamedTuple):
    """How one kind is shown: its names, and the columns of a hit beside its key."""

    zh: str
    en: str
    number: ColumnElement[str]
    enterprise: ColumnElement[str] = EMPTY
    what: ColumnElement[str] = EMPTY
    status: ColumnElement[str] = EMPTY
    amount: ColumnElement[int] = ZERO
    at: ColumnElement[int] = ZERO


KINDS: Mapping[str, Kind] = {
    "case": Kind(
        "案卷",
        "cases",
        t.cases.c.seq_no,
        t.cases.c.enterprise,
        t.cases.c.message_type,
        t.cases.c.status,
        t.cases.c.amount,
        t.cases.c.since,
    ),
    "levy": Kind(
        "征收单",
        "levies",
        t.levies.c.levy_no,
        t.levies.c.enterprise,
        status=t.levies.c.status,
        amount=t.levies.c.levied,
        at=t.levies.c.updated,
    ),
    "guarantee": Kind(
        "总担保",
        "guarantees",
        t.guarantees.c.gasr_no,
        t.guarantees.c.enterprise,
        status=t.guarantees.c.status,
        amount=t.guarantees.c.limit_amount,
        at=t.guarantees.c.updated,
    ),
    "refund": Kind(
        "退转单",
        "refunds",
        t.refunds.c.refund_no,
        t.refunds.c.enterprise,
        t.refunds.c.register_no,
        amount=t.refunds.c.amount,
        at=t.refunds.c.at,
    ),
    "payment": Kind(
        "缴款", "payments", t.payments.c.payment_no, amount=t.payments.c.amount, at=t.payments.c.at
    ),
    "statement": Kind(
        "对账单",
        "statements",
        t.statements.c.stmt_no,
        t.statements.c.enterprise,
        status=t.statements.c.status,
        amount=t.statements.c.closing,
        at=t.statements.c.issued_at,
    ),
    "message": Kind(
        "报文",
        "messages",
        t.messages.c.message_id,
        t.messages.c.scope,
        t.messages.c.message_type,
        t.messages.c.direction,
        at=t.messages.c.at,
    ),
    "parked": Kind(
        "死信",
        "parked messages",
        t.parked.c.message_id,
        t.parked.c.scope,
        status=t.parked.c.direction,
        at=t.parked.c.at,
    ),
}
FIRMS = "enterprise"
NAMES: Mapping[str, tuple[str, str]] = {
    **{name: (kind.zh, kind.en) for name, kind in KINDS.items()},
    FIRMS: ("企业", "enterprises"),
}
"""Every kind, in the order of an answer."""
LABELS: Mapping[str, tuple[str, str]] = {
    "seq_no": ("统一编号", "SeqNo"),
    "business_no": ("海关编号", "customs' number"),
    "letter_no": ("保函编号", "letter no."),
    "levy_no": ("征收单编号", "levy no."),
    "biz_no": ("业务单证编号", "business document no."),
    "oriact_no": ("底账编号", "base account no."),
    "gasr_no": ("总担保编号", "guarantee no."),
    "refund_no": ("退转单编号", "refund no."),
    "payment_no": ("缴款编号", "payment no."),
    "stmt_no": ("对账单编号", "statement no."),
    "message_id": ("传输报文编号", "transport id"),
    "envelope_id": ("企业报文编号", "the enterprise's message_id"),
    "code": ("企业代码", "code"),
    "name": ("企业名称", "name"),
}
REFERENCES = {
    "case": ("企业内部编号", "their reference"),
    "payment": ("银行凭据号", "bank reference"),
}
"""What is called a reference."""


def search(connection: Connection, q: str, kinds: Iterable[str] = ()) -> tuple[Group, ...]:
    """Return everything that has a number beginning with ``q``, by kind, in the order of NAMES;
    ``kinds``: only of these. Kinds without a hit are left out; an empty ``q`` finds nothing. What
    nothing begins with is looked for once more as it was meant, without blanks between digits."""
    if not q:
        return ()
    asked = tuple(kinds) or tuple(NAMES)
    found: tuple[Group, ...] = ()
    for words in dict.fromkeys((q, as_meant(q))):
        groups = (_found(connection, kind, words) for kind in NAMES if kind in asked)
        if words and (found := tuple(group for group in groups if group.total)):
            break
    return found


def statement_of(connection: Connection, kind: str, column: ColumnElement[str], q: str) -> Any:
    """Return the statement that finds rows of ``kind`` by one column."""
    shown = KINDS[kind]
    return (
        select(HELD[kind].key, column, *shown[2:])
        .where(at_beginning(connection, column, q))
        .limit(MOST + 1)
    )


def _found(connection: Connection, kind: str, q: str) -> Group:
    found: list[Hit] = []
    more = False
    for column, rows in _rows(connection, kind, q):
        more = more or len(rows) > MOST
        zh, en = REFERENCES.get(kind, ("", "")) if column == "reference" else LABELS[column]
        for key, value, number, *rest in rows[:MOST]:
            enterprise, what, status, amount, at = rest
            found.append(
                Hit(
                    kind=kind,
                    key=str(key),
                    number=number,
                    matched=(Matched(column, zh, en, value),),
                    enterprise=enterprise,
                    what=what,
                    status=status,
                    amount=int(amount),
                    at=int(at),
                )
            )
    hits = _merged(found)
    hits.sort(key=lambda hit: (not hit.exactly(q), -hit.at, hit.number))
    return Group(kind=kind, hits=tuple(hits), total=len(hits), more=more)


def _rows(connection: Connection, kind: str, q: str) -> Iterable[tuple[str, Sequence[Any]]]:
    if kind == FIRMS:
        yield from _firms(connection, q)
        return
    for column in HELD[kind].numbers:
        statement = statement_of(connection, kind, column, q)
        yield f"{column.key}", connection.execute(statement).fetchall()


def _firms(connection: Connection, q: str) -> Iterable[tuple[str, Sequence[Any]]]:
    """Return enterprises by their code or a part of their name: there are few."""
    e = t.enterprises.c
    rows = connection.execute(
        select(e.code, e.name).where(or_(has(e.code, q), has(e.name, q))).order_by(e.code)
    ).fetchall()
    for at, column in enumerate(("code", "name")):
        yield (
            column,
            [
                (row.code, row[at], row.code, row.code, row.name, "", 0, 0)
                for row in rows
                if q.lower() in row[at].lower()
            ],
        )


def _merged(found: Iterable[Hit]) -> list[Hit]:
    """Return each thing once with all that matched. Of several rows of one thing (attempts of a
    SeqNo, versions of a statement) the newest stands for it."""
    merged: dict[tuple[str, str], Hit] = {}
    for hit in found:
        name = hit.number, hit.enterprise
        same = merged.get(name)
        newest = hit if same is None or hit.at > same.at else same
        matched = tuple(dict.fromkeys((*(same.matched if same else ()), *hit.matched)))
        merged[name] = replace(newest, matched=matched)
    return list(merged.values())
