"""GRT101 总担保设立 / 变更 at customs: the row of the type, and what its approval does."""

from __future__ import annotations

from collections.abc import Mapping

from customs_sim.cases.case import Case
from customs_sim.cases.settings import CashUsable
from customs_sim.ledger.postings import Event
from customs_sim.ledger.rows import Guarantee
from customs_sim.rules.grt.grt101_change import CHANGE
from customs_sim.rules.grt.grt101_setup import SET_UP
from customs_sim.rules.procedure import Approval, Granted, Named, Procedure
from customs_sim.wire import documents
from customs_sim.wire.filing import Filing
from customs_sim.wire.ids import GUARANTEE, serial


def on_approval(work: Approval, case: Case, filing: Filing) -> Granted:
    """Set the guarantee up, or change it."""
    return _change(work, case, filing) if filing.is_change else _set_up(work, case, filing)


def _set_up(work: Approval, case: Case, filing: Filing) -> Granted:
    body, books, now = filing.body, work.books, work.now
    number, cash = work.number(GUARANTEE, case.customs), body.text("gurModecd") == "1"
    letter = "" if cash else body.text("ltguaNo").strip()
    unpaid = cash and work.settings.cash_guarantee_usable is CashUsable.PAYMENT
    books.enter(
        Guarantee(
            gasr_no=number,
            enterprise=body.enterprise,
            customs=case.customs,
            change_no=body.change_no,
            mode=body.text("gurModecd"),
            letter_no=letter,
            valid_until=0 if cash else documents.last_day_over(body.text("ltguaValidDate")),
            seq_no=case.seq_no,
        )
    )
    event = Event.SET_UP_UNPAID if unpaid else Event.SET_UP_CASH if cash else Event.SET_UP_LETTER
    books.post(event, case.amount, ref=case.seq_no, guarantee=number)
    if letter:
        work.enter_letter(letter, number, body.enterprise)
    row = books.guarantee(number)
    assert row is not None
    document = documents.set_up(
        filing, number, now, row.amounts.wire(), deadline=work.deadline() if unpaid else 0
    )
    return Granted(
        number=number, body=document, settle=lambda sent: _keep(work, number, document, sent)
    )


def _keep(work: Approval, number: str, document: dict[str, str], sent: int) -> None:
    work.documents[number] = document
    work.books.change_guarantee(number, message=sent)


def _change(work: Approval, case: Case, filing: Filing) -> Granted:
    body, books, now = filing.body, work.books, work.now
    number = body.text("gasrNo")
    before = books.guarantee(number)
    assert before is not None
    work.enter_history(number, before.version, before.change_no, before.message)
    if (delta := case.amount - before.limit) != 0:
        books.post(
            Event.RAISED if delta > 0 else Event.LOWERED,
            abs(delta),
            ref=case.seq_no,
            guarantee=number,
        )
    letter = body.text("ltguaNo").strip()
    row = books.change_guarantee(
        number,
        change_no=body.change_no,
        version=before.version + 1,
        letter_no=letter,
        status="1",
        valid_until=documents.last_day_over(body.text("ltguaValidDate")),
    )
    work.enter_letter(letter, number, row.enterprise)
    document = documents.changed(
        filing, work.documents[number], now, row.amounts.wire(), row.version
    )
    return Granted(
        number=number, body=document, settle=lambda sent: _keep(work, number, document, sent)
    )


def named(filing: Filing) -> Named:
    """Return the guarantee that is changed; a set-up is about none yet."""
    return Named(guarantees=frozenset({filing.body.text("gasrNo")} if filing.is_change else ()))


def draws(filing: Filing, year: int) -> Mapping[str, int]:
    """Return the number of a new guarantee."""
    if filing.is_change:
        return {}
    return {serial(GUARANTEE, filing.body.text("masterCuscd"), year): 1}


PROCEDURE = Procedure(
    code="GRT101",
    rules=SET_UP,
    change_rules=CHANGE,
    on_approval=on_approval,
    named=named,
    draws=draws,
    acts=frozenset({"close"}),
    generations=True,
)
