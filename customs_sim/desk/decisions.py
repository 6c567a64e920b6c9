"""Decisions of a person on cases that wait. The rules run again in the transaction of the decision
(X.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from customs_sim.cases.case import WAITING, Case, CaseStatus
from customs_sim.cases.profiles import INSTANT
from customs_sim.desk.closing import close
from customs_sim.desk.refusal import NotAllowed
from customs_sim.flow.course import Course, needs
from customs_sim.flow.officer import Word, carry_out, forbidden
from customs_sim.flow.register import Register
from customs_sim.office.office import Office
from customs_sim.office.work import Work
from customs_sim.rules.procedure import procedure_of
from customs_sim.rules.review import Review
from customs_sim.store.numbers import MESSAGE, OUTBOX
from customs_sim.wire.filing import Filing, clean


class Act(StrEnum):
    """What a person can decide of a case."""

    APPROVE = "approve"
    """通过: GRT2x1 = 1; refused when a rule forbids it."""
    RETURN = "return"
    """退单: GRT2x1 = 3 with the notes, or with those of the failed rules."""
    REVIEW = "review"
    """转人工: GRT2x1 = 2, once; the case stays in the worklist."""
    HOLD = "hold"
    """挂起: the case stays as it is; nothing is sent."""
    RECONFIRM = "reconfirm"
    """担保类型转企业确认: GRT301 again with emapvMarkcd 5; the filing gets no answer. GRT111
    only."""
    REJECT_TYPE = "reject_type"
    """担保类型审核退单: GRT211 = 3 with emapvMarkcd 6. GRT111 only."""
    CLOSE = "close"
    """结案 of what an approved filing, or the number given instead of a SeqNo, stands for
    (``docs/rules.md`` K28)."""


OF_LEVIES = frozenset({Act.RECONFIRM, Act.REJECT_TYPE})
"""Acts that only some message types have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One act on one case.

    Attributes:
        seq_no: What the answers to the case carry as reference; for CLOSE also the number of a
            register.
        notes: Go to the enterprise, at most 255 characters each.
    """

    seq_no: str
    result: Act
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision that was carried out.

    Attributes:
        case: As it now stands; None where a register was closed by its number.
    """

    decision: Decision
    case: Case | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDecided:
    """A decision that was refused; nothing was sent.

    Attributes:
        status: 404 for a case that is unknown, 409 otherwise.
        case: As it stands; None where it is unknown.
        rules: The ids of the rules that forbid the decision.
    """

    decision: Decision
    status: int
    message_zh: str
    message_en: str
    case: Case | None = None
    rules: tuple[str, ...] = ()


class Deciding:
    """Decides on one work: several decisions, each alone, in order."""

    def __init__(self, office: Office, work: Work, decisions: Sequence[Decision]) -> None:
        self._office, self._work, self._decisions = office, work, decisions
        self._cases: dict[str, Case] = {}
        self._filings: dict[int, Filing] = {}
        self._registers: dict[str, str] = {}
        """SeqNo to the register that an approved filing stands for."""

    def decide(self) -> list[Decided | NotDecided]:
        """Return one result for each decision, in order."""
        work, office = self._work, self._office
        self._read()
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
            if decision.result is Act.CLOSE:
                results.append(self._close(register, decision))
                continue
            result = self._decide_one(course, decision)
            if isinstance(result, Decided) and result.case is not None:
                self._cases[decision.seq_no] = result.case
            results.append(result)
        for seq_no, after in self._cases.items():
            if after is not before[seq_no]:
                work.move(before[seq_no], after)
        self._note(before, results)
        return results

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
        for case in self._cases.values():
            if case.status in WAITING:
                opened = self._office.reader.open(bodies[case.case_no])
                if isinstance(opened, Filing):
                    self._filings[case.case_no] = opened

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
            after = (
                {"status": case.status, "business_no": case.business_no, "notes": decision.notes}
                if case
                else {"closed": True}
            )
            self._work.note(
                decision.result.value,
                decision.seq_no,
                after=after,
                before={"status": states[case.seq_no]} if case else None,
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
                case=case,
                rules=() if refused.status == 404 else (refused.rule,),
            )
        return Decided(decision=decision, case=case)

    def _decide_one(self, course: Course, decision: Decision) -> Decided | NotDecided:
        """Carry out one decision on a case, or say why it cannot be."""
        case = self._cases.get(decision.seq_no)
        if case is None:
            return NotDecided(
                decision=decision,
                status=404,
                message_zh=f"海关没有统一编号 {decision.seq_no} 的单证",
                message_en=f"customs holds no case with seq_no {decision.seq_no}",
            )
        filing = self._filings.get(case.case_no)
        notes = tuple(text for note in decision.notes if (text := clean(note).strip()))
        decision = replace(decision, notes=notes)
        if case.status not in WAITING or filing is None:
            return _not_waiting(decision, case)
        if (
            decision.result in OF_LEVIES
            and decision.result not in procedure_of(filing.head.message_type).acts
        ):
            return _of_levies_only(decision, case)
        if decision.result is Act.HOLD:
            return Decided(decision=decision, case=case)
        word, reviewed = Word(decision.result.value), course.review(filing)
        if forbidden(word, reviewed):
            return _forbidden(decision, case, reviewed)
        after = carry_out(course, word, case, filing, reviewed=reviewed, notes=notes)
        return Decided(decision=decision, case=after)


def _not_waiting(decision: Decision, case: Case) -> NotDecided:
    return NotDecided(
        decision=decision,
        status=409,
        case=case,
        message_zh=(
            f"统一编号 {case.seq_no} 当前状态“{case.status}”, 只有 received 和 review 可以处理"
        ),
        message_en=(
            f"seq_no {case.seq_no} is {case.status}; only received and review wait for a person"
        ),
    )


def _of_levies_only(decision: Decision, case: Case) -> NotDecided:
    return NotDecided(
        decision=decision,
        status=409,
        case=case,
        rules=("K8",),
        message_zh=(
            f"{decision.result.value} 只适用于征收单确认 GRT111, 统一编号 {case.seq_no} 为"
            f" {case.message_type}"
        ),
        message_en=(
            f"{decision.result.value} is for GRT111 only; {case.seq_no} is a {case.message_type}"
        ),
    )


def _forbidden(decision: Decision, case: Case, reviewed: Review) -> NotDecided:
    failures = reviewed.failures
    return NotDecided(
        decision=decision,
        status=409,
        case=case,
        rules=tuple(reviewed.rules.split(",")),
        message_zh="不能通过: " + "; ".join(f"{f.rule} {f.note}" for f in failures),
        message_en="cannot approve: " + "; ".join(f"{f.rule} {f.text_en}" for f in failures),
    )
