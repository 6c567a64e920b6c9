"""GRT121 退还 / 结转 at customs: the row of the type, and what its approval does."""

from __future__ import annotations

from customs_sim.cases.case import Case
from customs_sim.ledger.movements import Movement
from customs_sim.ledger.postings import Event
from customs_sim.rules.grt.grt121_rules import REFUND as RULES
from customs_sim.rules.procedure import Approval, Granted, Named, Procedure
from customs_sim.rules.register import ZERO
from customs_sim.store.rows import RefundRow
from customs_sim.wire import documents
from customs_sim.wire.filing import Filing
from customs_sim.wire.ids import REFUND
from schemas.guarantee import CARRY_OVER, Refund
from schemas.money import fen


def on_approval(work: Approval, case: Case, filing: Filing) -> Granted:
    """Give money or quota back, or carry money over to another levy."""
    body, now = filing.body, work.now
    assert isinstance(body, Refund)
    amount = fen(body.asked or ZERO)
    target = body.carry_in[0].levy_no if body.is_carry_over else ""
    name = work.enterprise(body.enterprise).name
    customs, number_in_register, lines = give_back(
        work,
        body.register_no,
        amount,
        of_guarantee=body.of_guarantee,
        target=target,
        ref=case.seq_no,
    )
    number = work.number(REFUND, customs)
    document = documents.refunded(filing, number, number_in_register, customs, name, now)

    def settle(sent: int) -> None:
        work.enter_refund(
            RefundRow(
                refund_no=number,
                enterprise=body.enterprise,
                register_no=body.register_no,
                serial=number_in_register,
                kind=CARRY_OVER if target else body.text("rtnbkCrdwTypecd"),
                amount=amount,
                target=target,
                seq_no=case.seq_no,
                version=1,
                message=sent,
                at=now.at,
            )
        )
        tell(work, body.register_no, target, lines)

    return Granted(number=number, body=document, parts=filing.parts, settle=settle)


def give_back(
    work: Approval, number: str, amount: int, *, of_guarantee: bool, target: str, ref: str
) -> tuple[str, int, tuple[Movement, ...]]:
    """Post a refund, a release or a carry-over. Return district and serial of the refund in its
    register, and the movement lines."""
    books = work.books
    if of_guarantee:
        lines = books.post(Event.GUARANTEE_REFUNDED, amount, ref=ref, guarantee=number)
        guarantee = books.guarantee(number)
        assert guarantee is not None
        books.change_guarantee(number, refunds=guarantee.refunds + 1)
        return guarantee.customs, guarantee.refunds + 1, lines
    levy = books.levy(number)
    assert levy is not None
    if target:
        lines = books.post(Event.CARRIED, amount, ref=ref, levy=number, target=target)
        receiving = books.levy(target)
        if receiving and not receiving.open:
            books.change_levy(target, paid_at=work.now.at)
    elif levy.quota:
        lines = books.post(Event.RELEASED, amount, ref=ref, guarantee=levy.gasr_no, levy=number)
    else:
        lines = books.post(Event.REFUNDED, amount, ref=ref, levy=number)
    books.change_levy(number, refunds=levy.refunds + 1)
    return levy.customs, levy.refunds + 1, lines


def tell(work: Approval, number: str, target: str, lines: tuple[Movement, ...]) -> None:
    """Send GRT302 of every register that a refund touched, the refunded one first."""
    touched = dict.fromkeys(
        [number, *([target] if target else []), *(line.number for line in lines)]
    )
    for each in touched:
        if work.books.guarantee(each):
            work.tell_guarantee(each, lines)
        else:
            work.tell_levy(each, lines)


def named(filing: Filing) -> Named:
    """Return the register that money comes from, and the levies that receive it."""
    body = filing.body
    assert isinstance(body, Refund)
    source = frozenset({body.register_no})
    receiving = frozenset(target.levy_no for target in body.carry_in)
    if body.of_guarantee:
        return Named(guarantees=source, levies=receiving)
    return Named(levies=source | receiving)


PROCEDURE = Procedure(code="GRT121", rules=RULES, on_approval=on_approval, named=named)
