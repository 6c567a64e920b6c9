"""A case: one filing on customs' desk, from arrival to its end. Moves nothing: that is
``flow.course``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from customs_sim.wire.calendar import Moment
from customs_sim.wire.filing import Filing, Unfit


class CaseStatus(StrEnum):
    """Where a case stands at customs (the declaration at the e-port has a lifecycle of its own)."""

    ARRIVED = "arrived"
    """In the archive, not answered yet; the timers move it (profile realistic)."""
    STORED = "stored"
    """GRT200 = 1 was sent; the timers move it."""
    TAKEN = "taken"
    """GRT2x1 = Y was sent; the timers decide it."""
    RECEIVED = "received"
    """GRT2x1 = Y was sent; waits for a person (profile manual), as long as that takes."""
    REVIEW = "review"
    """GRT2x1 = 2 was sent; waits for a person."""
    APPROVED = "approved"
    """GRT2x1 = 1 was sent. Final."""
    RETURNED = "returned"
    """GRT2x1 = 3 was sent. Final; filing again opens a new case."""
    REFUSED = "refused"
    """GRT200 = 2 or GRT2x1 = Z was sent. Final."""
    SUPERSEDED = "superseded"
    """A person asked the enterprise to confirm once more (emapvMarkcd 5); GRT301 was sent instead
    of an answer. Final."""


LABELS: Mapping[CaseStatus, tuple[str, str]] = {
    CaseStatus.ARRIVED: ("已到达", "arrived"),
    CaseStatus.STORED: ("已入库", "stored"),
    CaseStatus.TAKEN: ("已受理", "taken"),
    CaseStatus.RECEIVED: ("待审批", "to decide"),
    CaseStatus.REVIEW: ("转人工", "in review"),
    CaseStatus.APPROVED: ("审批通过", "approved"),
    CaseStatus.RETURNED: ("退单", "returned"),
    CaseStatus.REFUSED: ("入库失败", "refused"),
    CaseStatus.SUPERSEDED: ("转企业确认", "to be confirmed again"),
}
"""Status to what a person reads, Chinese and English."""

WAITING = frozenset({CaseStatus.RECEIVED, CaseStatus.REVIEW})
"""What stands in the worklist (the same list stands in SQL, as the partial index
c_cases_waiting)."""

LETTER = "ltguaNo"
"""The element that names a letter."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One row of c_cases. Times in microseconds UTC.

    Attributes:
        seq_no: What answers carry as reference.
        gateway_msg_id: The attempt at the e-port.
        dxp_id: SenderId of the filing: where the answers go.
        business_no: The register that it is about; empty until approved for a new one.
        change_no: chgTmsCnt.
        reference: The enterprise's own.
        amount: In 分; 0 for what has none.
        rules: Ids of the rules that failed at the last review, by comma.
        in_message: The archive id of the filing.
        since: When it came.
        letter_no: The letter (保函) that it brings; empty without one.
    """

    case_no: int
    seq_no: str
    gateway_msg_id: str
    message_type: str
    enterprise: str
    dxp_id: str
    business_no: str = ""
    change_no: int
    reference: str
    customs: str
    amount: int
    status: CaseStatus
    rules: str = ""
    in_message: int
    since: int
    updated: int
    letter_no: str = ""

    @classmethod
    def of_filing(cls, filing: Filing, *, case_no: int, in_message: int, now: Moment) -> Case:
        """Return the case that a filing opens."""
        head, body = filing.head, filing.body
        known = filing.kind.number and not filing.sets_up
        return cls(
            case_no=case_no,
            seq_no=head.reference,
            gateway_msg_id=head.gateway_msg_id[:255],
            message_type=head.message_type,
            enterprise=body.enterprise,
            dxp_id=head.sender,
            change_no=body.change_no,
            business_no=body.text(filing.kind.number) if known else "",
            reference=head.enterprise_ref,
            customs=body.text("masterCuscd"),
            amount=filing.amount,
            status=CaseStatus.ARRIVED,
            in_message=in_message,
            since=now.at,
            updated=now.at,
            letter_no=body.text(LETTER).strip()[:64],
        )

    @classmethod
    def of_unfit(cls, unfit: Unfit, *, case_no: int, in_message: int, now: Moment) -> Case:
        """Return a case that is over when it begins; what may be malformed is left out."""
        head = unfit.head
        return cls(
            case_no=case_no,
            seq_no=head.reference,
            gateway_msg_id=head.gateway_msg_id[:255],
            message_type=head.message_type,
            enterprise=unfit.enterprise,
            dxp_id=head.sender,
            change_no=0,
            reference=head.enterprise_ref,
            customs="",
            amount=0,
            status=CaseStatus.REFUSED,
            rules="XSD",
            in_message=in_message,
            since=now.at,
            updated=now.at,
        )

    @classmethod
    def of_row(cls, row: Any) -> Case:
        """Return the case of a row of c_cases, whose columns are read by name."""
        return cls(
            case_no=row.case_no,
            seq_no=row.seq_no,
            gateway_msg_id=row.gateway_msg_id,
            message_type=row.message_type,
            enterprise=row.enterprise,
            dxp_id=row.dxp_id,
            business_no=row.business_no,
            change_no=row.change_no,
            reference=row.reference,
            customs=row.customs,
            amount=row.amount,
            status=CaseStatus(row.status),
            rules=row.rules,
            in_message=row.in_message,
            since=row.since,
            updated=row.updated,
            letter_no=row.letter_no,
        )

    def row(self) -> tuple[Any, ...]:
        """Return the columns in their order."""
        return (
            self.case_no,
            self.seq_no,
            self.gateway_msg_id,
            self.message_type,
            self.enterprise,
            self.dxp_id,
            self.business_no,
            self.change_no,
            self.reference,
            self.customs,
            self.amount,
            self.status.value,
            self.rules,
            self.in_message,
            self.since,
            self.updated,
            self.letter_no,
        )
