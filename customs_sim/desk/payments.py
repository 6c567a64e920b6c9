"""The cashier: takes money, starts refunds, issues statements of account, and reads the ledger."""

from __future__ import annotations

from datetime import date

from customs_sim.desk.booking import PAYMENT_RULE, Booked, Booking, Deposit
from customs_sim.desk.checks import positive
from customs_sim.desk.ledger_extract import Extract, extract
from customs_sim.desk.refunds import OwnRefund, refund
from customs_sim.desk.reversals import Corrected, Correction, reverse, send_back
from customs_sim.desk.statements import Period, issue_statement
from customs_sim.ledger.statements import Statement, StatementFault
from customs_sim.office.office import Office
from customs_sim.office.operators import Actor


class Cashier:
    """What a person does with money. One per process. Its acts raise NotAllowed when a rule forbids
    them, and what the store raises."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def pay(
        self, levy_no: str, amount: str, paid_at: int, reference: str, *, by: Actor | None = None
    ) -> Booked:
        """Book money from a bank (``docs/rules.md`` Y302.04).

        Without ``levy_no`` it waits in suspense; the same ``reference`` with a levy no. later takes
        it out. What a levy does not need waits too. ``amount`` in 元, ``paid_at`` in microseconds
        UTC.
        """
        deposit = Deposit(
            levy_no=levy_no,
            amount=positive(PAYMENT_RULE, "amount", amount),
            paid_at=paid_at,
            reference=reference,
        )
        return await self._office.perform(
            lambda work: Booking(self._office, work, deposit).book(), by=by
        )

    async def give_back(
        self, number: str, amount: str, reason: str, target: str, *, by: Actor | None = None
    ) -> str:
        """Start a refund, or with ``target`` a carry-over, and return its number. ``amount`` in
        元."""
        order = OwnRefund(
            register_no=number,
            amount=positive("R121.04", "amount", amount),
            reason=reason,
            target=target,
        )
        return await self._office.perform(lambda work: refund(self._office, work, order), by=by)

    async def reverse(self, asked: Correction, *, by: Actor | None = None) -> Corrected:
        """Take a payment off a levy again (缴款冲正); the money waits in suspense."""
        return await self._office.perform(lambda work: reverse(self._office, work, asked), by=by)

    async def send_back(self, asked: Correction, *, by: Actor | None = None) -> Corrected:
        """Send money in suspense back to its payer."""
        return await self._office.perform(lambda work: send_back(self._office, work, asked), by=by)

    async def state(
        self,
        enterprise: str,
        first_day: date,
        last_day: date,
        fault: StatementFault | None = None,
        *,
        by: Actor | None = None,
    ) -> Statement:
        """Issue a statement of account by GRT303; the period of the last one again is its next
        version. ``fault`` makes it wrong on purpose."""
        period = Period(enterprise=enterprise, first_day=first_day, last_day=last_day, fault=fault)
        return await self._office.perform(
            lambda work: issue_statement(self._office, work, period), by=by
        )

    async def ledger(self, number: str) -> Extract:
        """Return what the ledger says about ``number``; for an empty one bank, letters and
        suspense."""
        return await self._office.store.read(
            lambda connection: extract(self._office.sql, connection, number)
        )
