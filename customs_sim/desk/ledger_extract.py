"""Extracts of the ledger: its accounts and entries about one number, for a person to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from customs_sim.desk.refusal import unknown
from customs_sim.ledger.history import LedgerLine, entries_about, standing
from customs_sim.ledger.movements import movement_no
from customs_sim.store.sql import Sql
from schemas.money import yuan


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What the ledger says about one number.

    Attributes:
        no: The number; empty for customs as a whole.
        accounts: 元 by account, on the normal side of each.
        entries: In order of time, ready for JSON.
    """

    no: str
    accounts: dict[str, str]
    entries: list[dict[str, Any]] = field(default_factory=list)


def extract(sql: Sql, connection: Connection, number: str) -> Extract:
    """Return what the ledger says about ``number``; for an empty one bank, letters and suspense.
    Raise NotAllowed, 404, when the ledger does not have the number."""
    if not number:
        totals = sql.ledger.totals(connection)
        return Extract(no="", accounts={name: yuan(amount) for name, amount in totals.items()})
    lines = entries_about(sql.ledger, connection, number)
    if not lines:
        raise unknown("no", number, "账目", "number in the ledger")
    *_, (_, accounts) = standing(lines, number)
    return Extract(
        no=number,
        accounts={name: yuan(amount) for name, amount in sorted(accounts.items())},
        entries=[_entry(line) for line in lines],
    )


def _entry(line: LedgerLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "group": line.group,
        "at": line.at,
        "event": line.event,
        "debit": line.debit,
        "credit": line.credit,
        "amount": yuan(line.amount),
        "no": line.number,
        "related": line.related or None,
        "mvmt_no": movement_no(line.id) if line.code else None,
        "ref": line.ref,
    }
