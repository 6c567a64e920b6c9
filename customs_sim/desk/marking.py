"""Marking: puts cases off, claims them, and gives decisions that can be taken back, on one work.
Nothing of it leaves customs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from customs_sim.cases.case import Case
from customs_sim.cases.settings import CustomsSettings
from customs_sim.desk.decisions import Act, Decided, Decision, NotDecided
from customs_sim.desk.marks import UNDONE, marks_of
from customs_sim.desk.not_decided import claimed_by, not_later, nothing_to_undo, under_way
from customs_sim.office.operators import Actor
from customs_sim.office.work import Work
from customs_sim.store import mark_sql
from customs_sim.store.mark_sql import ClaimRow, HoldRow, PendingRow
from customs_sim.store.numbers import PENDING
from customs_sim.wire.calendar import next_working_day
from schemas.times import SHANGHAI, micros

MARKING = (Act.HOLD, Act.RESUME, Act.CLAIM, Act.RELEASE)
"""Acts that mark a waiting case and nothing else."""


def usual_day(today: date) -> date:
    """Return until when a case is put off if nobody says otherwise: the next working day."""
    return next_working_day(today + timedelta(days=1))


class Marking:
    """The marks of the cases of one work. Read once the cases are locked."""

    def __init__(self, work: Work, settings: CustomsSettings, cases: Iterable[Case]) -> None:
        self._work, self._settings = work, settings
        self._open: dict[int, PendingRow] = {}
        self._claims: dict[int, ClaimRow] = {}
        self._given: list[PendingRow] = []
        marks = marks_of(
            work.connection, [each.case_no for each in cases], now=work.now.at, wall=work.wall
        )
        for number, each in marks.items():
            if each.pending:
                self._open[number] = each.pending
            if each.claim:
                self._claims[number] = each.claim

    def open(self, case: Case) -> PendingRow | None:
        """Return the decision on a case that can still be taken back."""
        return self._open.get(case.case_no)

    def mark(self, decision: Decision, case: Case) -> Decided | NotDecided:
        """Carry out one of ``MARKING`` on a waiting case."""
        if (given := self.open(case)) is not None:
            return under_way(decision, case, given, self._work.wall)
        c, number = self._work.connection, case.case_no
        by, claim = self._work.by, self._claims.get(number)
        others = claim is not None and claim.operator != _name(by)
        match decision.result:
            case Act.HOLD:
                return self._hold(decision, case)
            case Act.RESUME:
                mark_sql.drop_hold(c, number)
            case Act.CLAIM | Act.RELEASE if claim and others:
                return claimed_by(decision, case, claim)
            case Act.CLAIM:
                until = self._work.wall + int(self._settings.claim * 1_000_000)
                row = ClaimRow(number, _name(by), by.session if by else "", until)
                mark_sql.put_claim(c, row)
                self._claims[number] = row
            case _:
                mark_sql.drop_claim(c, number)
                self._claims.pop(number, None)
        return Decided(decision=decision, case=case)

    def _hold(self, decision: Decision, case: Case) -> Decided | NotDecided:
        today = self._work.now.day
        day = decision.until or usual_day(today)
        if day <= today:
            return not_later(decision, case, today.isoformat())
        until = micros(datetime.combine(day, self._settings.review.opens, SHANGHAI))
        row = HoldRow(case.case_no, until, "; ".join(decision.notes), _name(self._work.by))
        mark_sql.put_hold(self._work.connection, row)
        return Decided(decision=decision, case=case, until=until)

    def give(self, decision: Decision, case: Case, *, after: int, batch: int) -> Decided:
        """Give a decision that takes effect ``after`` microseconds of wall time. ``batch``: what
        those given together share; 0 alone."""
        row = self._row(decision, case, batch, self._work.wall + after)
        self._given.append(row)
        self._open[case.case_no] = row
        return Decided(decision=decision, case=case, given=row)

    def refuse(self, refused: NotDecided, *, batch: int) -> None:
        """Keep a refusal with those that were given together, to be told with them."""
        if refused.case is not None:
            row = self._row(refused.decision, refused.case, batch, self._work.wall)
            self._given.append(
                row._replace(
                    outcome=(",".join(refused.rules) or str(refused.status))[:64],
                    said_zh=refused.message_zh,
                    said_en=refused.message_en,
                )
            )

    def _row(self, decision: Decision, case: Case, batch: int, due: int) -> PendingRow:
        by = self._work.by
        return PendingRow(
            id=self._work.blocks.draw(PENDING),
            batch=batch,
            case_no=case.case_no,
            seq_no=case.seq_no,
            act=decision.result.value,
            notes=msgspec.json.encode(decision.notes).decode(),
            operator=_name(by),
            role=by.role.value if by else "",
            due=due,
        )

    def undo(self, decision: Decision, case: Case) -> Decided | NotDecided:
        """Take back what was given on a case."""
        row = self._open.pop(case.case_no, None)
        if row is None:
            return nothing_to_undo(decision, case)
        if row in self._given:
            self._given.remove(row)
        else:
            mark_sql.settle(self._work.connection, row.id, UNDONE)
        return Decided(decision=decision, case=case, undone=row)

    def write(self, moved: Sequence[int]) -> None:
        """Write what was given; ``moved``: case numbers that a decision moved, whose marks end."""
        if self._given:
            mark_sql.add_pending(self._work.connection, self._given, self._work.wall)
        if moved:
            mark_sql.drop_marks(self._work.connection, moved)


def _name(by: Actor | None) -> str:
    return by.name[:64] if by else ""
