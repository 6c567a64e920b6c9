"""The course of a case: which answer each step gives and where it leaves the case. Used by intake, timers and desk.

Turns reviews into replies and rows on a write unit; does no I/O of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from customs_sim import replies
from customs_sim.cases import Case, CaseStatus
from customs_sim.filing import Filing, Head
from customs_sim.numbers import guarantee_no, guarantee_serial
from customs_sim.pace import Profile, Step
from customs_sim.register import Register
from customs_sim.replies import approval, approved_body, stored, unapproved_body, version_after
from customs_sim.review import Review, review
from customs_sim.settings import ReviewSettings
from customs_sim.unit import WriteUnit
from schemas.receipts import APPROVED, NOT_TAKEN, RETURNED, TAKEN, TO_PERSON
from schemas.times import from_wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What one manageResult does: the status it leaves, emapvMarkcd of the echoed document (None: nothing is echoed),
    and the name that tells its answer apart from the others to the same filing."""

    status: CaseStatus
    mark: str | None
    answer: str


ENDINGS: Mapping[str, Ending] = {
    APPROVED: Ending(status=CaseStatus.APPROVED, mark="1", answer="final"),
    RETURNED: Ending(status=CaseStatus.RETURNED, mark="4", answer="final"),
    NOT_TAKEN: Ending(status=CaseStatus.REFUSED, mark=None, answer="final"),
    TO_PERSON: Ending(status=CaseStatus.REVIEW, mark="2", answer="review"),
    TAKEN: Ending(status=CaseStatus.TAKEN, mark=None, answer="taken"),
}
"""By manageResult of GRT2x1."""

EXPECTED: Mapping[Step, CaseStatus] = {
    Step.STORED: CaseStatus.ARRIVED, Step.TAKEN: CaseStatus.STORED, Step.FINAL: CaseStatus.TAKEN}
"""Where a timed step must find its case; elsewhere somebody was faster and the step is dropped."""


class Course:
    """Moves cases on one write unit. ``register`` must have been read for all filings that will be moved."""

    def __init__(self, unit: WriteUnit, register: Register, settings: ReviewSettings) -> None:
        self._unit, self._register, self._settings = unit, register, settings

    def review(self, filing: Filing) -> Review:
        """Run the rules against the register as it stands now."""
        return review(filing, self._register.view, self._settings, self._unit.now.day)

    def refuse(self, case: Case, head: Head, reason: str) -> None:
        """GRT200 = 2: the content cannot be stored."""
        self._unit.answer(replies.not_stored(self._unit.node, head, self._unit.now, reason),
                          case_no=case.case_no, gateway_msg_id=case.gateway_msg_id)

    def arrive(self, case: Case, filing: Filing, profile: Profile) -> Case:
        """Take the steps that the profile takes at once; the case as it then stands, with its next timer set."""
        for step in profile.at_once:
            case = self.take(step, case, filing, person=profile.person)
            if case.status not in (CaseStatus.STORED, CaseStatus.TAKEN):
                return case
        if not profile.person:
            self.schedule(case, profile, None, self._unit.now.at)
        return case

    def schedule(self, case: Case, profile: Profile, after: Step | None, since: int) -> None:
        """Set the timer of the step that follows ``after``; counted from when that fell due: no delay adds up."""
        if (following := profile.after(after)) is not None:
            seconds, step = following
            self._unit.later(since + int(seconds * 1_000_000), case.case_no, step)

    def take(self, step: Step, case: Case, filing: Filing, *, person: bool = False) -> Case:
        """One step; the rules are run again at every step that depends on them."""
        if step is Step.STORED:
            self._unit.answer(stored(self._unit.node, filing.head, self._unit.now), case_no=case.case_no,
                              gateway_msg_id=case.gateway_msg_id)
            return replace(case, status=CaseStatus.STORED, updated=self._unit.now.at)
        found = self.review(filing)
        if step is Step.FINAL or found.outcome == NOT_TAKEN:
            return self.end(case, filing, found.outcome, notes=found.notes, rules=found.rules)
        case = self.end(case, filing, TAKEN, notes=(), rules=found.rules)
        if not person:
            return case
        if found.outcome == RETURNED and found.auto:
            return self.end(case, filing, RETURNED, notes=found.notes, rules=found.rules)
        return replace(case, status=CaseStatus.RECEIVED)

    def end(self, case: Case, filing: Filing, result: str, *, notes: tuple[str, ...], rules: str) -> Case:
        """Answer GRT2x1 with ``result``; an approval gets its number and enters the register."""
        unit, ending, body = self._unit, ENDINGS[result], filing.body
        number, document = "", None
        if result == APPROVED:
            customs, year = body.text("masterCuscd"), unit.now.day.year
            number = guarantee_no(customs, year, unit.blocks.draw(guarantee_serial(customs, year)))
            document = approved_body(filing, number, unit.now, self._settings)
        elif ending.mark is not None:
            document = unapproved_body(filing, ending.mark, unit.now)
        sent = unit.answer(
            approval(unit.node, filing, unit.now, result, step=ending.answer, business_no=number, notes=notes,
                     body=document),
            case_no=case.case_no, gateway_msg_id=case.gateway_msg_id)
        if number:
            self._enter(case, filing, number, sent)
        return replace(case, status=ending.status, business_no=number, rules=rules[:255], updated=unit.now.at)

    def _enter(self, case: Case, filing: Filing, number: str, sent: int) -> None:
        body = filing.body
        self._unit.enter_guarantee((
            number, body.enterprise, case.customs, body.change_no, version_after(body.text("version")),
            case.amount, 0, 0, body.text("gurModecd"), body.text("ltguaNo").strip() if body.by_letter else "",
            from_wire(body.text("ltguaValidDate")) if body.by_letter else 0, "1", case.seq_no, sent, self._unit.now.at))
        self._register.enter(filing, number)
