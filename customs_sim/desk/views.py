"""Views: what the pages of the console and the calls of the control API show. Registers and money
by the page are ``lists``.

Plain SQL off the usual path. Changes nothing, locks nothing, decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, TextClause, and_, func, select, text

from customs_sim.cases.case import Case
from customs_sim.desk.handover import PREFIX as NOTES
from customs_sim.store import mark_sql
from customs_sim.store import tables as t
from customs_sim.store.delivery_sql import unsent
from customs_sim.store.desk_tables import audit

MOST_OF_REGISTER = 40
"""Messages about a register that are shown with a case, the newest: a busy guarantee has
thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """One message of the archive, whole.

    Attributes:
        at: Business time, in microseconds UTC.
        wall_at: Wall time, in microseconds UTC; 0 where it was not kept.
    """

    id: int
    scope: str
    message_id: str
    direction: str
    message_type: str
    case_no: int | None
    gateway_msg_id: str
    body: bytes
    at: int
    receiver: str
    business_no: str
    wall_at: int
    envelope_id: str

    @classmethod
    def of_row(cls, row: Any) -> Archived:
        """Return a message from a mapping of its columns."""
        return cls(**dict(row) | {"body": bytes(row["body"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """Counts for the menu, and marks that change when anything that the desk shows changes.

    Attributes:
        unsent: How many messages wait for the broker; ``kept_back``: how many a fault keeps back.
    """

    waiting: int
    parked: int
    suspense: int
    last_message: int
    last_act: int
    last_case: int
    marks: str
    unsent: int
    kept_back: int


class CaseBody(NamedTuple):
    """A case with the body of its filing."""

    case: Case
    body: bytes


class Generation(NamedTuple):
    """A generation of a register.

    Attributes:
        change_no: chgTmsCnt.
        message: Archive id of the message that told it.
        until: When the next began, in microseconds UTC; 0 while it lasts.
    """

    change_no: int
    message: int
    until: int = 0


class Firm(NamedTuple):
    """A registered enterprise; ``customs`` is its district."""

    code: str
    name: str
    customs: str


def case(connection: Connection, case_no: int) -> CaseBody | None:
    """Return a case with the body of its filing; None when there is none."""
    row = connection.execute(
        select(*t.cases.c, t.messages.c.body)
        .join(t.messages, t.messages.c.id == t.cases.c.in_message, isouter=True)
        .where(t.cases.c.case_no == case_no)
    ).fetchone()
    return None if row is None else CaseBody(Case.of_row(row), bytes(row.body or b""))


def cases_of(connection: Connection, seq_no: str) -> list[Case]:
    """Return every attempt of one SeqNo, oldest first."""
    rows = connection.execute(
        select(*t.cases.c).where(t.cases.c.seq_no == seq_no).order_by(t.cases.c.case_no).limit(50)
    )
    return [Case.of_row(row) for row in rows]


def waiting_change(connection: Connection, gasr_no: str) -> Case | None:
    """Return the newest change of a guarantee that waits for a person; None when there is none."""
    c = t.cases.c
    row = connection.execute(
        select(*c)
        .where(
            c.business_no == gasr_no, c.business_no != "", t.WAITS, c.change_no > 0, c.amount > 0
        )
        .order_by(c.case_no.desc())
        .limit(1)
    ).fetchone()
    return None if row is None else Case.of_row(row)


def messages_of(connection: Connection, case: Case) -> list[Archived]:
    """Return the messages of a case, and those that customs sent about its register, in order of
    the archive."""
    m = t.messages.c
    rows = list(
        connection.execute(
            select(*m).where(m.case_no == case.case_no).order_by(m.id).limit(200)
        ).mappings()
    )
    if case.business_no:
        rows += connection.execute(
            select(*m)
            .where(m.business_no == case.business_no, m.business_no != "")
            .order_by(m.id.desc())
            .limit(MOST_OF_REGISTER)
        ).mappings()
    return [Archived.of_row(row) for row in sorted(rows, key=lambda row: int(row["id"]))]


def message(connection: Connection, number: int) -> Archived | None:
    """Return a message of the archive; None when there is none."""
    row = (
        connection.execute(select(*t.messages.c).where(t.messages.c.id == number))
        .mappings()
        .fetchone()
    )
    return None if row is None else Archived.of_row(row)


def body_of(connection: Connection, number: int) -> bytes | None:
    """Return the body of a message of the archive; None when there is none."""
    body = connection.execute(select(t.messages.c.body).where(t.messages.c.id == number)).scalar()
    return None if body is None else bytes(body)


def generation_before(
    connection: Connection, register_no: str, change_no: int
) -> Generation | None:
    """Return the generation of a register before ``change_no``; None when there is none."""
    h = t.history.c
    row = connection.execute(
        select(h.change_no, h.message, h.at)
        .where(h.register_no == register_no, h.change_no < change_no)
        .order_by(h.version.desc())
        .limit(1)
    ).fetchone()
    return None if row is None else Generation._make(row)


def generations(connection: Connection, register_no: str) -> list[Generation]:
    """Return the generations of a register that ended, oldest first."""
    h = t.history.c
    rows = connection.execute(
        select(h.change_no, h.message, h.at).where(h.register_no == register_no).order_by(h.version)
    )
    return [Generation._make(row) for row in rows]


def enterprises(connection: Connection) -> list[Firm]:
    """Return every registered enterprise, in order of code."""
    e = t.enterprises.c
    return [
        Firm._make(row)
        for row in connection.execute(
            select(e.code, e.name, e.customs).order_by(e.code).limit(1000)
        )
    ]


def pulse(connection: Connection, now: int) -> Pulse:
    """Return counts and marks of everything that may have changed at ``now``, business time: a few
    index lookups."""
    waits = and_(t.WAITS, t.cases.c.case_no.not_in(mark_sql.put_off(now)))
    waiting_now = _count(connection, t.cases, waits)
    settings = connection.execute(
        select(t.settings.c.key, t.settings.c.value)
        .where(t.settings.c.key.not_like(NOTES + "%"))  # the audit tells of these
        .order_by(t.settings.c.key)
    ).fetchall()
    waiting_out, kept_back = unsent(connection)
    return Pulse(
        waiting=waiting_now,
        parked=_count(connection, t.parked, text("binned_until = 0")),
        suspense=_count(connection, t.payments, text("unmatched > 0")),
        last_message=_last(connection, t.messages.c.id),
        last_act=_last(connection, audit.c.id),
        last_case=_last(connection, t.cases.c.case_no),
        marks=";".join(f"{row.key}={row.value}" for row in settings),
        unsent=waiting_out,
        kept_back=kept_back,
    )


def _last(connection: Connection, column: ColumnElement[int]) -> int:
    """Return the highest number of ``column``; 0 without one."""
    return int(connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one())


def _count(connection: Connection, table: Table, wanted: ColumnElement[bool] | TextClause) -> int:
    return int(
        connection.execute(select(func.count()).select_from(table).where(wanted)).scalar_one()
    )
