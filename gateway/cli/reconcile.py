"""`doctor --reconcile`: customs' books against themselves, and the gateway's registers against customs' (``rules.md`` 3).

Reads both stores as they are. A difference while messages are under way is news on the road: let the pair come to rest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from customs_sim import tables as c
from customs_sim.ledger_store import LedgerSql
from customs_sim.reconcile import audit
from gateway import tables as g
from gateway.cli.stores import opened, places
from gateway.settings import Settings

YUAN = 100
"""分 in a 元: the wire shows a guarantee's used quota rounded up to whole 元 (``rules.md`` K4)."""


def differences(settings: Settings) -> list[str]:
    """Everything that differs, one line each, both sides named; empty when all agree."""
    gateway, customs = places(settings)
    with opened(gateway) as here, opened(customs) as there:
        found = [f"customs ledger: {line}" for line in there.read_here(lambda connection: audit(connection, LedgerSql(there.dialect)))]
        own = here.read_here(_gateway_rows)
        told = there.read_here(_customs_rows)
    found += _compare(own, told)
    return found


def _gateway_rows(connection: Connection) -> dict[str, dict[str, Any]]:
    guarantees = connection.execute(select(g.guarantees)).mappings()
    levies = connection.execute(select(g.levies)).mappings()
    return {
        row["gasr_no"]: {"version": row["version"], "gasrAmt": row["limit_fen"], "usedGasrAmt": row["used_fen"],
                         "alrdyRtnbkGasrAmt": row["returned_fen"], "gurStucd": row["status"]} for row in guarantees
    } | {
        row["levy_no"]: {"version": row["version"], "levyBlAmt": row["amount_fen"], "actlvyAmt": row["actual_fen"],
                         "alrdyRtnbkAmt": row["refunded_fen"], "alrdyCrdwAmt": row["carried_fen"], "levyBlStucd": row["status"]}
        for row in levies}


def _customs_rows(connection: Connection) -> dict[str, dict[str, Any]]:
    guarantees = connection.execute(select(c.guarantees)).mappings()
    levies = connection.execute(select(c.levies)).mappings()
    return {
        row["gasr_no"]: {"version": row["version"], "gasrAmt": row["limit_amount"], "usedGasrAmt": -(-row["used_amount"] // YUAN) * YUAN,
                         "alrdyRtnbkGasrAmt": row["returned_amount"], "gurStucd": row["status"]} for row in guarantees
    } | {
        row["levy_no"]: {"version": row["version"], "levyBlAmt": row["levied"],
                         "actlvyAmt": row["cash"] + row["paper"] + row["quota"] + row["refunded"] + row["carried"],
                         "alrdyRtnbkAmt": row["refunded"], "alrdyCrdwAmt": row["carried"], "levyBlStucd": row["status"]}
        for row in levies}


def _compare(own: dict[str, dict[str, Any]], told: dict[str, dict[str, Any]]) -> Iterator[str]:
    for number in sorted(own.keys() | told.keys()):
        if number not in own or number not in told:
            yield f"{number}: only at {'customs' if number in told else 'the gateway'}"
            continue
        for name, value in told[number].items():
            if own[number][name] != value:
                yield f"{number} {name}: customs {value}, gateway {own[number][name]} (amounts in 分)"
