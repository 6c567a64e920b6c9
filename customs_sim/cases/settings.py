"""Settings of the simulated customs, one sentence each. Frozen: what changes while it runs (the
profile) is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from enum import StrEnum

from customs_sim.wire.calendar import Hours


class CashUsable(StrEnum):
    """When the quota of a cash guarantee may be used (``docs/rules.md`` K11)."""

    APPROVAL = "approval"
    """Approval books the cash: pmnChkinTime = apprTime."""
    PAYMENT = "payment"
    """Only when the payment is registered; until then nothing is available."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """What the review rules are told (``docs/rules.md`` 2; all inferred, all changeable)."""

    pay_days: int = 15
    """Days that an enterprise has to pay a cash levy, from its approval."""
    deadline_rolls: bool = True
    """Whether a deadline that falls on a day off in China ends on the next working day."""
    review_hours: bool = False
    """Whether the final answers of the profile realistic come in office hours only; otherwise the
    review runs day and night."""
    opens: time = time(9, 0)
    """When customs' office opens on a working day, Asia/Shanghai."""
    closes: time = time(17, 0)
    """When it closes."""
    cut_off: time = time(16, 30)
    """From when on the work of a day is left to the next working day."""
    letter_cover_days: int = 0
    """Days that a letter must be valid beyond the 底账 that it secures."""
    manual_over: Decimal = Decimal(10_000_000)
    """Amount in 元 from which on a person decides."""
    same_customs: int = 2
    """How many leading digits of the 关区 must be those of the enterprise's registration; 0
    switches the rule off."""
    answer_days: int = 10
    """Days that an enterprise has to answer a statement of account."""
    refund_after_close: bool = False
    """Whether a levy can be refunded only after its business step was closed at the desk."""
    cash_guarantee_usable: CashUsable = CashUsable.APPROVAL
    """When the quota of a cash guarantee may be used."""

    @property
    def hours(self) -> Hours:
        """Return the office hours."""
        return Hours(opens=self.opens, closes=self.closes, cut_off=self.cut_off)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomsSettings:
    """What one customs process is told at start. Times in seconds."""

    node_id: str = "DXPEDCGRT0000001"
    """DXP id of the customs node: sender of every answer."""
    inbound: str = "eport.customs"
    """Queue that customs consumes."""
    outbound: str = "eport.gateway"
    """Queue that customs' answers go to."""
    profile: str = "instant"
    """Profile of a fresh store; afterwards the store knows it (PUT /profile)."""
    review: ReviewSettings = field(default_factory=ReviewSettings)
    """What the review rules are told."""
    receipt_form: str = "package"
    """How what customs sends is wrapped: package, or signature for the 内网 form."""
    block: int = 1000
    """Numbers taken from a sequence at a time; 1 in a seeded run: then only as many as are
    needed."""
    most: int = 500
    """Messages in one unit and in one outbox row."""
    tries: int = 5
    """Tries of one message, in and out, before it is parked."""
    retry_after: float = 1.0
    """Seconds until a message that failed here is handed over again."""
    unavailable_after: float = 1.0
    """Seconds until a batch is handed over again when the store could not be reached."""
    hand_over: float = 0.0
    """Seconds that a fresh outbox row is left to the process that wrote it; above 0 when several
    share one store."""
    pocket_wait: float = 600.0
    """Seconds of business time that the pockets of one filing have to arrive, from the first; then
    the gap is refused."""
    poll: float = 5.0
    """Longest sleep of the timers between two looks into the store (wall time): another process may
    have written a task."""
    clock_poll: float = 0.5
    """Seconds of wall time between two looks at what other processes did to the business clock; 0:
    no other shares the store."""
    undo: float = 0.0
    """Seconds of wall time that a decision at the desk can be taken back before it is carried
    out."""
    claim: float = 1800.0
    """Seconds of wall time after which a claim of a case ends by itself."""
    seed: int | None = None
    """Seed of a run that can be repeated: numbers come from the transaction that uses them, chance
    from the seed; none: neither."""
