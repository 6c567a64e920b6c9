"""GRT111 保证金征收单确认 at customs: the row of the type, and what its approval does."""

from __future__ import annotations

from customs_sim.cases.case import Case
from customs_sim.ledger.cash_book import CashBook
from customs_sim.ledger.movements import Movement
from customs_sim.ledger.postings import Event
from customs_sim.rules.grt.grt111_rules import CONFIRMATION
from customs_sim.rules.procedure import Approval, Granted, Named, Procedure
from customs_sim.wire import documents
from customs_sim.wire.filing import Filing
from schemas.guarantee import ELECTRONIC, Levy


def on_approval(work: Approval, case: Case, filing: Filing) -> Granted:
    """Confirm the levy, and secure it where that needs no money."""
    body, books, now = filing.body, work.books, work.now
    assert isinstance(body, Levy)
    number = body.levy_no
    lines: tuple[Movement, ...] = ()
    levy = books.levy(number)
    assert levy is not None
    columns: dict[str, object] = {
        "deadline": 0,
        "letter_no": "",
        "letter_valid": 0,
        "paid_at": levy.paid_at,
    }
    if body.by_general and levy.open:
        lines = books.post(
            Event.OCCUPIED, levy.open, ref=case.seq_no, guarantee=body.guarantee_no, levy=number
        )
    elif body.by_letter:
        if levy.open:
            books.post(Event.LETTER_REGISTERED, levy.open, ref=case.seq_no, levy=number)
        columns |= {
            "letter_no": body.letter_no.strip(),
            "letter_valid": documents.last_day_over(body.text("ltguaValidDate")),
            "paid_at": now.at,
        }
        work.enter_letter(body.letter_no.strip(), number, levy.enterprise)
    elif body.by_cash and levy.open and not body.by_general:
        columns["deadline"] = work.deadline()
    books.change_levy(
        number,
        confirmed=1,
        type=body.text("gurTypecd"),
        mode=body.text("gurModecd"),
        overdue=0,
        seq_no=case.seq_no,
        version=levy.version + 1,
        fields=documents.confirmed(filing, levy.fields, now),
        **columns,
    )
    document = work.levy_document(number, levy.version + 1)
    books.change_levy(number, fields=document)
    return Granted(
        number=number, body=document, settle=lambda sent: _after(work, body, case, sent, lines)
    )


def _after(work: Approval, body: Levy, case: Case, sent: int, lines: tuple[Movement, ...]) -> None:
    books, now = work.books, work.now
    levy = books.change_levy(body.levy_no, message=sent)
    if body.by_general:
        if lines:
            work.tell_guarantee(body.guarantee_no, lines)
    elif work.instant and body.by_cash and levy.open and body.text("paymnModecd") == ELECTRONIC:
        taken = CashBook(books, work.blocks).take(
            levy.open,
            paid_at=now.at,
            reference=f"DZ{case.seq_no}-{levy.version}"[:64],
            levy_no=body.levy_no,
        )
        books.change_levy(body.levy_no, paid_at=now.at)
        work.tell_levy(body.levy_no, taken.lines)


def named(filing: Filing) -> Named:
    """Return the levy that is confirmed, and the guarantee that shall secure it."""
    return Named(
        levies=frozenset({filing.body.text("dpstLevyBlNo")}),
        guarantees=frozenset({filing.body.text("gasrNo")}),
    )


PROCEDURE = Procedure(
    code="GRT111",
    rules=CONFIRMATION,
    on_approval=on_approval,
    named=named,
    acts=frozenset({"close", "reconfirm", "reject_type"}),
    generations=True,
)
