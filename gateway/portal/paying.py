"""What is to be paid for a levy that customs approved in cash: the panel and the slip (缴款单).
Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from gateway.portal.amounts import in_words
from gateway.portal.workdays import days_left
from gateway.queries.shapes import DeclarationOut
from handlers.lifecycle import Status
from schemas.money import money_text
from schemas.times import from_wire, local

UNPAID, PAID = "1", "2"  # levyBlStucd


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One levy on its way to be paid. Amounts in 元, as the wire has them.

    Attributes:
        open: What is still to be paid; in words beside it.
        days: Working days until the deadline; None without a deadline.
        overdue: As customs told it, never reckoned here.
    """

    number: str
    whole: str
    paid: str
    open: str
    words: str
    deadline: datetime | None
    days: int | None
    overdue: bool
    done: bool


def payment_of(filing: DeclarationOut, now: datetime) -> Payment | None:
    """Return what is to be paid, or was; None for a filing that asks for no cash."""
    fields = filing.fields
    cash = (fields.get("gurTypecd"), fields.get("gurModecd")) == ("2", "1")
    if (
        filing.kind != "confirmation"
        or filing.status != Status.APPROVED.value
        or not cash
        or filing.payment not in (UNPAID, PAID)
    ):
        return None
    try:
        whole, paid = Decimal(fields["levyBlAmt"]), Decimal(fields.get("actlvyAmt") or "0")
    except (InvalidOperation, KeyError):
        return None
    rest = money_text(max(whole - paid, Decimal(0)))
    at = from_wire(fields.get("dpstPmnDeadline", ""))
    deadline = local(at) if at else None
    return Payment(
        number=filing.business_no or "",
        whole=money_text(whole),
        paid=money_text(paid),
        open=rest,
        words=in_words(rest),
        deadline=deadline,
        days=days_left(now, deadline) if deadline else None,
        overdue=filing.overdue,
        done=filing.payment == PAID,
    )
