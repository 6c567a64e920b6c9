"""Runs scenarios: the first rule that strikes a filing leads its case, step by step, on the write
unit of what each step sends.

The next position of a run is written in the transaction that stores what the step before it sent,
and a wait is a row of c_tasks, so a process that dies anywhere goes on without repeating or losing
a step. Does no I/O beside the unit's connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from lxml import etree
from msgspec.structs import replace

from customs_sim.cases.case import Case, CaseStatus
from customs_sim.cases.profiles import Step
from customs_sim.flow.course import REJECTED_TYPE, Course
from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register
from customs_sim.office.unit import WriteUnit
from customs_sim.rules.procedure import procedure_of
from customs_sim.steering.active import Script, Tallies
from customs_sim.steering.matching import Subject
from customs_sim.steering.scenarios import Said, ScenarioRule, ScenarioStep, Sent, Verb
from customs_sim.store import steering_sql as store
from customs_sim.wire.filing import Filing
from customs_sim.wire.reader import FilingReader
from customs_sim.wire.replies import resent
from gateway.base.errors import StoreConflict
from schemas.dxp import canonical
from schemas.receipts import APPROVED, NOT_TAKEN, RETURNED, TAKEN, TO_PERSON

SECOND = 1_000_000
DIRECTED = "scenario"
"""Rule id of a case that a scenario ended without asking the rules."""
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


class Wake(StrEnum):
    """A timer of a run, among the steps of cases in c_tasks."""

    RUN = "run"
    """The wait of the case's scenario is over."""


