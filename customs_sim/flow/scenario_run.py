"""Runs of scenarios: the first rule that strikes a filing leads its case, step by step.

The next position of a run is written in the transaction that stores what the step before it sent,
and a wait is a row of c_tasks. So a process that dies anywhere goes on without repeating or losing
a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lxml import etree
from msgspec.structs import replace

from customs_sim.cases.case import Case, CaseStatus
from customs_sim.cases.profiles import Step
from customs_sim.flow.course import Course
from customs_sim.flow.officer import Word, carry_out, forbidden
from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register
from customs_sim.office.work import Work
from customs_sim.rules.procedure import procedure_of
from customs_sim.steering.active import Script, Tallies
from customs_sim.steering.matching import Subject
from customs_sim.steering.scenarios import Said, ScenarioRule, ScenarioStep, Sent, Verb
from customs_sim.store import steering_sql as store
from customs_sim.store.rows import RunRow
from customs_sim.wire.filing import Filing
from customs_sim.wire.reader import FilingReader
from customs_sim.wire.replies import resent
from gateway.base.errors import StoreConflict
from schemas.dxp import canonical
from schemas.receipts import NOT_TAKEN, TAKEN, TO_PERSON

SECOND = 1_000_000
DIRECTED = "scenario"
"""Rule id of a case that a scenario ended though no rule failed."""
BEFORE = frozenset({CaseStatus.ARRIVED, CaseStatus.STORED})
UNDECIDED = BEFORE | {CaseStatus.TAKEN, CaseStatus.RECEIVED}
OPEN = UNDECIDED | {CaseStatus.REVIEW}
FITS: Mapping[Said, frozenset[CaseStatus]] = {
    Said.STORED: frozenset({CaseStatus.ARRIVED}),
    Said.NOT_STORED: frozenset({CaseStatus.ARRIVED}),
    Said.TAKEN: BEFORE,
    Said.NOT_TAKEN: OPEN,
    Said.REVIEW: UNDECIDED,
    Said.APPROVE: OPEN,
    Said.RETURN: OPEN,
    Said.DECIDE: OPEN,
    Said.RECONFIRM: OPEN,
    Said.REJECT_TYPE: OPEN,
}
"""Where an answer must find its case. No case passes one of these twice, so no answer is given
twice."""
WORDS: Mapping[Said, Word] = {Said(word): word for word in Word}
"""Answers that are words of an officer."""


class Position(NamedTuple):
    """Where a case led by a scenario stands.

    Attributes:
        case: As its last step left it.
        next: The next step of its rule, from 0.
        since: Business time from which the next wait counts.
    """

    case: Case
    next: int
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """A case that a rule of a scenario leads.

    Attributes:
        number: Which case of the rule it is, from 1.
    """

    script: Script
    rule: ScenarioRule
    number: int
    filing: Filing


class Wake(StrEnum):
    """A timer of a run, among the steps of cases in c_tasks."""

    RUN = "run"
    """The wait of the case's scenario is over."""


