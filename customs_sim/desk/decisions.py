"""The desk: what a person can do with the cases that wait. The rules run again in the decision's
transaction (X.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from customs_sim.cases.case import WAITING, Case, CaseStatus
from customs_sim.cases.profiles import INSTANT
from customs_sim.desk.closing import close
from customs_sim.desk.refusal import NotAllowed
from customs_sim.desk.views import Waiting, waiting
from customs_sim.flow.course import REJECTED_TYPE, Course, needs
from customs_sim.flow.register import Register
from customs_sim.office.office import Office
from customs_sim.office.operators import Actor
from customs_sim.office.work import Work
from customs_sim.rules.procedure import procedure_of
from customs_sim.rules.review import Review
from customs_sim.store.numbers import MESSAGE, OUTBOX
from customs_sim.wire.filing import Filing, clean
from schemas.receipts import APPROVED, RETURNED, TO_PERSON


class Act(StrEnum):
    """What a person can decide."""

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


EVERYTHING = Waiting()
OF_LEVIES = frozenset({Act.RECONFIRM, Act.REJECT_TYPE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One act on one case, named by what its answers carry as reference. ``notes`` go to the
    enterprise, at most 255 characters each."""

    seq_no: str
    result: Act
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The decision was carried out: the case as it now stands (None: a register was closed by its
    number)."""

    decision: Decision
    case: Case | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDecided:
    """The decision was refused; nothing was sent. ``status`` 404 (unknown) or 409; ``rules``: the
    ids that forbid it."""

    decision: Decision
    status: int
    message_zh: str
    message_en: str
    case: Case | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """Cases that wait for a person, oldest first; ``next`` is the cursor of the following page."""

    items: tuple[Case, ...]
    total: int
    next: str | None


class Desk:
    """One per process. Thread-safe through the store's transactions."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def worklist(
        self, *, limit: int = 100, cursor: int = 0, wanted: Waiting = EVERYTHING
    ) -> Worklist:
        """At most ``limit`` cases behind the case number ``cursor``, of those that are
        ``wanted``."""
        found, total = await self._office.store.read(
            lambda c: waiting(c, wanted, after=cursor, most=limit + 1)
        )
        items = tuple(found[:limit])
        return Worklist(
            items=items, total=total, next=str(items[-1].case_no) if len(found) > limit else None
        )

    async def decide(
        self, decisions: Sequence[Decision], *, by: Actor | None = None
    ) -> list[Decided | NotDecided]:
        """All in one transaction, each decided alone; one result each, in order. Raises only what
        the store raises."""
        if not decisions:
            return []
        return await self._office.perform(lambda work: self._unit(work, decisions), by=by)

    async def preview(self, case: Case, body: bytes) -> Review | None:
        """What the rules say of a waiting case now, with nothing decided; None when its filing
        cannot be read."""
        filing = self._office.reader.open(body)
        if not isinstance(filing, Filing):
            return None

        def run_rules(work: Work) -> Review:
            register = Register(work, self._office.reader, self._office.codes, [filing])
            return Course(work, register, self._office.settings.review, instant=False).review(
                filing
            )

        return await self._office.perform(run_rules)

    def _unit(self, work: Work, decisions: Sequence[Decision]) -> list[Decided | NotDecided]:
        cases: dict[str, Case] = {}
        bodies: dict[int, bytes] = {}
        registers: dict[str, str] = {}
        for row in work.sql.cases_by_seq(
            work.connection, dict.fromkeys(d.seq_no for d in decisions)
        ):
            case = Case.of_row(row)
            # The latest case of a SeqNo counts, unless it is over while an earlier one waits (an
            # attempt came late).
            if (
                case.seq_no not in cases
                or case.status in WAITING
                or cases[case.seq_no].status not in WAITING
            ):
                cases[case.seq_no] = case
            bodies[case.case_no] = bytes(row[-1])
            if (
                case.status is CaseStatus.APPROVED
                and Act.CLOSE in procedure_of(case.message_type).acts
            ):
                registers[case.seq_no] = case.business_no
        filings = {
            case.case_no: opened
            for case in cases.values()
            if case.status in WAITING
            and isinstance(opened := self._office.reader.open(bodies[case.case_no]), Filing)
        }
        closing = [registers.get(d.seq_no, d.seq_no) for d in decisions if d.result is Act.CLOSE]
        self._require(work, len(decisions), len(closing), filings)
        register = Register(
            work,
            self._office.reader,
            self._office.codes,
            filings.values(),
            guarantees=closing,
            levies=closing,
        )
        instant = self._office.profile(work.connection) == INSTANT
        course = Course(work, register, self._office.settings.review, instant=instant)
        before = dict(cases)
        results: list[Decided | NotDecided] = []
        for decision in decisions:
            if decision.result is Act.CLOSE:
                results.append(
                    self._close(work, register, decision, registers, cases.get(decision.seq_no))
                )
                continue
            result = self._one(course, decision, cases.get(decision.seq_no), filings)
            if isinstance(result, Decided) and result.case is not None:
                cases[decision.seq_no] = result.case
            results.append(result)
        for seq_no, after in cases.items():
            if after is not before[seq_no]:
                work.move(before[seq_no], after)
        self._note(work, before, results)
        return results

    @staticmethod
    def _note(
        work: Work, before: Mapping[str, Case], results: Sequence[Decided | NotDecided]
    ) -> None:
        """The audit of each decision; several on one case follow each other."""
        states = {seq_no: case.status for seq_no, case in before.items()}
        for result in results:
            decision, case = result.decision, result.case
            if isinstance(result, NotDecided):
                work.note(
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
            work.note(
                decision.result.value,
                decision.seq_no,
                after=after,
                before={"status": states[case.seq_no]} if case else None,
            )
            if case:
                states[case.seq_no] = case.status

    @staticmethod
    def _require(work: Work, count: int, closing: int, filings: Mapping[int, Filing]) -> None:
        wanted = needs(filings.values(), work.now.day.year)
        work.blocks.require(
            wanted
            | {
                MESSAGE: count + closing + wanted.get(MESSAGE, 0),
                OUTBOX: 1 + count // work.tools.most,
            }
        )

    @staticmethod
    def _close(
        work: Work,
        register: Register,
        decision: Decision,
        registers: Mapping[str, str],
        case: Case | None,
    ) -> Decided | NotDecided:
        try:
            close(work, register, registers.get(decision.seq_no, decision.seq_no), decision.seq_no)
        except NotAllowed as forbidden:
            rules = () if forbidden.status == 404 else (forbidden.rule,)
            return NotDecided(
                decision=decision,
                status=forbidden.status,
                message_zh=forbidden.zh,
                message_en=forbidden.en,
                case=case,
                rules=rules,
            )
        return Decided(decision=decision, case=case)

    def _one(
        self, course: Course, decision: Decision, case: Case | None, filings: Mapping[int, Filing]
    ) -> Decided | NotDecided:
        if case is None:
            return NotDecided(
                decision=decision,
                status=404,
                message_zh=f"海关没有统一编号 {decision.seq_no} 的单证",
                message_en=f"customs holds no case with seq_no {decision.seq_no}",
            )
        filing = filings.get(case.case_no)
        decision = replace(
            decision, notes=tuple(text for note in decision.notes if (text := clean(note).strip()))
        )
        if case.status not in WAITING or filing is None:
            return NotDecided(
                decision=decision,
                status=409,
                case=case,
                message_zh=(
                    f"统一编号 {case.seq_no} 当前状态“{case.status}”, 只有 received 和 review 可以处理"
                ),
                message_en=(
                    f"seq_no {case.seq_no} is {case.status}; only received and review wait for a"
                    " person"
                ),
            )
        acts = procedure_of(filing.head.message_type).acts
        if decision.result in OF_LEVIES and decision.result not in acts:
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
                    f"{decision.result.value} is for GRT111 only; {case.seq_no} is a"
                    f" {case.message_type}"
                ),
            )
        found = course.review(filing)
        if decision.result is Act.RECONFIRM and "F111.02" in found.rules:
            return self._forbidden(decision, case, found)
        if decision.result is Act.APPROVE and found.forbids:
            return self._forbidden(decision, case, found)
        return Decided(
            decision=decision, case=self._carried_out(course, decision, case, filing, found)
        )

    @staticmethod
    def _carried_out(
        course: Course, decision: Decision, case: Case, filing: Filing, found: Review
    ) -> Case:
        match decision.result:
            case Act.HOLD:
                return case
            case Act.APPROVE:
                return course.end(case, filing, APPROVED, notes=decision.notes, rules="")
            case Act.RETURN:
                notes = decision.notes or found.notes or ("退单",)
                return course.end(case, filing, RETURNED, notes=notes, rules=found.rules)
            case Act.REVIEW:
                if case.status is CaseStatus.REVIEW:
                    return case
                return course.end(
                    case, filing, TO_PERSON, notes=decision.notes or found.notes, rules=found.rules
                )
            case Act.RECONFIRM:
                return course.ask_again(case)
            case Act.REJECT_TYPE:
                return course.end(
                    case,
                    filing,
                    RETURNED,
                    notes=decision.notes or ("担保类型审核退单",),
                    rules="K8",
                    mark=REJECTED_TYPE,
                )
            case Act.CLOSE:
                raise ValueError("a register is closed, not a case")

    @staticmethod
    def _forbidden(decision: Decision, case: Case, found: Review) -> NotDecided:
        return NotDecided(
            decision=decision,
            status=409,
            case=case,
            rules=tuple(found.rules.split(",")),
            message_zh="不能通过: " + "; ".join(f"{f.rule} {f.note}" for f in found.failures),
            message_en="cannot approve: "
            + "; ".join(f"{f.rule} {f.text_en}" for f in found.failures),
        )
