"""Refunds and carry-overs that customs starts (``docs/rules.md`` K10), held against the rules of
GRT121."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from customs_sim.desk.refusal import NotAllowed, unknown
from customs_sim.flow.approvals import Approvals
from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register
from customs_sim.office.office import Office
from customs_sim.office.work import Work
from customs_sim.rules.grt.grt121 import give_back, tell
from customs_sim.rules.register import HeldGuarantee, HeldLevy
from customs_sim.rules.review import review
from customs_sim.store.rows import RefundRow
from customs_sim.wire import documents
from customs_sim.wire.filing import Filing, Head
from customs_sim.wire.ids import REFUND
from schemas.body import Parts
from schemas.catalogue import catalogue
from schemas.guarantee import CARRY_OVER, GENERAL, SINGLE, Refund
from schemas.guarantee import REFUND as MONEY_BACK
from schemas.money import fen, money_text
from schemas.package import Pocket

AMOUNT = "rtnbkCrdwAmt"
"""The element that the member ``amount`` of the request becomes; every other one follows from
``gur_no``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRefund:
    """A refund that customs starts.

    Attributes:
        register_no: The guarantee or levy that it is taken from.
        amount: 元, above 0.
        target: The levy that it is carried over to; empty for a refund.
    """

    register_no: str
    amount: Decimal
    reason: str
    target: str


def refund(office: Office, work: Work, order: OwnRefund) -> str:
    """Carry out ``order`` and return the number of the refund. Raise NotAllowed when a rule
    forbids it."""
    number, target = order.register_no, order.target
    register = Register(
        work,
        office.reader,
        office.codes,
        guarantees=[number],
        levies=[number, *([target] if target else [])],
    )
    guarantee = register.guarantee(number)
    held = guarantee or register.levy(number)
    if held is None:
        raise unknown("gur_no", number, "担保", "guarantee or levy")
    parts = _parts(order)
    document = _document(order, held, register, work, of_guarantee=guarantee is not None)
    _check(office, work, register, _as_filing(document, parts, held.enterprise))
    approvals = Approvals(work, register, office.settings.review, instant=False)
    refund_no = approvals.number(REFUND, held.customs)
    _, serial, lines = give_back(
        approvals,
        number,
        fen(order.amount),
        of_guarantee=guarantee is not None,
        target=target,
        ref=refund_no,
    )
    sent = Pushes(work, register).refund(document | {"rtnbkCrdwNo": refund_no}, parts)
    work.enter_refund(
        RefundRow(
            refund_no=refund_no,
            enterprise=held.enterprise,
            register_no=number,
            serial=serial,
            kind=document["rtnbkCrdwTypecd"],
            amount=fen(order.amount),
            target=target,
            seq_no="",
            version=1,
            message=sent,
            at=work.now.at,
        )
    )
    tell(approvals, number, target, lines)
    work.note(
        "refund",
        number,
        after={
            "refund_no": refund_no,
            "amount": money_text(order.amount),
            "target": target,
            "reason": order.reason,
        },
    )
    return refund_no


def _check(office: Office, work: Work, register: Register, filing: Filing) -> None:
    """Raise NotAllowed when a rule of GRT121 would return ``filing``."""
    reviewed = review(filing, register.view, office.settings.review, work.now.day)
    if reviewed.forbids:
        failure, number = reviewed.failures[0], filing.body.text("gurNo")
        field = "amount" if failure.field == AMOUNT else "gur_no"
        raise NotAllowed(
            failure.rule,
            field,
            failure.note,
            failure.text_en,
            hint_zh=f"余额见账簿 (ledger) {number}",
            hint_en=f"the ledger of {number} has the balances",
        )


def _document(
    order: OwnRefund,
    held: HeldGuarantee | HeldLevy,
    register: Register,
    work: Work,
    *,
    of_guarantee: bool,
) -> dict[str, str]:
    """Return the document of the refund, without its number."""
    return documents.ex_officio(
        order.register_no,
        "",
        held.refunds + 1,
        register.enterprise(held.enterprise),
        held.customs,
        work.now,
        reason=order.reason,
        amount=money_text(order.amount),
        gur_type=GENERAL if of_guarantee else SINGLE,
        kind=CARRY_OVER if order.target else MONEY_BACK,
    )


def _parts(order: OwnRefund) -> Parts:
    """Return the row of the levy that receives a carry-over; nothing for a refund."""
    if not order.target:
        return {}
    row = {"seqno": "1", "gurNo": order.target, "crdwAmt": money_text(order.amount), "rmk": ""}
    return {"GrtCrdwInDt": (row,)}


def _as_filing(document: Mapping[str, str], parts: Parts, code: str) -> Filing:
    """Return a refund of customs' own as the rules see one that was filed."""
    head = Head(
        sender="",
        cop_msg_id="",
        gateway_msg_id="",
        seq_no="",
        enterprise_ref="",
        message_type="GRT121",
        enterprise_node="",
        pocket=Pocket(),
    )
    return Filing(
        head=head,
        kind=catalogue()["GRT121"],
        operator=code,
        body=Refund.of(document, parts),
        parts=parts,
    )
