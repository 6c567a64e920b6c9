"""Deadlines: letters that run out, payments and answers that are late (``docs/rules.md`` Y302.05,
Y302.06, A161.06).

The enterprise is told by GRT302; of a statement without an answer by its GRT303 once more.
"""

from __future__ import annotations

from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register, statements_of
from customs_sim.ledger.statements import StatementStatus
from customs_sim.office.office import Office
from customs_sim.office.work import Work
from customs_sim.rules.register import EXPIRED, VALID
from customs_sim.store.numbers import MESSAGE, OUTBOX
from schemas.statement import encode_statement


async def look(office: Office, most: int = 200) -> int:
    """Deal with what fell due, at most ``most`` of each, in one unit. Return how many registers
    that are."""

    def tell_late(work: Work) -> int:
        expiring = [row.number for row in work.sql.expiring(work.connection, work.now.at, most)]
        overdue = [row.number for row in work.sql.overdue(work.connection, work.now.at, most)]
        unanswered = work.sql.ledger.unanswered(work.connection, work.now.at, most)
        count = len(expiring) + len(overdue) + len(unanswered)
        if not count:
            return 0
        work.blocks.require({MESSAGE: count, OUTBOX: 1 + count // work.tools.most})
        register = Register(
            work,
            office.reader,
            office.codes,
            guarantees=expiring,
            levies=overdue,
            enterprises=[row.enterprise for row in unanswered],
        )
        pushes = Pushes(work, register)
        for number in expiring:
            # What is occupied stays occupied: customs decides what becomes of it. Another process
            # may have been faster, so each row is looked at once more.
            guarantee = register.books.guarantee(number)
            if guarantee and guarantee.status == VALID and 0 < guarantee.valid_until <= work.now.at:
                register.books.change_guarantee(number, status=EXPIRED)
                pushes.guarantee(number)
        for number in overdue:
            levy = register.books.levy(number)
            if levy and levy.open and not levy.overdue and 0 < levy.deadline <= work.now.at:
                register.books.change_levy(number, overdue=1)
                pushes.levy(number)
        book = statements_of(work)
        for number, enterprise in unanswered:
            statement, owner = book.latest(number), register.enterprise(enterprise)
            if (
                statement
                and statement.status is StatementStatus.OPEN
                and 0 < statement.answer_by <= work.now.at
            ):
                again = statement.on_wire(
                    name=owner.name, credit_code=owner.credit_code, at=work.now.at
                )
                pushes.statement(
                    enterprise, number, statement.version, encode_statement(again), reminder=True
                )
                book.overdue(statement)
        return count

    return await office.perform(tell_late)
