"""The entries about one number by name, and what its accounts held after each of them. Reads only;
amounts in 分."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from customs_sim.ledger.postings import DEBIT_NORMAL, kind_of
from customs_sim.store.ledger_sql import LedgerSql


class LedgerLine(NamedTuple):
    """An entry of the ledger as the store has it: a row of ``c_ledger``.

    Attributes:
        group: The id of the first entry of its event.
        at: Business time of the decision, in microseconds UTC.
        debit: An account, for instance ``custody:NUMBER``; so is ``credit``.
        amount: Above 0.
        enterprise: Empty for money whose owner is unknown.
        number: The guarantee, levy or payment that it is about.
        related: The other number of its event; empty without one.
        code: The code of its movement line; empty where it carries none.
        balance: The balance of its movement line.
        ref: What caused it: a SeqNo, a refund no. or a payment no.
        statement: The number of the statement that it stands in; 0: none yet; -1: it is older.
    """

    id: int
    group: int
    at: int
    event: str
    debit: str
    credit: str
    amount: int
    enterprise: str
    number: str
    related: str
    code: str
    balance: int
    ref: str
    statement: int


def entries_about(sql: LedgerSql, connection: Connection, number: str) -> list[LedgerLine]:
    """Return the entries that name ``number``, in order of time."""
    return [LedgerLine._make(row) for row in sql.about(connection, number)]


def standing(
    lines: Sequence[LedgerLine], number: str
) -> Iterator[tuple[LedgerLine, dict[str, int]]]:
    """Yield each of ``lines`` with what every account of ``number`` held after it, on its normal
    side. An account appears with its first entry; the mapping is the same object, moved on."""
    accounts: dict[str, int] = {}
    for line in lines:
        for account, sign in ((line.debit, 1), (line.credit, -1)):
            kind = kind_of(account)
            if account == f"{kind}:{number}":
                change = line.amount * (sign if kind in DEBIT_NORMAL else -sign)
                accounts[account] = accounts.get(account, 0) + change
        yield line, accounts