class Director:
    """Leads cases on one work."""

    def __init__(
        self, work: Work, course: Course, register: Register, reader: FilingReader
    ) -> None:
        """Take what it works with. ``register`` must have read the filings that it will lead."""
        self._work, self._course, self._register, self._reader = work, course, register, reader
        self._tally: Tallies | None = None

    def arrive(self, script: Script, case: Case, filing: Filing) -> Case | None:
        """Take the first steps of the rule that strikes ``filing``, and return the case after them;
        None when no rule does. The tallies are written with the work."""
        if self._tally is None:
            self._tally = Tallies(
                self._work.connection, [script.key(rule.name) for rule in script.scenario.rules]
            )
            self._work.at_end(self._tally.write)
        tally, subject = self._tally, self._subject(case, filing)
        for rule in script.scenario.rules:
            if not rule.match.fits(subject):
                continue
            key = script.key(rule.name)
            seen, hits = tally.see(key)
            if rule.match.strikes(rule.name, seen, hits, script.chance):
                led = Led(script=script, rule=rule, number=tally.strike(key), filing=filing)
                case, position, since = self._walk(led, Position(case, 0, self._work.now.at))
                ended = int(position >= len(rule.steps))
                store.add_run(
                    self._work.connection,
                    (case.case_no, script.id, rule.name, led.number, position, since, ended),
                )
                return case
        return None

    def go_on(self, script: Script, run: RunRow, case: Case, filing: Filing, due_at: int) -> Case:
        """Take the steps that follow a wait, and return the case after them. Raise StoreConflict
        when another process was faster."""
        rule = script.scenario.rule(run.rule)
        if rule is None or run.ended:
            return case
        led = Led(script=script, rule=rule, number=run.number, filing=filing)
        after, position, since = self._walk(led, Position(case, run.position, due_at))
        ended = int(position >= len(rule.steps))
        if not store.move_run(
            self._work.connection, case.case_no, run.position, position, since, ended
        ):
            raise StoreConflict(f"another process leads case {case.case_no}")
        return after

    def _walk(self, led: Led, position: Position) -> Position:
        """Take steps until one waits, and return where the case stands then."""
        case, begin, since = position
        steps = led.rule.steps
        for here in range(begin, len(steps)):
            step = steps[here]
            if not self._holds(step, case, led.filing):
                continue
            match step.verb:
                case Verb.ANSWER:
                    name = f"{led.script.id}/steps/{led.rule.name}/{here}"
                    with self._work.spoiling(name, step.fault):
                        case = self._answer(step, case, led.filing)
                case Verb.SEND:
                    self._send(step.sends, case, led.filing, here)
                case Verb.WAIT | Verb.PERSON:
                    if step.verb is Verb.PERSON and case.status in UNDECIDED:
                        case = replace(case, status=CaseStatus.RECEIVED, updated=self._work.now.at)
                    if step.verb is Verb.PERSON and not step.high:
                        return Position(case, len(steps), since)
                    since += _length(led, step, here)
                    self._work.later(since, case.case_no, Wake.RUN)
                    return Position(case, here + 1, since)
        return Position(case, len(steps), since)

    def _holds(self, step: ScenarioStep, case: Case, filing: Filing) -> bool:
        when = step.when
        if when is None:
            return True
        if when.statuses and case.status.value not in when.statuses:
            return False
        if not when.outcomes and when.auto is None:
            return True
        reviewed = self._course.review(filing)
        return (not when.outcomes or reviewed.outcome in when.outcomes) and (
            when.auto is None or when.auto is reviewed.auto
        )

    def _answer(self, step: ScenarioStep, case: Case, filing: Filing) -> Case:
        """Give the answer of a step, and return the case as it then stands. An answer that no
        longer fits the case is left out."""
        course, notes, says = self._course, step.notes, step.says
        if case.status not in FITS[says]:
            return case
        if says is Said.STORED:
            return course.take(Step.STORED, case, filing)
        if says is Said.NOT_STORED:
            course.refuse(case, filing.head, notes[0] if notes else "入库失败")
            return replace(
                case, status=CaseStatus.REFUSED, rules=DIRECTED, updated=self._work.now.at
            )
        offered = procedure_of(filing.head.message_type).acts
        if says in (Said.RECONFIRM, Said.REJECT_TYPE) and says not in offered:
            return case
        reviewed = course.review(filing)
        if says is Said.TAKEN and reviewed.outcome != NOT_TAKEN:
            return course.end(case, filing, TAKEN, notes=(), rules=reviewed.rules)
        if says is Said.NOT_TAKEN:
            return course.end(
                case, filing, NOT_TAKEN, notes=notes or reviewed.notes, rules=DIRECTED
            )
        word = WORDS.get(says)
        if word is not None and not forbidden(word, reviewed):
            return carry_out(
                course, word, case, filing, reviewed=reviewed, notes=notes, reason=DIRECTED
            )
        if says is Said.RECONFIRM:
            return case
        if reviewed.outcome == TO_PERSON and case.status is CaseStatus.REVIEW:
            return case  # it waits for a person already
        return course.follow(case, filing, reviewed)

    def _send(self, what: Sent, case: Case, filing: Filing, here: int) -> None:
        """Send what is no answer. ``here``: the number of the step."""
        work, books = self._work, self._register.books
        if what is Sent.SYNC:
            pushes = Pushes(work, self._register)
            if books.guarantee(case.business_no) is not None:
                pushes.guarantee(case.business_no)
            elif books.levy(case.business_no) is not None:
                pushes.levy(case.business_no)
            return
        head = replace(
            filing.head, cop_msg_id=f"{filing.head.cop_msg_id}/{here}"
        )  # each sending has ids of its own
        for body in self._sent(case):
            if (original := canonical(body)) is not None:
                work.answer(
                    resent(work.node, head.sender, head.cop_msg_id, original, work.now),
                    case_no=None,
                    gateway_msg_id=case.gateway_msg_id,
                )

    def _sent(self, case: Case) -> list[bytes]:
        """Return every answer to the case so far, in order. Those of this work are not in the store
        yet."""
        work = self._work
        stored = work.sql.sent_to(
            work.connection, case.dxp_id, reference=case.seq_no, business="", most=100
        )
        return [
            *(bytes(row.body) for row in stored if row.gateway_msg_id == case.gateway_msg_id),
            *work.answers_to(case.case_no),
        ]

    def _subject(self, case: Case, filing: Filing) -> Subject:
        numbers = tuple(number for number in (case.seq_no, case.business_no) if number)
        return Subject(
            message_type=filing.head.message_type,
            enterprise=case.enterprise,
            refs=(filing.head.enterprise_ref, *numbers),
            document=self._document(case),
            again=lambda: store.filed_before(
                self._work.connection, case.case_no, case.enterprise, numbers
            ),
        )

    def _document(self, case: Case) -> Callable[[], etree._Element | None]:
        def read_document() -> etree._Element | None:
            row = self._work.sql.bodies(self._work.connection, [case.in_message]).get(
                case.in_message
            )
            return None if row is None else self._reader.business(bytes(row.body))

        return read_document


def _length(led: Led, step: ScenarioStep, here: int) -> int:
    """Return the microseconds of a wait: the same for the same seed, rule, step and case of the
    rule."""
    low, high = int(step.low * SECOND), int(step.high * SECOND)
    return led.script.chance.whole(f"{led.rule.name}/{here}", led.number, low, high)
