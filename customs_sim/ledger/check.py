"""The books checked against themselves: entries, invariants and register rows. Changes nothing."""

from __future__ import annotations

from sqlalchemy import Connection

from customs_sim.ledger.amounts import guarantee_amounts, levy_amounts
from customs_sim.ledger.groups import balances
from customs_sim.ledger.history import LedgerLine
from customs_sim.ledger.invariants import invariants
from customs_sim.ledger.movements import groups_of
from customs_sim.ledger.rows import Guarantee, Levy, Payment
from customs_sim.store import tables as t
from customs_sim.store.ledger_sql import LedgerSql
from schemas.guarantee import CASH


def audit(connection: Connection, sql: LedgerSql) -> list[str]:
    """Return all that is wrong with the books, by name: entries that no event posts, invariants of
    ``docs/rules.md`` 3 that do not hold, register rows that differ from the ledger. Reads all of
    them: for tests and the doctor."""
    try:
        posted = balances(groups_of(map(LedgerLine._make, sql.everything(connection))))
    except ValueError as error:
        return [f"entries: {error}"]
    broken = invariants(posted)

    def wanted(name: str, row: object, ledger: object) -> None:
        if row != ledger:
            broken.append(f"{name}: row {row}, ledger {ledger}")

    seen: set[str] = set()
    for values in sql.all_rows(connection, t.guarantees):
        guarantee = Guarantee.of_row(values)
        number = guarantee.gasr_no
        seen.add(number)
        wanted(number, guarantee.amounts, guarantee_amounts(posted, number))
        wanted(f"custody of {number}", guarantee.custody, posted.get(f"custody:{number}", 0))
        wanted(
            f"letter of {number}",
            guarantee.limit if guarantee.mode != CASH else 0,
            posted.get(f"letter:{number}", 0),
        )
    for values in sql.all_rows(connection, t.levies):
        levy = Levy.of_row(values)
        seen.add(levy.levy_no)
        wanted(levy.levy_no, levy.amounts, levy_amounts(posted, levy.levy_no))
        wanted(f"status of {levy.levy_no}", levy.status, levy.amounts.status)
        wanted(
            f"quota of {levy.levy_no} on {levy.gasr_no}",
            levy.quota,
            posted.get(f"occupied:{levy.levy_no}@{levy.gasr_no}", 0),
        )
    for values in sql.all_rows(connection, t.payments):
        payment = Payment.of_row(values)
        seen.add(payment.payment_no)
        wanted(
            f"suspense of {payment.payment_no}",
            payment.unmatched,
            posted.get(f"unmatched:{payment.payment_no}", 0),
        )
        wanted(
            f"amount of {payment.payment_no}",
            payment.amount,
            payment.unmatched + payment.matched + payment.sent_back,
        )
    strangers = {name.partition(":")[2].partition("@")[0] for name in posted} - seen - {""}
    return broken + [f"no register row: {number}" for number in sorted(strangers)]
