"""Where a number is looked for: every kind of thing that has numbers, the columns that hold them,
and statements that find their beginnings by index. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
)

from customs_sim.store import tables as t
from gateway.base.store.texts import begins

MESSAGES, CASES = t.messages.c, t.cases.c
NOTHING: ColumnElement[str] = literal_column("''")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One kind of thing.

    Attributes:
        key: What names a row of the table.
        numbers: The columns that hold its numbers; each has an index.
    """

    table: Table
    key: ColumnElement[Any]
    numbers: tuple[ColumnElement[str], ...]


HELD: Mapping[str, Held] = {
    "case": Held(
        table=t.cases,
        key=CASES.case_no,
        numbers=(CASES.seq_no, CASES.reference, CASES.business_no, CASES.letter_no),
    ),
    "levy": Held(
        table=t.levies,
        key=t.levies.c.levy_no,
        numbers=(
            t.levies.c.levy_no,
            t.levies.c.biz_no,
            t.levies.c.oriact_no,
            t.levies.c.letter_no,
            t.levies.c.gasr_no,
            t.levies.c.seq_no,
        ),
    ),
    "guarantee": Held(
        table=t.guarantees,
        key=t.guarantees.c.gasr_no,
        numbers=(t.guarantees.c.gasr_no, t.guarantees.c.letter_no, t.guarantees.c.seq_no),
    ),
    "refund": Held(table=t.refunds, key=t.refunds.c.refund_no, numbers=(t.refunds.c.refund_no,)),
    "payment": Held(
        table=t.payments,
        key=t.payments.c.payment_no,
        numbers=(t.payments.c.payment_no, t.payments.c.reference, t.payments.c.levy_no),
    ),
    "statement": Held(
        table=t.statements, key=t.statements.c.stmt_no, numbers=(t.statements.c.stmt_no,)
    ),
    "message": Held(
        table=t.messages, key=MESSAGES.id, numbers=(MESSAGES.message_id, MESSAGES.envelope_id)
    ),
    "parked": Held(table=t.parked, key=t.parked.c.id, numbers=(t.parked.c.message_id,)),
}


def at_beginning(connection: Connection, column: ColumnElement[str], q: str) -> ColumnElement[bool]:
    """Return the condition that ``column`` begins with ``q``, in the words of its index."""
    if column is MESSAGES.message_id:  # its index begins with the sender, and senders are few
        return and_(MESSAGES.scope.in_(_senders(connection)), begins(column, q))
    return and_(begins(column, q), column != NOTHING)


def of_number(connection: Connection, kind: str, q: str) -> ColumnElement[bool]:
    """Return the condition that a row of ``kind`` has a number that begins with ``q``."""
    held = HELD[kind]
    return held.key.in_(
        union(
            *(
                select(held.key).where(at_beginning(connection, column, q))
                for column in held.numbers
            )
        )
    )


def case_of_number(connection: Connection, q: str) -> ColumnElement[bool]:
    """Return the condition that a case, or a message of it, has a number that begins with ``q``."""
    return or_(of_number(connection, "case", q), CASES.case_no.in_(_told(connection, q)))


def message_of_number(connection: Connection, q: str) -> ColumnElement[bool]:
    """Return the condition that a message, its case, its attempt or its register has a number that
    begins with ``q``, or that its type, its sender or its enterprise is ``q``."""
    numbered = select(CASES.case_no).where(of_number(connection, "case", q))
    ids = union(
        *(
            select(MESSAGES.id).where(at_beginning(connection, column, q))
            for column in HELD["message"].numbers
        ),
        select(MESSAGES.id).where(at_beginning(connection, MESSAGES.business_no, q)),
        select(MESSAGES.id).where(
            at_beginning(connection, MESSAGES.gateway_msg_id, q), MESSAGES.case_no.is_(None)
        ),
        select(MESSAGES.id).where(MESSAGES.case_no.in_(numbered)),
        select(MESSAGES.id).where(MESSAGES.case_no.in_(_told(connection, q))),
    )
    return or_(MESSAGES.id.in_(ids), *_whole(connection, q))


def _whole(connection: Connection, q: str) -> Iterable[ColumnElement[bool]]:
    """Return conditions on what is no number, where ``q`` is such a thing. Each looks at the whole
    archive, so that none stands there in vain."""
    if q in _senders(connection):
        yield MESSAGES.scope == q
    if q.isalnum() and len(q) == 6 and not q.isdigit():
        yield MESSAGES.message_type == q
    firm = t.enterprises.c.code
    if connection.execute(select(firm).where(firm == q)).first() is not None:
        yield CASES.enterprise == q


def _told(connection: Connection, q: str) -> Select[Any]:
    """Return the cases of the messages that have a number of their own that begins with ``q``."""
    return select(MESSAGES.case_no).where(
        MESSAGES.id.in_(
            union(
                *(
                    select(MESSAGES.id).where(at_beginning(connection, column, q))
                    for column in HELD["message"].numbers
                )
            )
        ),
        MESSAGES.case_no.is_not(None),
    )


def _senders(connection: Connection) -> list[str]:
    """Return the scopes of the archive, each by one step through its index."""
    found: list[str] = []
    while True:
        behind = MESSAGES.scope > found[-1] if found else true()
        following = connection.execute(select(func.min(MESSAGES.scope)).where(behind)).scalar()
        if following is None:
            return found
        found.append(following)
