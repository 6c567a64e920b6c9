"""Approvals: what an approval may use (``rules.procedure.Approval``), on one unit and its register.

What an approval does stands in the row of its message type.
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
    """One per unit. ``instant``: electronic payments arrive with the approval (profile instant,
    Y302.05)."""

    def __init__(
        self, work: Work, register: Register, settings: ReviewSettings, *, instant: bool
    ) -> None:
        self._work, self._register = work, register
        self.settings, self.instant = settings, instant
        self.books, self.documents = register.books, register.documents
        self.blocks, self.now = work.blocks, work.now
        self._pushes = Pushes(work, register)

    def grant(self, case: Case, filing: Filing) -> Granted:
        """Carry out the approval of ``filing``. LookupError or Overdrawn would be an error of ours:
        the rules have run."""
        granted = procedure_of(filing.head.message_type).on_approval(self, case, filing)
        self._register.enter(filing)
        return granted

    def enterprise(self, code: str) -> Enterprise:
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
        self._register.enter_letter(letter, number, enterprise)

    def enter_history(self, number: str, version: int, change_no: int, message: int) -> None:
        self._work.enter_history(number, version, change_no, message)

    def enter_refund(self, row: tuple[Any, ...]) -> None:
        self._work.enter_refund(row)

    def enter_record(self, code: str, version: int, seq_no: str, sent: int) -> None:
        self._work.put_record(code, version, seq_no, sent)

    def next_record(self, code: str) -> int:
        return self._register.next_record(code)

    def answer_statement(self, number: str, seq_no: str, *, agreed: bool) -> None:
        self._register.answer(number, seq_no, agreed=agreed)

    def levy_document(self, number: str, version: int) -> dict[str, str]:
        return self._pushes.levy_document(number, version)

    def tell_guarantee(self, number: str, lines: tuple[Movement, ...]) -> None:
        self._pushes.guarantee(number, lines)

    def tell_levy(self, number: str, lines: tuple[Movement, ...]) -> None:
        self._pushes.levy(number, lines)
