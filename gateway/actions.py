"""What a row offers (``rules.md`` 2.2): one table by status and kind. Grey actions are listed with their reason."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.declaration import Declaration
from gateway.lifecycle import Status
from schemas.guarantee import CASH


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One action of a row."""

    action: str
    label_zh: str
    label_en: str
    enabled: bool = True
    reason: str | None = None


CONFIRM = Offer(action="confirm", label_zh="确认", label_en="confirm")
EDIT = Offer(action="edit", label_zh="修改", label_en="edit")
DECLARE = Offer(action="declare", label_zh="申报", label_en="declare")
DELETE = Offer(action="delete", label_zh="删除", label_en="withdraw")
CHANGE = Offer(action="change", label_zh="变更登记", label_en="register a change")
NO_CHANGE = Offer(action="change", label_zh="变更登记", label_en="register a change", enabled=False,
                  reason="总担保为保证金的不能变更 / a cash guarantee cannot be changed")
REFUND = Offer(action="refund", label_zh="退还申请", label_en="apply for a refund")

OFFERS: dict[Status, tuple[Offer, ...]] = {
    Status.PENDING: (CONFIRM,),
    Status.DRAFT: (EDIT, DECLARE, DELETE),
    Status.REFUSED: (EDIT, DECLARE, DELETE),
    Status.RETURNED: (EDIT, DECLARE, DELETE),
}


def offers(declaration: Declaration) -> tuple[Offer, ...]:
    """The actions of one row, in the order they are shown."""
    if declaration.deleted:
        return ()
    if declaration.status is Status.APPROVED and declaration.kind == "setup":
        return (NO_CHANGE if declaration.mode == CASH else CHANGE, REFUND)
    return OFFERS.get(declaration.status, ())
