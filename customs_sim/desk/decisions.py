"""What a person can say of a case that waits, and what became of it: acts, decisions, results.
Decides nothing: that is ``deciding``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from customs_sim.cases.case import Case
from customs_sim.store.mark_sql import PendingRow


class Act(StrEnum):
    """What a person can decide of a case."""

    APPROVE = "approve"
    """通过: GRT2x1 = 1; refused when a rule forbids it."""
    RETURN = "return"
    """退单: GRT2x1 = 3 with the notes, or with those of the failed rules."""
    REVIEW = "review"
    """转人工: GRT2x1 = 2, once; the case stays in the worklist."""
    HOLD = "hold"
    """暂缓: the case leaves the worklist until a day, with a reason; nothing is sent."""
    RESUME = "resume"
    """取消暂缓: it is back at once."""
    CLAIM = "claim"
    """我在办: others see who works on it; nothing is sent."""
    RELEASE = "release"
    """放手: nobody works on it."""
    UNDO = "undo"
    """撤销: a decision that was given and not carried out yet is taken back."""
    RECONFIRM = "reconfirm"
    """担保类型转企业确认: GRT301 again with emapvMarkcd 5; the filing gets no answer. GRT111
    only."""
    REJECT_TYPE = "reject_type"
    """担保类型审核退单: GRT211 = 3 with emapvMarkcd 6. GRT111 only."""
    CLOSE = "close"
    """结案 of what an approved filing, or the number given instead of a SeqNo, stands for
    (``docs/rules.md`` K28)."""


ANSWERING = (Act.APPROVE, Act.RETURN, Act.REVIEW, Act.RECONFIRM, Act.REJECT_TYPE)
"""Acts that answer the enterprise: they can be given first and carried out seconds later."""
OF_LEVIES = frozenset({Act.RECONFIRM, Act.REJECT_TYPE})
"""Acts that only some message types have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One act on one case.

    Attributes:
        seq_no: What the answers to the case carry as reference; for CLOSE also the number of a
            register.
        notes: Go to the enterprise, at most 255 characters each; of HOLD the reason, which stays
            here.
        until: The day on which a case that is put off is back; None for the next working day.
        pending: The decision, given before, that is carried out now; 0 for one that is new.
    """

    seq_no: str
    result: Act
    notes: tuple[str, ...] = ()
    until: date | None = None
    pending: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision that was carried out.

    Attributes:
        case: As it now stands; None where a register was closed by its number.
        given: What can still be taken back; None once it is carried out.
        undone: What was taken back.
        until: When a case that is put off is back, in microseconds UTC.
    """

    decision: Decision
    case: Case | None
    given: PendingRow | None = None
    undone: PendingRow | None = None
    until: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDecided:
    """A decision that was refused; nothing was sent.

    Attributes:
        status: 404 for a case that is unknown, 409 otherwise.
        case: As it stands; None where it is unknown.
        rules: The ids of the rules that forbid the decision.
        hint_zh: The next step; so is ``hint_en``.
    """

    decision: Decision
    status: int
    message_zh: str
    message_en: str
    hint_zh: str
    hint_en: str
    case: Case | None = None
    rules: tuple[str, ...] = ()
