"""What an officer can say of a case, and the end that it brings: at the desk and in a scenario
alike."""

from __future__ import annotations

from enum import StrEnum

from customs_sim.cases.case import Case, CaseStatus
from customs_sim.flow.course import REJECTED_TYPE, Course
from customs_sim.rules.review import Review
from customs_sim.wire.filing import Filing
from schemas.receipts import APPROVED, RETURNED, TO_PERSON

CHANGED_SINCE = "F111.02"
"""The levy was changed since: there is nothing to confirm again."""


class Word(StrEnum):
    """A word of an officer; the acts of the desk and the answers of a scenario have it by the same
    value."""

    APPROVE = "approve"
    """通过."""
    RETURN = "return"
    """退单."""
    REVIEW = "review"
    """转人工."""
    RECONFIRM = "reconfirm"
    """担保类型转企业确认."""
    REJECT_TYPE = "reject_type"
    """担保类型审核退单."""


def forbidden(word: Word, reviewed: Review) -> bool:
    """Return whether the rules bar an officer from saying ``word`` (X.11)."""
    match word:
        case Word.APPROVE:
            return reviewed.forbids
        case Word.RECONFIRM:
            return CHANGED_SINCE in reviewed.rules
        case _:
            return False


NO_REASON = "海关退单, 未填写理由; 请联系主管海关"
"""What the enterprise reads of a return without a reason."""


def carry_out(
    course: Course,
    word: Word,
    case: Case,
    filing: Filing,
    *,
    reviewed: Review,
    notes: tuple[str, ...],
    reason: str = "",
) -> Case:
    """Answer ``filing`` with ``word`` and return the case as it then stands.

    ``reviewed``: what the rules say now. ``notes`` go to the enterprise; without any it gets those
    of the rules that forbid an approval, for a hint to the officer is no reason of a return.
    ``reason``: the rule id of a case that is returned though no rule failed.
    """
    match word:
        case Word.APPROVE:
            return course.end(case, filing, APPROVED, notes=notes, rules="")
        case Word.RETURN:
            return course.end(
                case,
                filing,
                RETURNED,
                notes=notes or (reviewed.notes if reviewed.forbids else ()) or (NO_REASON,),
                rules=reviewed.rules or reason,
            )
        case Word.REVIEW:
            if case.status is CaseStatus.REVIEW:
                return case
            return course.end(
                case, filing, TO_PERSON, notes=notes or reviewed.notes, rules=reviewed.rules
            )
        case Word.RECONFIRM:
            return course.ask_again(case)
        case Word.REJECT_TYPE:
            return course.end(
                case,
                filing,
                RETURNED,
                notes=notes or ("担保类型审核退单",),
                rules="K8",
                mark=REJECTED_TYPE,
            )
