"""Approvals: what an approval may use (``rules.procedure.Approval``), on one work and its register.

What an approval does stands in the row of its message type, not here.
"""

from __future__ import annotations

from typing import Any

from customs_sim.cases.case import Case
from customs_sim.cases.settings import ReviewSettings
from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register
from customs_sim.ledger.movements import Movement
from customs_sim.office.work import Work
from customs_sim.rules.procedure import Granted, procedure_of
from customs_sim.wire import documents
from customs_sim.wire.calendar import rolled
from customs_sim.wire.filing import Filing
from customs_sim.wire.ids import register_no, serial
from customs_sim.wire.parties import Enterprise


class Approvals:
    """Carries out approvals on one work."""

    def __init__(
        self, work: Work, register: Register, settings: ReviewSettings, *, instant: bool
    ) -> None:
        """Take what it works with. ``instant``: electronic payments arrive with the approval
        (profile instant, ``docs/rules.md`` Y302.05)."""
        self._work, self._register = work, register
        self.settings, self.instant = settings, instant
        self.books, self.documents = register.books, register.documents
        self.blocks, self.now = work.blocks, work.now
        self._pushes = Pushes(work, register)

    def grant(self, case: Case, filing: Filing) -> Granted:
        """Carry out the approval of ``filing``. LookupError and Overdrawn are errors of this
        program: the rules have run."""
        granted = procedure_of(filing.head.message_type).on_approval(self, case, filing)
        self._register.enter(filing)
        return granted

    def enterprise(self, code: str) -> Enterprise:
        """Return a registered enterprise."""
        return self._register.enterprise(code)

    def number(self, prefix: str, customs: str) -> str:
        """Draw the next number of a register."""
        year = self.now.day.year
        return register_no(prefix, customs, year, self.blocks.draw(serial(prefix, customs, year)))

    def deadline(self) -> int:
        """Return until when a cash deposit must be paid, in microseconds UTC."""
        due = self.now.at + self.settings.pay_days * documents.DAY
        return rolled(due) if self.settings.deadline_rolls else due

    def enter_letter(self, letter: str, number: str, enterprise: str) -> None:
        """Take note that ``letter`` secures ``number``."""
        self._register.enter_letter(letter, number, enterprise)

    def enter_history(self, number: str, version: int, change_no: int, message: int) -> None:
        """Enter the generation of a register that ends now."""
        self._work.enter_history(number, version, change_no, message)

    def enter_refund(self, row: tuple[Any, ...]) -> None:
        """Enter a row of c_refunds."""
        self._work.enter_refund(row)

    def enter_record(self, code: str, version: int, seq_no: str, sent: int) -> None:
        """Enter the record of an enterprise. ``sent``: archive id of the receipt that carries
        it."""
        self._work.put_record(code, version, seq_no, sent)

    def next_record(self, code: str) -> int:
        """Return the version of the record that is being written."""
        return self._register.next_record(code)

    def answer_statement(self, number: str, seq_no: str, *, agreed: bool) -> None:
        """Enter the answer to a statement of account."""
        self._register.answer(number, seq_no, agreed=agreed)

    def levy_document(self, number: str, version: int) -> dict[str, str]:
        """Return the document of a levy as it now stands."""
        return self._pushes.levy_document(number, version)

    def tell_guarantee(self, number: str, lines: tuple[Movement, ...]) -> None:
        """Send GRT302 of a guarantee."""
        self._pushes.guarantee(number, lines)

    def tell_levy(self, number: str, lines: tuple[Movement, ...]) -> None:
        """Send GRT302 of a levy."""
        self._pushes.levy(number, lines)
