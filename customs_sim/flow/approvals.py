"""What an approval does, by message type: postings, register rows, the document that the receipt
echoes, what follows it.

Works on one write unit and its register. The rules have spoken before; nothing here refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from customs_sim.cases.case import Case
from customs_sim.cases.settings import CashUsable, ReviewSettings
from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register
from customs_sim.ledger.amounts import fen
from customs_sim.ledger.cash_book import CashBook
from customs_sim.ledger.movements import Movement
from customs_sim.ledger.postings import Event
from customs_sim.ledger.rows import Guarantee
from customs_sim.office.unit import WriteUnit
from customs_sim.rules.register import ZERO
from customs_sim.wire import documents
from customs_sim.wire.calendar import rolled
from customs_sim.wire.filing import Filing
from customs_sim.wire.ids import GUARANTEE, REFUND, register_no, serial
from schemas.guarantee import CARRY_OVER, ELECTRONIC, Levy, Parts, Refund
from schemas.statement import StatementAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """An approval as its receipt shows it; ``settle`` takes the receipt's archive id, enters it and
    sends what follows."""

    number: str
    body: Mapping[str, str]
    parts: Parts = field(default_factory=dict)
    settle: Callable[[int], None]


class Approvals:
    """One per unit. ``instant``: electronic payments arrive with the approval (profile instant,
    Y302.05)."""

    def __init__(
        self, unit: WriteUnit, register: Register, settings: ReviewSettings, *, instant: bool
    ) -> None:
        self._unit, self._register, self._settings, self._instant = (
            unit,
            register,
            settings,
            instant,
        )
        self._pushes = Pushes(unit, register)

    def grant(self, case: Case, filing: Filing) -> Granted:
        """Carry out the approval of ``filing``; LookupError or Overdrawn would be an error of ours,
        for the rules have run."""
        match filing.head.message_type:
            case "GRT101":
                granted = (
                    self._change(case, filing) if filing.is_change else self._set_up(case, filing)
                )
            case "GRT111":
                granted = self._confirm(case, filing)
            case "GRT121":
                granted = self._refund(case, filing)
            case "GRT151":
                granted = self._record(case, filing)
            case _:
                granted = self._answer(case, filing)
        self._register.enter(filing)
        return granted

    def _number(self, prefix: str, customs: str) -> str:
        year = self._unit.now.day.year
        return register_no(
            prefix, customs, year, self._unit.blocks.draw(serial(prefix, customs, year))
        )

    def _set_up(self, case: Case, filing: Filing) -> Granted:
        body, books, now = filing.body, self._register.books, self._unit.now
        number, cash = self._number(GUARANTEE, case.customs), body.text("gurModecd") == "1"
        letter = "" if cash else body.text("ltguaNo").strip()
        unpaid = cash and self._settings.cash_guarantee_usable is CashUsable.PAYMENT
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
        event = (
            Event.SET_UP_UNPAID if unpaid else Event.SET_UP_CASH if cash else Event.SET_UP_LETTER
        )
        books.post(event, case.amount, ref=case.seq_no, guarantee=number)
        if letter:
            self._register.enter_letter(letter, number, body.enterprise)
        row = books.guarantee(number)
        assert row is not None
        document = documents.set_up(
            filing, number, now, row.amounts.wire(), deadline=self._deadline() if unpaid else 0
        )
        return Granted(
            number=number,
            body=document,
            settle=lambda sent: self._keep_guarantee(number, document, sent),
        )

    def _keep_guarantee(self, number: str, document: dict[str, str], sent: int) -> None:
        self._register.documents[number] = document
        self._register.books.change_guarantee(number, message=sent)

    def _change(self, case: Case, filing: Filing) -> Granted:
        body, books, now = filing.body, self._register.books, self._unit.now
        number = body.text("gasrNo")
        held = books.guarantee(number)
        assert held is not None
        self._unit.enter_history((number, held.version, held.change_no, held.message, now.at))
        if (delta := case.amount - held.limit) != 0:
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
            version=held.version + 1,
            letter_no=letter,
            status="1",
            valid_until=documents.last_day_over(body.text("ltguaValidDate")),
        )
        self._register.enter_letter(letter, number, row.enterprise)
        document = documents.changed(
            filing, self._register.documents[number], now, row.amounts.wire(), row.version
        )
        return Granted(
            number=number,
            body=document,
            settle=lambda sent: self._keep_guarantee(number, document, sent),
        )

    def _confirm(self, case: Case, filing: Filing) -> Granted:
        body, books, now = filing.body, self._register.books, self._unit.now
        assert isinstance(body, Levy)
        number = body.levy_no
        lines: tuple[Movement, ...] = ()
        held = books.levy(number)
        assert held is not None
        columns: dict[str, object] = {
            "deadline": 0,
            "letter_no": "",
            "letter_valid": 0,
            "paid_at": held.paid_at,
        }
        if body.by_general and held.open:
            lines = books.post(
                Event.OCCUPIED, held.open, ref=case.seq_no, guarantee=body.guarantee_no, levy=number
            )
        elif body.by_letter:
            if held.open:
                books.post(Event.LETTER_REGISTERED, held.open, ref=case.seq_no, levy=number)
            columns |= {
                "letter_no": body.letter_no.strip(),
                "letter_valid": documents.last_day_over(body.text("ltguaValidDate")),
                "paid_at": now.at,
            }
            self._register.enter_letter(body.letter_no.strip(), number, held.enterprise)
        elif body.by_cash and held.open and not body.by_general:
            columns["deadline"] = self._deadline()
        books.change_levy(
            number,
            confirmed=1,
            type=body.text("gurTypecd"),
            mode=body.text("gurModecd"),
            overdue=0,
            seq_no=case.seq_no,
            version=held.version + 1,
            fields=documents.confirmed(filing, held.fields, now),
            **columns,
        )
        document = self._pushes.levy_document(number, held.version + 1)
        books.change_levy(number, fields=document)
        return Granted(
            number=number,
            body=document,
            settle=lambda sent: self._after_confirmation(body, case, sent, lines),
        )

    def _after_confirmation(
        self, body: Levy, case: Case, sent: int, lines: tuple[Movement, ...]
    ) -> None:
        books, now = self._register.books, self._unit.now
        levy = books.change_levy(body.levy_no, message=sent)
        if body.by_general:
            if lines:
                self._pushes.guarantee(body.guarantee_no, lines)
        elif (
            self._instant and body.by_cash and levy.open and body.text("paymnModecd") == ELECTRONIC
        ):
            taken = CashBook(books, self._unit.blocks).take(
                levy.open,
                paid_at=now.at,
                reference=f"DZ{case.seq_no}-{levy.version}"[:64],
                levy_no=body.levy_no,
            )
            books.change_levy(body.levy_no, paid_at=now.at)
            self._pushes.levy(body.levy_no, taken.lines)

    def _refund(self, case: Case, filing: Filing) -> Granted:
        body, now = filing.body, self._unit.now
        assert isinstance(body, Refund)
        amount = fen(body.asked or ZERO)
        target = body.carry_in[0].levy_no if body.is_carry_over else ""
        name = self._register.enterprise(body.enterprise).name
        customs, number_in_register, lines = self.give_back(
            body.register_no, amount, of_guarantee=body.of_guarantee, target=target, ref=case.seq_no
        )
        number = self._number(REFUND, customs)
        document = documents.refunded(filing, number, number_in_register, customs, name, now)

        def settle(sent: int) -> None:
            self._unit.enter_refund(
                (
                    number,
                    body.enterprise,
                    body.register_no,
                    number_in_register,
                    CARRY_OVER if target else body.text("rtnbkCrdwTypecd"),
                    amount,
                    target,
                    case.seq_no,
                    1,
                    sent,
                    now.at,
                )
            )
            self.tell(body.register_no, target, lines)

        return Granted(number=number, body=document, parts=filing.parts, settle=settle)

    def give_back(
        self, number: str, amount: int, *, of_guarantee: bool, target: str, ref: str
    ) -> tuple[str, int, tuple[Movement, ...]]:
        """Post a refund, a release or a carry-over; district and serial of the refund in its
        register, and the movements."""
        books = self._register.books
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
                books.change_levy(target, paid_at=self._unit.now.at)
        elif levy.quota:
            lines = books.post(Event.RELEASED, amount, ref=ref, guarantee=levy.gasr_no, levy=number)
        else:
            lines = books.post(Event.REFUNDED, amount, ref=ref, levy=number)
        books.change_levy(number, refunds=levy.refunds + 1)
        return levy.customs, levy.refunds + 1, lines

    def tell(self, number: str, target: str, lines: tuple[Movement, ...]) -> None:
        """GRT302 of every register that a refund touched: the refunded one first."""
        touched = dict.fromkeys(
            [number, *([target] if target else []), *(line.number for line in lines)]
        )
        for each in touched:
            if self._register.books.guarantee(each):
                self._pushes.guarantee(each, lines)
            else:
                self._pushes.levy(each, lines)

    def _record(self, case: Case, filing: Filing) -> Granted:
        unit, code = self._unit, filing.body.enterprise
        version = self._register.next_record(code)
        document = dict(filing.body.fields) | {
            "version": str(version),
            "lastUpdateTime": unit.now.wire,
        }

        def settle(sent: int) -> None:
            unit.put_record((code, version, case.seq_no, sent, unit.now.at))

        return Granted(number=code, body=document, parts=filing.parts, settle=settle)

    def _answer(self, case: Case, filing: Filing) -> Granted:
        body = filing.body
        assert isinstance(body, StatementAnswer)
        self._register.answer(body.statement_no, case.seq_no, agreed=body.agreed)
        return Granted(
            number=body.statement_no,
            body=dict(body.fields),
            parts=filing.parts,
            settle=lambda _: None,
        )

    def _deadline(self) -> int:
        due = self._unit.now.at + self._settings.pay_days * documents.DAY
        return rolled(due) if self._settings.deadline_rolls else due
