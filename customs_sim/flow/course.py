"""The course of a case: which answer each step gives, and where it leaves the case. Intake, timers
and desk use it.

Turns reviews into replies and rows on a work. Reads and writes nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from customs_sim.cases.case import Case, CaseStatus
from customs_sim.cases.profiles import Profile, Step
from customs_sim.cases.settings import ReviewSettings
from customs_sim.flow.approvals import Approvals
from customs_sim.flow.pushes import ASK, Pushes
from customs_sim.flow.register import Register
from customs_sim.ledger.books import Books
from customs_sim.office.work import Work
from customs_sim.rules.procedure import procedure_of
from customs_sim.rules.review import Review, review
from customs_sim.store.numbers import MESSAGE
from customs_sim.wire import documents, replies
from customs_sim.wire.calendar import next_working_moment
from customs_sim.wire.filing import Filing, Head
from customs_sim.wire.replies import approval, stored
from schemas.receipts import APPROVED, NOT_TAKEN, RETURNED, TAKEN, TO_PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What one manageResult does.

    Attributes:
        status: Where it leaves the case.
        mark: emapvMarkcd of the document in the answer; None where the answer has no document.
        answer: Tells the answer apart from others to the same filing.
    """

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
    Step.STORED: CaseStatus.ARRIVED,
    Step.TAKEN: CaseStatus.STORED,
    Step.FINAL: CaseStatus.TAKEN,
}
"""Where a timed step must find its case. When it stands elsewhere, a person was faster and the step
is left out."""

REJECTED_TYPE, ANOTHER_CONFIRMATION = "6", "5"  # emapvMarkcd, docs/rules.md K8


def needs(filings: Iterable[Filing], year: int) -> dict[str, int]:
    """Return how many numbers of each sequence the approval of ``filings`` draws, beside their
    answers. Left out is what depends on a register (the number of a refund)."""
    counts: dict[str, int] = {}
    for filing in filings:
        drawn = procedure_of(filing.head.message_type).draws(filing, year) or {MESSAGE: 2}
        for name, count in drawn.items():
            counts[name] = counts.get(name, 0) + count
        for name, count in Books.needs(1).items():
            counts[name] = counts.get(name, 0) + count
    return counts


class Course:
    """Moves cases on one work."""

    def __init__(
        self, work: Work, register: Register, settings: ReviewSettings, *, instant: bool
    ) -> None:
        """Take what it works with. ``register`` must have been read for all filings that will be
        moved. ``instant``: see ``Approvals``."""
        self._work, self._register, self._settings = work, register, settings
        self._approvals = Approvals(work, register, settings, instant=instant)

    def review(self, filing: Filing) -> Review:
        """Run the rules against the register as it now stands."""
        return review(filing, self._register.view, self._settings, self._work.now.day)

    def refuse(self, case: Case, head: Head, reason: str) -> None:
        """Answer GRT200 = 2: the content cannot be stored."""
        self._work.answer(
            replies.not_stored(self._work.node, head, self._work.now, reason),
            case_no=case.case_no,
            gateway_msg_id=case.gateway_msg_id,
        )

    def arrive(self, case: Case, filing: Filing, profile: Profile) -> Case:
        """Take the steps that the profile takes at once and set the timer of the next. Return the
        case as it then stands."""
        assembled = case.status is CaseStatus.STORED  # its pockets were answered one by one
        for step in profile.at_once:
            if assembled and step is Step.STORED:
                continue
            case = self.take(step, case, filing, person=profile.person)
            if case.status not in (CaseStatus.STORED, CaseStatus.TAKEN):
                return case
        if not profile.person:
            self.schedule(case, profile, Step.STORED if assembled else None, self._work.now.at)
        return case

    def schedule(self, case: Case, profile: Profile, after: Step | None, since: int) -> None:
        """Set the timer of the step that follows ``after``. It counts from ``since``, when that
        fell due, so that no delay adds up. With review hours a decision waits until the office is
        open; taking in is done by a machine and goes on by night."""
        if (following := profile.after(after)) is not None:
            seconds, step = following
            due = since + int(seconds * 1_000_000)
            if self._settings.review_hours and step is Step.FINAL:
                due = next_working_moment(due, self._settings.hours)
            self._work.later(due, case.case_no, step)

    def take(self, step: Step, case: Case, filing: Filing, *, person: bool = False) -> Case:
        """Take one step and return the case after it. The rules run again at every step that
        depends on them. ``person``: a person decides what the rules do not."""
        if step is Step.STORED:
            self._work.answer(
                stored(self._work.node, filing.head, self._work.now, case.business_no),
                case_no=case.case_no,
                gateway_msg_id=case.gateway_msg_id,
            )
            return replace(case, status=CaseStatus.STORED, updated=self._work.now.at)
        reviewed = self.review(filing)
        if step is Step.FINAL or reviewed.outcome == NOT_TAKEN:
            return self.follow(case, filing, reviewed)
        case = self.end(case, filing, TAKEN, notes=(), rules=reviewed.rules)
        if not person:
            return case
        if reviewed.outcome == RETURNED and reviewed.auto:
            return self.follow(case, filing, reviewed)
        return replace(case, status=CaseStatus.RECEIVED)

    def follow(self, case: Case, filing: Filing, reviewed: Review) -> Case:
        """Answer what the rules say, and return the case as it then stands."""
        return self.end(case, filing, reviewed.outcome, notes=reviewed.notes, rules=reviewed.rules)

    def end(
        self,
        case: Case,
        filing: Filing,
        result: str,
        *,
        notes: tuple[str, ...],
        rules: str,
        mark: str = "",
    ) -> Case:
        """Answer GRT2x1 with ``result``, carry out an approval, and return the case as it then
        stands. ``mark``: another emapvMarkcd than that of the result."""
        work, ending = self._work, ENDINGS[result]
        granted = self._approvals.grant(case, filing) if result == APPROVED else None
        document = granted.body if granted else None
        if granted is None and ending.mark is not None:
            document = documents.unapproved(
                filing, mark or ending.mark, work.now, self._version(filing)
            )
        number = granted.number if granted else case.business_no
        sent = work.answer(
            approval(
                work.node,
                filing,
                work.now,
                result,
                step=ending.answer,
                business_no=number,
                notes=notes,
                body=document,
                parts=filing.parts if document is not None else None,
            ),
            case_no=case.case_no,
            gateway_msg_id=case.gateway_msg_id,
        )
        if granted:
            granted.settle(sent)
        return replace(
            case, status=ending.status, business_no=number, rules=rules[:255], updated=work.now.at
        )

    def ask_again(self, case: Case) -> Case:
        """Ask for another confirmation of the levy (``docs/rules.md`` K8): GRT301 again with
        emapvMarkcd 5. The filing gets no answer."""
        self._register.books.change_levy(case.business_no, confirmed=0)
        Pushes(self._work, self._register).levy(
            case.business_no, code=ASK, emapvMarkcd=ANOTHER_CONFIRMATION, dataSrccd="0"
        )
        return replace(case, status=CaseStatus.SUPERSEDED, updated=self._work.now.at)

    def _version(self, filing: Filing) -> int:
        """Return the version of the register that the filing is about; 0 when there is none yet."""
        number = filing.body.text(filing.kind.number) if filing.kind.number else ""
        row = self._register.books.guarantee(number) or self._register.books.levy(number)
        return row.version if row else 0
