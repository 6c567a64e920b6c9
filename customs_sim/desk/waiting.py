"""Which cases wait for a person: what a filter of the work list wants, and the page that fits it.
Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, literal, select, true, union

from customs_sim.cases.case import Case
from customs_sim.desk.ages import AGES
from customs_sim.desk.ordering import ordered
from customs_sim.store import mark_sql
from customs_sim.store import tables as t
from customs_sim.store.number_sql import case_of_number

HELD, EVERY = "held", "all"
"""Words of ``Waiting.show``."""
SINCE = t.cases.c.since + 0
"""No column by itself: else the index of all cases, decided ones too, is walked in its order."""
SORTS: Mapping[str, ColumnElement[Any]] = {
    "since": SINCE,
    "kind": t.cases.c.message_type,
    "enterprise": t.cases.c.enterprise,
    "amount": t.cases.c.amount,
}
"""The names of what the list may be sorted by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Which waiting cases are wanted; an empty member sets no bound.

    Attributes:
        least: 分, inclusive; so is ``most``.
        show: ``held``: only what is put off; ``all``: that too; otherwise it is left out.
        claimed_by: The operator who works on it.
        q: The beginning of a number of the case or of its messages.
        age: A word of AGES.
    """

    kind: str = ""
    enterprise: str = ""
    customs: str = ""
    least: int | None = None
    most: int | None = None
    show: str = ""
    claimed_by: str = ""
    q: str = ""
    age: str = ""

    @property
    def all(self) -> bool:
        """Return whether every case is wanted."""
        return self == Waiting()

    def where(self, connection: Connection, now: int, wall: int) -> ColumnElement[bool]:
        """Return the condition on c_cases at ``now``, business time, and ``wall``."""
        c = t.cases.c
        wanted = [
            column == value
            for column, value in (
                (c.message_type, self.kind),
                (c.enterprise, self.enterprise),
                (c.customs, self.customs),
            )
            if value
        ]
        wanted += [c.amount >= self.least] if self.least is not None else []
        wanted += [c.amount <= self.most] if self.most is not None else []
        if self.show == HELD:
            wanted.append(c.case_no.in_(mark_sql.put_off(now)))
        elif self.show != EVERY:
            wanted.append(c.case_no.not_in(mark_sql.put_off(now)))
        if self.claimed_by:
            wanted.append(c.case_no.in_(mark_sql.claimed(wall, self.claimed_by)))
        wanted += [case_of_number(connection, self.q)] if self.q else []
        if self.age:
            after, until = AGES[self.age].since(now)
            wanted += [after < SINCE] if after is not None else []
            wanted += [until >= SINCE] if until is not None else []
        return and_(true(), *wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the list.

    Attributes:
        after: The case no. behind which it begins, in a list that is not sorted.
        skip: How many cases were seen.
        sort: A name of SORTS; behind ``-`` from the highest down.
    """

    most: int
    after: int = 0
    skip: int = 0
    sort: str = ""


def waiting(
    connection: Connection, wanted: Waiting, part: Part, *, now: int, wall: int
) -> tuple[list[Case], int]:
    """Return a part of the cases that wait for a person, oldest first, and how many wait at
    ``now``, business time, and ``wall``."""
    c = t.cases.c
    mine = and_(t.WAITS, wanted.where(connection, now, wall))
    rows = connection.execute(
        select(*c)
        .where(mine, c.case_no > part.after)
        .order_by(*ordered(SORTS, part.sort), c.case_no)
        .offset(part.skip)
        .limit(part.most)
    ).fetchall()
    total = connection.execute(select(func.count()).select_from(t.cases).where(mine)).scalar_one()
    return [Case.of_row(row) for row in rows], int(total)


class Neighbours(NamedTuple):
    """Where a case stands in a list.

    Attributes:
        before: The case number before it; None for the first.
        after: The case to look at next, behind it or else the first of the list; None without one.
        place: How many stand up to it; ``total``: how many there are.
    """

    before: int | None
    after: int | None
    place: int
    total: int


def neighbours(
    connection: Connection, wanted: Waiting, case_no: int, sort: str = "", *, now: int, wall: int
) -> Neighbours:
    """Return what stands beside a case among those that are ``wanted``, in the order of ``sort``.
    A case that is decided and can still be taken back is nobody's next."""
    c = t.cases.c
    mine = and_(t.WAITS, wanted.where(connection, now, wall))
    by = SORTS.get(sort.removeprefix("-"), literal(0))
    shown = select(c.case_no, c.case_no.in_(mark_sql.given()).label("given"), by.label("key"))
    both = union(shown.where(mine), shown.where(c.case_no == case_no)).subquery()
    rows = connection.execute(
        select(both.c.case_no, both.c.given).order_by(
            *ordered(dict.fromkeys(SORTS, both.c.key), sort), both.c.case_no
        )
    ).fetchall()
    numbers = [row.case_no for row in rows]
    at = numbers.index(case_no) if case_no in numbers else len(rows)
    free = [row.case_no for row in (*rows[at + 1 :], *rows[:at]) if not row.given]
    there = connection.execute(select(func.count()).where(mine, c.case_no == case_no)).scalar_one()
    return Neighbours(
        before=numbers[at - 1] if at else None,
        after=free[0] if free else None,
        place=at + 1 if there else 0,
        total=len(rows) - (0 if there else 1),
    )
