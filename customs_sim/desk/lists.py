"""Lists of registers and money by the page, as the pages of the console and the calls of the
control API show them; and one row by its number.

Plain SQL off the usual path. Changes nothing, locks nothing, decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select, text, true

from customs_sim.desk.ordering import ordered
from customs_sim.ledger.rows import Guarantee, Levy, Payment
from customs_sim.ledger.statements import Statement
from customs_sim.store import tables as t
from customs_sim.store.number_sql import HELD, of_number
from customs_sim.store.statement_sql import ON_DESK

LASTING, OVERDUE = "valid_until > 0 AND status = '1'", "overdue = 1"
"""As the partial indexes say it."""
SOON, DAY = 30, 86_400_000_000
"""Days before its end from which on a letter is shown; microseconds of a day."""
PAYABLE = "deadline > 0 AND overdue = 0 AND status = '1'"
"""The same of levies that are still in time."""
G, L, P, S = t.guarantees.c, t.levies.c, t.payments.c, t.statements.c
SORTS: Mapping[str, Mapping[str, ColumnElement[Any]]] = {
    "levy": {
        "no": L.levy_no,
        "enterprise": L.enterprise,
        "amount": L.levied,
        "open": L.open,
        "deadline": L.deadline,
    },
    "guarantee": {
        "no": G.gasr_no,
        "enterprise": G.enterprise,
        "limit": G.limit_amount,
        "used": G.used_amount,
        "until": G.valid_until,
    },
    "payment": {"no": P.payment_no, "paid": P.paid_at, "amount": P.amount, "suspense": P.unmatched},
    "statement": {
        "no": S.number,
        "enterprise": S.enterprise,
        "from": S.first_day,
        "closing": S.closing,
        "answer": S.answer_by,
    },
}
"""By kind, the names of what a list may be sorted by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which rows of a list are wanted; an empty member sets no bound.

    Attributes:
        q: The beginning of a number that the row carries.
        before: The number of the last row of the page before, in a list that is not sorted.
        skip: How many rows were seen.
        sort: A name of SORTS; behind ``-`` from the highest down.
        only: A word of ONLY for its kind, at the business time ``now``.
    """

    most: int
    q: str = ""
    enterprise: str = ""
    before: str = ""
    skip: int = 0
    sort: str = ""
    only: str = ""
    now: int = 0


def ending(now: int) -> ColumnElement[bool]:
    """Return the condition of guarantees whose letter ends within ``SOON`` days."""
    return and_(text(LASTING), G.valid_until > now, G.valid_until <= now + SOON * DAY)


def on_desk(_: int) -> ColumnElement[bool]:
    """Return the condition of statements that wait for a person here: not answered in time, or
    disputed."""
    return and_(text(ON_DESK))


def late(_: int) -> ColumnElement[bool]:
    """Return the condition of levies whose deadline passed unpaid."""
    return and_(text(OVERDUE), L.open > 0)


ONLY: Mapping[str, Mapping[str, Callable[[int], ColumnElement[bool]]]] = {
    "levy": {"overdue": late},
    "guarantee": {"ending": ending},
    "payment": {},
    "statement": {"desk": on_desk},
}
"""By kind, what a list can be narrowed to: what is overdue, what ends soon."""


def guarantees(connection: Connection, asked: Asked) -> tuple[list[Guarantee], int]:
    """Return guarantees, the highest number first, and how many there are."""
    rows, total = _page(connection, "guarantee", asked)
    return [Guarantee.of_row(row) for row in rows], total


def levies(connection: Connection, asked: Asked) -> tuple[list[Levy], int]:
    """Return levies, the highest number first, and how many there are."""
    rows, total = _page(connection, "levy", asked)
    return [Levy.of_row(row) for row in rows], total


def payments(connection: Connection, asked: Asked) -> tuple[list[Payment], int]:
    """Return payments, newest first, and how many there are."""
    rows, total = _page(connection, "payment", asked)
    return [Payment.of_row(row) for row in rows], total


def statements(connection: Connection, asked: Asked) -> tuple[list[Statement], int]:
    """Return all versions of all statements, newest first, and how many there are."""
    mine = _wanted(connection, "statement", asked)
    order = ordered(SORTS["statement"], asked.sort)
    rows = connection.execute(
        select(*S)
        .where(mine)
        .order_by(*order, S.number.desc(), S.version.desc())
        .offset(asked.skip)
        .limit(asked.most)
    )
    return [Statement.of_row(row) for row in rows], _count(connection, t.statements, mine)


def payable(connection: Connection, most: int) -> list[Levy]:
    """Return levies that money may be put on, those overdue first, then the oldest deadline."""
    found: list[Levy] = []
    for condition in (OVERDUE, PAYABLE):
        rows = connection.execute(
            select(*L)
            .where(
                text(condition),
                L.open > 0,
                L.confirmed == 1,
                L.taken_back == 0,
                L.mode == "1",
                L.type == "2",
            )
            .order_by(L.deadline, L.levy_no)
            .limit(most - len(found))
        )
        found += [Levy.of_row(row) for row in rows]
    return found


def suspense(connection: Connection, asked: Asked) -> tuple[list[Payment], int]:
    """Return the payments of which money waits, newest first, and how many there are."""
    rows, total = _page(connection, "payment", asked, P.unmatched > 0)
    return [Payment.of_row(row) for row in rows], total


def versions(connection: Connection, stmt_no: str) -> list[Statement]:
    """Return the versions of one statement, the latest first."""
    c = t.statements.c
    rows = connection.execute(
        select(*c).where(c.stmt_no == stmt_no).order_by(c.version.desc()).limit(1000)
    )
    return [Statement.of_row(row) for row in rows]


def guarantee(connection: Connection, no: str) -> Guarantee | None:
    """Return one guarantee; None when there is none."""
    row = connection.execute(select(*G).where(G.gasr_no == no)).fetchone()
    return None if row is None else Guarantee.of_row(row)


def levy(connection: Connection, no: str) -> Levy | None:
    """Return one levy; None when there is none."""
    row = connection.execute(select(*L).where(L.levy_no == no)).fetchone()
    return None if row is None else Levy.of_row(row)


def levies_under(connection: Connection, gasr_no: str, most: int) -> list[Levy]:
    """Return the levies that a guarantee secures or secured, the highest number first."""
    rows = connection.execute(
        select(*L)
        .where(L.gasr_no == gasr_no, L.gasr_no != "")
        .order_by(L.levy_no.desc())
        .limit(most)
    )
    return [Levy.of_row(row) for row in rows]


def _wanted(connection: Connection, kind: str, asked: Asked) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if asked.q:
        conditions.append(of_number(connection, kind, asked.q))
    if asked.enterprise:
        conditions.append(HELD[kind].table.c.enterprise == asked.enterprise)
    if asked.only:
        conditions.append(ONLY[kind][asked.only](asked.now))
    return and_(*conditions)


def _page(
    connection: Connection, kind: str, asked: Asked, *more: ColumnElement[bool]
) -> tuple[Sequence[Any], int]:
    """Return rows that are wanted, and how many there are on all pages."""
    held = HELD[kind]
    mine = and_(_wanted(connection, kind, asked), *more)
    behind = held.key < asked.before if asked.before else true()
    order = (*ordered(SORTS[kind], asked.sort), held.key.desc())
    keys = select(held.key).where(mine, behind).order_by(*order)
    rows = connection.execute(  # whole rows, which are wide, for the page alone
        select(*held.table.c)
        .where(held.key.in_(keys.offset(asked.skip).limit(asked.most).correlate(None)))
        .order_by(*order)
    ).fetchall()
    return rows, _count(connection, held.table, mine)


def _count(connection: Connection, table: Table, wanted: ColumnElement[bool]) -> int:
    return int(
        connection.execute(select(func.count()).select_from(table).where(wanted)).scalar_one()
    )
