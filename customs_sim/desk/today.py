"""The day at a glance: what the front page shows. Every number comes from an index of its own and
is bounded by the day, or by what is open. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, TextClause, case, func, select, text

from customs_sim.cases.case import Case
from customs_sim.desk import lists
from customs_sim.desk.ages import AGES, HOUR
from customs_sim.store import mark_sql
from customs_sim.store import tables as t
from customs_sim.store.delivery_sql import waiting_messages
from schemas.times import SHANGHAI, micros, moment

OVER = "status IN ('approved', 'returned', 'superseded')"
SENT = "direction = 'out'"
"""As the partial indexes say it: a database takes such an index for these words only."""
HOURS = 24
Condition: TypeAlias = ColumnElement[bool] | TextClause


class Aged(NamedTuple):
    """The cases of one message type that wait, by the words of AGES."""

    kind: str
    counts: Mapping[str, int]


class Sum(NamedTuple):
    """How many, and 分 of them together."""

    number: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What the front page shows.

    Attributes:
        begins: Midnight in Shanghai, in microseconds UTC.
        filed: Cases that came, by hour of the day; ``decided``: those that were decided.
        outcomes: Cases that were decided today, by status.
        sent: Messages that customs wrote today; ``undelivered``: those of any day that the gateway
            has not taken yet; ``disturbed``: those of today that a fault changed.
        ending: Guarantees whose letter ends within 30 days, and their limits.
        overdue: Levies that are overdue, and what is open of them.
        suspense: Payments of which money waits, and that money.
    """

    begins: int
    ages: tuple[Aged, ...]
    filed: tuple[int, ...]
    decided: tuple[int, ...]
    outcomes: Mapping[str, int]
    sent: int
    undelivered: int
    disturbed: int
    ending: Sum
    overdue: Sum
    suspense: Sum

    @property
    def waiting(self) -> int:
        """Return how many cases wait."""
        return sum(sum(each.counts.values()) for each in self.ages)

    @property
    def done(self) -> int:
        """Return how many cases were decided today."""
        return sum(self.outcomes.values())


def day_of(now: int) -> tuple[int, int]:
    """Return when the day of ``now`` began in Shanghai, and when it ends."""
    day = moment(now).astimezone(SHANGHAI)
    begins = micros(day.replace(hour=0, minute=0, second=0, microsecond=0))
    return begins, begins + HOURS * HOUR


def today(connection: Connection, now: int) -> Today:
    """Return the day of ``now``, business time."""
    c, m, d, (begins, ends) = t.cases.c, t.messages.c, t.disturbed.c, day_of(now)
    over = (text(OVER), c.updated >= begins, c.updated < ends)
    return Today(
        begins=begins,
        ages=_ages(connection, now),
        filed=_hourly(connection, c.since, begins, c.since >= begins, c.since < ends),
        decided=_hourly(connection, c.updated, begins, *over),
        outcomes=dict(
            connection.execute(
                select(c.status, func.count()).where(*over).group_by(c.status).order_by(c.status)
            ).fetchall()
        ),
        sent=_number(
            connection, select(func.count(m.at)).where(text(SENT), m.at >= begins, m.at < ends)
        ),
        undelivered=len(waiting_messages(connection)),
        disturbed=_number(
            connection, select(func.count(d.message.distinct())).where(d.at >= begins, d.at < ends)
        ),
        ending=_money(connection, t.guarantees.c.limit_amount, lists.ending(now)),
        overdue=_money(connection, t.levies.c.open, lists.late(now)),
        suspense=_money(connection, t.payments.c.unmatched, text("unmatched > 0")),
    )


CASES: Mapping[str, tuple[ColumnElement[int], str]] = {
    "filed": (t.cases.c.since, "1 = 1"),
    "decided": (t.cases.c.updated, OVER),
    "returned": (t.cases.c.updated, "status = 'returned' AND " + OVER),
}
"""By word, what a list of cases goes by: the column of time and the condition."""


def cases_between(
    connection: Connection, what: str, start: int, end: int, most: int
) -> tuple[list[Case], int]:
    """Return cases that came or were decided (``what``: a word of CASES) from ``start`` up to
    ``end``, newest first, and how many there are."""
    at, condition = CASES[what]
    mine = (text(condition), at >= start, at < end)
    rows = connection.execute(
        select(*t.cases.c).where(*mine).order_by(at.desc(), t.cases.c.case_no.desc()).limit(most)
    )
    total = connection.execute(select(func.count()).select_from(t.cases).where(*mine)).scalar_one()
    return [Case.of_row(row) for row in rows], int(total)


def _ages(connection: Connection, now: int) -> tuple[Aged, ...]:
    c = t.cases.c
    columns = []
    for age in AGES.values():
        after, until = age.since(now)
        bounds = [c.since > after] if after is not None else []
        bounds += [c.since <= until] if until is not None else []
        within = bounds[0] if len(bounds) == 1 else bounds[0] & bounds[1]
        columns.append(func.sum(case((within, 1), else_=0)))
    rows = connection.execute(
        select(c.message_type, *columns)
        .where(t.WAITS, c.case_no.not_in(mark_sql.put_off(now)))
        .group_by(c.message_type)
        .order_by(c.message_type)
    )
    return tuple(
        Aged(kind, dict(zip(AGES, map(int, counts), strict=True))) for kind, *counts in rows
    )


def _hourly(
    connection: Connection, at: ColumnElement[int], begins: int, *where: Condition
) -> tuple[int, ...]:
    """Return how many there are in each hour of the day that ``begins``."""
    hour = ((at - begins) // HOUR).label("hour")
    rows = connection.execute(select(hour, func.count()).where(*where).group_by("hour")).fetchall()
    found = {int(number): int(count) for number, count in rows}
    return tuple(found.get(number, 0) for number in range(HOURS))


def _number(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(query).scalar_one())


def _money(connection: Connection, amount: ColumnElement[int], condition: Condition) -> Sum:
    count, total = connection.execute(
        select(func.count(), func.coalesce(func.sum(amount), 0)).where(condition)
    ).one()
    return Sum(int(count), int(total))