class Director:
    """Works on one write unit. ``register`` must have read the filings that it will lead."""

    def __init__(
        self, unit: WriteUnit, course: Course, register: Register, reader: FilingReader
    ) -> None:
        self._unit, self._course, self._register, self._reader = unit, course, register, reader
        self._tally: Tallies | None = None

    def arrive(self, script: Script, case: Case, filing: Filing) -> Case | None:
        """The case after the first steps of the rule that strikes it; None when none does. Counts
        are written with the unit."""
        if self._tally is None:
            self._tally = Tallies(
                self._unit.connection, [script.key(rule.name) for rule in script.scenario.rules]
            )
            self._unit.at_end(self._tally.write)
        tally, subject = self._tally, self._subject(case, filing)
        for rule in script.scenario.rules:
            if not rule.match.fits(subject):
                continue
            key = script.key(rule.name)
            seen, hits = tally.see(key)
            if rule.match.strikes(rule.name, seen, hits, script.chance):
                number = tally.strike(key)
                case, position, since = self._walk(
                    script, rule, 0, number, case, filing, self._unit.now.at
                )
                ended = int(position >= len(rule.steps))
                store.add_run(
                    self._unit.connection,
                    (case.case_no, script.id, rule.name, number, position, since, ended),
                )
                return case
        return None

    def go_on(self, script: Script, run: Any, case: Case, filing: Filing, due_at: int) -> Case:
        """The case after the steps that follow a wait."""
        rule = script.scenario.rule(run.rule)
        if rule is None or run.ended:
            return case
        after, position, since = self._walk(
            script, rule, run.position, run.number, case, filing, due_at
        )
        ended = int(position >= len(rule.steps))
        if not store.move_run(
            self._unit.connection, case.case_no, run.position, position, since, ended
        ):
            raise StoreConflict(f"another process leads case {case.case_no}")
        return after

    def _walk(
        self,
        script: Script,
        rule: ScenarioRule,
        position: int,
        number: int,
        case: Case,
        filing: Filing,
        since: int,
    ) -> tuple[Case, int, int]:
        """Take steps until one waits: the case, the next position, and the business time from which
        the next wait counts."""
        while position < len(rule.steps):
            step, here = rule.steps[position], position
            position += 1
            if not self._holds(step, case, filing):
                continue
            match step.verb:
                case Verb.ANSWER:
                    case = self._spoiling(
                        f"{script.id}/steps/{rule.name}/{here}", step, case, filing
                    )
                case Verb.SEND:
                    self._send(step.sends, case, filing, here)
                case Verb.WAIT | Verb.PERSON:
                    if step.verb is Verb.PERSON and case.status in UNDECIDED:
                        case = replace(case, status=CaseStatus.RECEIVED, updated=self._unit.now.at)
                    if step.verb is Verb.PERSON and not step.high:
                        return case, len(rule.steps), since
                    since += self._length(script, rule, step, here, number)
                    self._unit.later(since, case.case_no, Wake.RUN)
                    return case, position, since
        return case, position, since

    @staticmethod
    def _length(
        script: Script, rule: ScenarioRule, step: ScenarioStep, here: int, number: int
    ) -> int:
        """Microseconds of a wait: the same for the same seed, rule, step and case of the rule."""
        low, high = int(step.low * SECOND), int(step.high * SECOND)
        return script.chance.whole(f"{rule.name}/{here}", number, low, high)

    def _holds(self, step: ScenarioStep, case: Case, filing: Filing) -> bool:
        when = step.when
        if when is None:
            return True
        if when.statuses and case.status.value not in when.statuses:
            return False
        if not when.outcomes and when.auto is None:
            return True
        found = self._course.review(filing)
        return (not when.outcomes or found.outcome in when.outcomes) and (
            when.auto is None or when.auto is found.auto
        )

    def _spoiling(self, name: str, step: ScenarioStep, case: Case, filing: Filing) -> Case:
        """Answer, with the step's fault on everything that it sends."""
        with self._unit.spoiling(name, step.fault):
            return self._answer(step, case, filing)

    def _answer(self, step: ScenarioStep, case: Case, filing: Filing) -> Case:
        course, notes, says = self._course, step.notes, step.says
        if case.status not in FITS[says]:
            return case
        if says is Said.STORED:
            return course.take(Step.STORED, case, filing)
        if says is Said.NOT_STORED:
            course.refuse(case, filing.head, notes[0] if notes else "入库失败")
            return replace(
                case, status=CaseStatus.REFUSED, rules=DIRECTED, updated=self._unit.now.at
            )
        if (
            says in (Said.RECONFIRM, Said.REJECT_TYPE)
            and says not in procedure_of(filing.head.message_type).acts
        ):
            return case
        found = course.review(filing)
        match says:
            case Said.TAKEN if found.outcome != NOT_TAKEN:
                return course.end(case, filing, TAKEN, notes=(), rules=found.rules)
            case Said.NOT_TAKEN:
                return course.end(
                    case, filing, NOT_TAKEN, notes=notes or found.notes, rules=DIRECTED
                )
            case Said.RETURN:
                return course.end(
                    case,
                    filing,
                    RETURNED,
                    notes=notes or found.notes or ("退单",),
                    rules=found.rules or DIRECTED,
                )
            case Said.REVIEW:
                return course.end(
                    case, filing, TO_PERSON, notes=notes or found.notes, rules=found.rules
                )
            case Said.APPROVE if not found.forbids:
                return course.end(case, filing, APPROVED, notes=notes, rules="")
            case Said.RECONFIRM:
                return (
                    case if found.forbids and "F111.02" in found.rules else course.ask_again(case)
                )
            case Said.REJECT_TYPE:
                return course.end(
                    case,
                    filing,
                    RETURNED,
                    notes=notes or ("担保类型审核退单",),
                    rules="K8",
                    mark=REJECTED_TYPE,
                )
        if found.outcome == TO_PERSON and case.status is CaseStatus.REVIEW:
            return case  # it waits for a person already
        return course.end(case, filing, found.outcome, notes=found.notes, rules=found.rules)

    def _send(self, what: Sent, case: Case, filing: Filing, here: int) -> None:
        unit, books = self._unit, self._register.books
        if what is Sent.SYNC:
            pushes = Pushes(unit, self._register)
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
                unit.answer(
                    resent(unit.node, head, original, unit.now),
                    case_no=None,
                    gateway_msg_id=case.gateway_msg_id,
                )

    def _sent(self, case: Case) -> list[bytes]:
        """Every answer to the case so far, in order; those of this unit are not in the store
        yet."""
        unit = self._unit
        stored = unit.sql.sent_to(
            unit.connection, case.dxp_id, reference=case.seq_no, business="", most=100
        )
        return [
            *(bytes(row[3]) for row in stored if row[2] == case.gateway_msg_id),
            *unit.answers_to(case.case_no),
        ]

    def _subject(self, case: Case, filing: Filing) -> Subject:
        numbers = tuple(number for number in (case.seq_no, case.business_no) if number)
        return Subject(
            message_type=filing.head.message_type,
            enterprise=case.enterprise,
            refs=(filing.head.enterprise_ref, *numbers),
            document=self._document(case),
            again=lambda: store.filed_before(
                self._unit.connection, case.case_no, case.enterprise, numbers
            ),
        )

    def _document(self, case: Case) -> Callable[[], etree._Element | None]:
        def look() -> etree._Element | None:
            row = self._unit.sql.bodies(self._unit.connection, [case.in_message]).get(
                case.in_message
            )
            return None if row is None else self._reader.business(bytes(row[3]))

        return look
