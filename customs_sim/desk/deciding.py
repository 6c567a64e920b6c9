"""Deciding: carries out what a person decides on cases. The rules run again in the transaction of
the decision (X.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from customs_sim.cases.case import WAITING, Case, CaseStatus
from customs_sim.cases.profiles import INSTANT
from customs_sim.desk.closing import close
from customs_sim.desk.decisions import ANSWERING, OF_LEVIES, Act, Decided, Decision, NotDecided
from customs_sim.desk.marking import MARKING, Marking
from customs_sim.desk.not_decided import (
    PAST,
    forbidden_by,
    not_waiting,
    of_levies_only,
    under_way,
    unknown_case,
)
from customs_sim.desk.refusal import NotAllowed
from customs_sim.flow.course import Course, needs
from customs_sim.flow.officer import Word, carry_out, forbidden
from customs_sim.flow.register import Register
from customs_sim.office.audit import DONE, GIVEN, AuditEntry, entries
from customs_sim.office.office import Office
from customs_sim.office.work import Work
from customs_sim.rules.procedure import procedure_of
from customs_sim.store.numbers import MESSAGE, OUTBOX, PENDING
from customs_sim.wire.filing import Filing, clean
from schemas.times import to_wire


class Deciding:
    """Decides on one work: several decisions, each alone, in order."""

    def __init__(
        self,
        office: Office,
        work: Work,
        decisions: Sequence[Decision],
        *,
        grace: int = 0,
        batch: int = 0,
        unread: bool = False,
    ) -> None:
        """``grace``: microseconds of wall time that an answer to an enterprise can be taken back;
        ``batch``: what those given together share; 0 alone. ``unread``: answers are given with no
        look into the filings; the rules run when they are carried out."""
        self._office, self._work, self._decisions = office, work, decisions
        self._grace, self._batch, self._unread = grace, batch, unread
        self._cases: dict[str, Case] = {}
        self._filings: dict[int, Filing] = {}
        self._registers: dict[str, str] = {}
        """SeqNo to the register that an approved filing stands for."""

    def decide(self) -> list[Decided | NotDecided]:
        """Return one result for each decision, in order; none for one that was taken back."""
        work, office = self._work, self._office
        self._read()
        self._marking = Marking(work, office.settings, self._cases.values())
        closing = [self._closes(each) for each in self._decisions if each.result is Act.CLOSE]
        self._require(len(closing))
        register = Register(
            work,
            office.reader,
            office.codes,
            self._filings.values(),
            guarantees=closing,
            levies=closing,
        )
        instant = office.profile(work.connection) == INSTANT
        course = Course(work, register, office.settings.review, instant=instant)
        before = dict(self._cases)
        results: list[Decided | NotDecided] = []
        for decision in self._decisions:
            if decision.pending and not self._still(decision):
                continue  # taken back, or carried out by another process
            if decision.result is Act.CLOSE:
                results.append(self._close(register, decision))
                continue
            result = self._decide_one(course, decision)
            if isinstance(result, NotDecided) and self._batch:
                self._marking.refuse(result, batch=self._batch)
            if isinstance(result, Decided) and result.case is not None:
                self._cases[decision.seq_no] = result.case
            results.append(result)
        moved = [seq_no for seq_no, after in self._cases.items() if after is not before[seq_no]]
        for seq_no in moved:
            work.move(before[seq_no], self._cases[seq_no])
        self._marking.write([before[seq_no].case_no for seq_no in moved])
        self._note(before, results)
        return results

    def _still(self, decision: Decision) -> bool:
        """Return whether a decision that was given before still stands."""
        case = self._cases.get(decision.seq_no)
        given = self._marking.open(case) if case else None
        return given is not None and given.id == decision.pending

    def _read(self) -> None:
        """Read and lock the cases that the decisions name, and their filings."""
        work, bodies = self._work, dict[int, bytes]()
        named = dict.fromkeys(decision.seq_no for decision in self._decisions)
        for row in work.sql.cases_by_seq(work.connection, named):
            case = Case.of_row(row)
            known = self._cases.get(case.seq_no)
            # The latest case of a SeqNo counts, unless it is over while an earlier one waits (an
            # attempt came late).
            if known is None or case.status in WAITING or known.status not in WAITING:
                self._cases[case.seq_no] = case
            bodies[case.case_no] = bytes(row.body)
            closable = Act.CLOSE in procedure_of(case.message_type).acts
            if case.status is CaseStatus.APPROVED and closable:
                self._registers[case.seq_no] = case.business_no
        answered = {each.seq_no for each in self._decisions if self._looks_into(each)}
        for case in self._cases.values():
            if case.status in WAITING and case.seq_no in answered:
                opened = self._office.reader.open(bodies[case.case_no])
                if isinstance(opened, Filing):
                    self._filings[case.case_no] = opened

    def _looks_into(self, decision: Decision) -> bool:
        """Return whether a decision is one that needs the filing itself."""
        return decision.result in ANSWERING and not self._unread

    def _closes(self, decision: Decision) -> str:
        """Return the number of the register that a decision closes."""
        return self._registers.get(decision.seq_no, decision.seq_no)

    def _require(self, closing: int) -> None:
        """Ask for all numbers that the decisions can use before any is drawn."""
        work, count = self._work, len(self._decisions)
        wanted = needs(self._filings.values(), work.now.day.year)
        work.blocks.require(
            wanted
            | {
                MESSAGE: count + closing + wanted.get(MESSAGE, 0),
                PENDING: count if self._grace or self._batch or self._unread else 0,
                OUTBOX: 1 + count // work.tools.most,
            }
        )

    def _note(self, before: Mapping[str, Case], results: Sequence[Decided | NotDecided]) -> None:
        """Enter each decision into the audit. Several on one case follow each other."""
        states = {seq_no: case.status for seq_no, case in before.items()}
        for result in results:
            decision, case = result.decision, result.case
            if isinstance(result, NotDecided):
                self._work.note(
                    decision.result.value,
                    decision.seq_no,
                    outcome=",".join(result.rules) or str(result.status),
                    before={"status": case.status} if case else None,
                )
                continue
            self._work.note(
                decision.result.value,
                decision.seq_no,
                outcome=GIVEN if result.given else DONE,
                before={"status": states[case.seq_no]} if case else None,
                after=_noted(result),
            )
            if case:
                states[case.seq_no] = case.status

    def _close(self, register: Register, decision: Decision) -> Decided | NotDecided:
        """Close a register; the case, if one is named, stays as it is."""
        case = self._cases.get(decision.seq_no)
        try:
            close(self._work, register, self._closes(decision), decision.seq_no)
        except NotAllowed as refused:
            return NotDecided(
                decision=decision,
                status=refused.status,
                message_zh=refused.zh,
                message_en=refused.en,
                hint_zh=refused.hint_zh,
                hint_en=refused.hint_en,
                case=case,
                rules=() if refused.status == 404 else (refused.rule,),
            )
        return Decided(decision=decision, case=case)

    def _decide_one(self, course: Course, decision: Decision) -> Decided | NotDecided:
        """Carry out one decision on a case, or say why it cannot be."""
        case = self._cases.get(decision.seq_no)
        if case is None:
            return unknown_case(decision)
        marking, given = self._marking, self._marking.open(case)
        if decision.result is Act.UNDO:
            return marking.undo(decision, case)
        notes = tuple(text for note in decision.notes if (text := clean(note).strip()))
        decision = replace(decision, notes=notes)
        if case.status not in WAITING:
            return not_waiting(decision, case, self._last(decision))
        if given is not None and given.id != decision.pending:
            return under_way(decision, case, given, self._work.wall)
        if decision.result in MARKING:
            return marking.mark(decision, case)
        if self._unread:
            return marking.give(decision, case, after=self._grace, batch=self._batch)
        filing = self._filings.get(case.case_no)
        if filing is None:
            return not_waiting(decision, case, self._last(decision))
        if (
            decision.result in OF_LEVIES
            and decision.result not in procedure_of(filing.head.message_type).acts
        ):
            return of_levies_only(decision, case)
        word, reviewed = Word(decision.result.value), course.review(filing)
        if forbidden(word, reviewed):
            return forbidden_by(decision, case, reviewed)
        if self._grace:
            return marking.give(decision, case, after=self._grace, batch=self._batch)
        after = carry_out(course, word, case, filing, reviewed=reviewed, notes=notes)
        return Decided(decision=decision, case=after)

    def _last(self, decision: Decision) -> AuditEntry | None:
        """Return who decided the case that a decision names."""
        found, _ = entries(self._work.connection, decision.seq_no, before=2**62, most=50)
        return next((each for each in found if each.outcome == DONE and each.action in PAST), None)


def _noted(result: Decided) -> dict[str, object]:
    """Return what the audit notes of a decision: the case as it left it."""
    decision, case = result.decision, result.case
    if result.undone is not None:
        return {"undone": result.undone.act, "by": result.undone.operator}
    if case is None:
        return {"closed": True}
    noted: dict[str, object] = {"status": case.status, "business_no": case.business_no}
    if result.until:
        noted["until"] = to_wire(result.until)
    return noted | {"notes": decision.notes}
