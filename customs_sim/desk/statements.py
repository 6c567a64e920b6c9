"""Statements of account, issued by customs (GRT303)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from customs_sim.desk.checks import registered
from customs_sim.flow.pushes import Pushes
from customs_sim.flow.register import Register, statements_of
from customs_sim.ledger.statements import Statement, StatementFault
from customs_sim.office.office import Office
from customs_sim.office.work import Work
from schemas.statement import encode_statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A statement that is asked for.

    Attributes:
        first_day: Of the period; so is ``last_day``, which is in it.
        fault: What to make wrong on purpose in what is sent; the books stay right.
    """

    enterprise: str
    first_day: date
    last_day: date
    fault: StatementFault | None = None


def issue_statement(office: Office, work: Work, period: Period) -> Statement:
    """Issue a statement, or the next version of the last one when the period is the same, and
    return it. Raise NotAllowed or StatementRefused when it cannot be issued."""
    register = Register(work, office.reader, office.codes, enterprises=[period.enterprise])
    owner = registered(register, period.enterprise)
    settings = office.settings.review
    book = statements_of(work, answer_days=settings.answer_days, rolls=settings.deadline_rolls)
    row = work.sql.ledger.last_statement(work.connection, period.enterprise)
    last = Statement.of_row(row) if row else None
    if last and (last.first_day, last.last_day) == (
        period.first_day.isoformat(),
        period.last_day.isoformat(),
    ):
        made = book.reissue(last.no, fault=period.fault)
    else:
        made = book.issue(
            period.enterprise,
            owner.customs,
            first_day=period.first_day,
            last_day=period.last_day,
            fault=period.fault,
        )
    work.note(
        "statement",
        made.no,
        before={"version": made.version - 1} if made.version > 1 else None,
        after={
            "enterprise": period.enterprise,
            "version": made.version,
            "from": made.first_day,
            "to": made.last_day,
            "fault": made.fault,
        },
    )
    inner = encode_statement(made.on_wire(name=owner.name, credit_code=owner.credit_code))
    sent = Pushes(work, register).statement(period.enterprise, made.no, made.version, inner)
    return book.sent(made, sent)
