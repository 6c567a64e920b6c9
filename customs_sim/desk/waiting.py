"""Which cases wait for a person: what a filter of the work list wants, and the page that fits it.
Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, select, true

from customs_sim.cases.case import Case
from customs_sim.store import mark_sql
from customs_sim.store import tables as t

HELD, EVERY = "held", "all"
"""Words of ``Waiting.show``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Which waiting cases are wanted; an empty member sets no bound.

    Attributes:
        least: 分, inclusive; so is ``most``.
        show: ``held``: only what is put off; ``all``: that too; otherwise it is left out.
        claimed_by: The operator who works on it.
    """

    kind: str = ""
    enterprise: str = ""
    customs: str = ""
    least: int | None = None
    most: int | None = None
    show: str = ""
    claimed_by: str = ""

    @property
    def all(self) -> bool:
        """Return whether every case is wanted."""
        return self == Waiting()

    def where(self, now: int, wall: int) -> ColumnElement[bool]:
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
        return and_(true(), *wanted)


def waiting(
    connection: Connection, wanted: Waiting, *, after: int, most: int, now: int, wall: int
) -> tuple[list[Case], int]:
    """Return cases that wait for a person, oldest first, behind the case no. ``after``, and how
    many wait at ``now``, business time, and ``wall``."""
    c = t.cases.c
    mine = and_(c.status.in_(("received", "review")), wanted.where(now, wall))
    rows = connection.execute(
        select(*c).where(mine, c.case_no > after).order_by(c.case_no).limit(most)
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
    connection: Connection, wanted: Waiting, case_no: int, *, now: int, wall: int
) -> Neighbours:
    """Return what stands beside a case among those that are ``wanted``. A case that is decided and
    can still be taken back is nobody's next."""
    c = t.cases.c
    mine = and_(c.status.in_(("received", "review")), wanted.where(now, wall))
    free = and_(mine, c.case_no != case_no, c.case_no.not_in(mark_sql.given()))
    row = connection.execute(
        select(
            select(func.max(c.case_no)).where(mine, c.case_no < case_no).scalar_subquery(),
            select(func.min(c.case_no)).where(free, c.case_no > case_no).scalar_subquery(),
            select(func.min(c.case_no)).where(free).scalar_subquery(),
            select(func.count()).where(mine, c.case_no <= case_no).scalar_subquery(),
            select(func.count()).where(mine).scalar_subquery(),
        )
    ).one()
    return Neighbours(row[0], row[1] or row[2], int(row[3]), int(row[4]))
