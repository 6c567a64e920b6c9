"""What a row offers (``docs/rules.md`` 2.2): one table by kind and status. Grey actions are listed
with their reason."""

from __future__ import annotations

import msgspec

from handlers.declaration import Declaration
from handlers.lifecycle import Status
from schemas.guarantee import CASH


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One action of a row."""

    action: str
    label_zh: str
    label_en: str
    enabled: bool = True
    reason: str | None = None
    reason_zh: str | None = None
    reason_en: str | None = None


def closed(offer: Offer, zh: str, en: str) -> Offer:
    """Return an action that cannot be used now, and why."""
    return msgspec.structs.replace(
        offer, enabled=False, reason=f"{zh} / {en}", reason_zh=zh, reason_en=en
    )


CONFIRM = Offer(action="confirm", label_zh="确认", label_en="confirm")
EDIT = Offer(action="edit", label_zh="修改", label_en="edit")
DECLARE = Offer(action="declare", label_zh="申报", label_en="declare")
DELETE = Offer(action="delete", label_zh="删除", label_en="withdraw")
CHANGE = Offer(action="change", label_zh="变更登记", label_en="register a change")
REFUND = Offer(action="refund", label_zh="退还申请", label_en="apply for a refund")
NO_CHANGE = closed(CHANGE, "总担保为保证金的不能变更", "a cash guarantee cannot be changed")

OFFERS: dict[Status, tuple[Offer, ...]] = {
    Status.PENDING: (CONFIRM,),
    Status.DRAFT: (EDIT, DECLARE, DELETE),
    Status.REFUSED: (EDIT, DECLARE, DELETE),
    Status.RETURNED: (EDIT, DECLARE, DELETE),
}
LEVY_OFFERS: dict[Status, tuple[Offer, ...]] = {
    Status.PENDING: (CONFIRM,),
    Status.DRAFT: (EDIT, DECLARE, DELETE),
    Status.REFUSED: (EDIT, DECLARE, CONFIRM),
    Status.RETURNED: (EDIT, DECLARE, CONFIRM),
    Status.APPROVED: (REFUND,),
}
"""A levy is customs' own: a returned confirmation is confirmed again, never deleted."""


NO_DECLARATION = (
    closed(DECLARE, "申报报文本体未到", "the pocket with the declaration itself has not come"),
    DELETE,
)


def offers(declaration: Declaration, open_change: str | None = None) -> tuple[Offer, ...]:
    """Return the actions of one row, in the order they are shown. ``open_change``: SeqNo of a
    change that is under way."""
    if declaration.deleted:
        return ()
    if not declaration.kind:  # files whose declaration has not come (gateway.filing.pockets)
        return NO_DECLARATION
    if declaration.kind == "confirmation":
        return LEVY_OFFERS.get(declaration.status, ())
    if declaration.status is Status.APPROVED and declaration.kind == "setup":
        if declaration.mode == CASH:
            return (NO_CHANGE, REFUND)
        if open_change:
            zh, en = f"该单已有在途申报 {open_change}", f"filing {open_change} is under way"
            return (closed(CHANGE, zh, en), REFUND)
        return (CHANGE, REFUND)
    return OFFERS.get(declaration.status, ())
