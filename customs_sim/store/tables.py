"""All tables of customs under one name. They all begin with ``c_``: both sides may share one
database, and neither reads the other's.

Times are BIGINT microseconds since 1970 UTC, money is BIGINT 分.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table, Text

from customs_sim.store.case_tables import WAITS, cases, expectations, pocket_groups, pockets, tasks
from customs_sim.store.desk_tables import audit, operators, sessions
from customs_sim.store.ledger_tables import ledger, payments, statements
from customs_sim.store.mark_tables import claims, holds, pending
from customs_sim.store.message_tables import messages, outbox, parked
from customs_sim.store.metadata import metadata
from customs_sim.store.register_tables import (
    enterprises,
    guarantees,
    history,
    levies,
    records,
    refunds,
)
from customs_sim.store.steering_tables import disturbed, moves, runs, scripts, tallies

__all__ = [
    "WAITS",
    "audit",
    "cases",
    "claims",
    "disturbed",
    "enterprises",
    "expectations",
    "guarantees",
    "history",
    "holds",
    "ledger",
    "levies",
    "messages",
    "metadata",
    "moves",
    "operators",
    "outbox",
    "parked",
    "payments",
    "pending",
    "pocket_groups",
    "pockets",
    "records",
    "refunds",
    "runs",
    "scripts",
    "sequences",
    "sessions",
    "settings",
    "statements",
    "tallies",
    "tasks",
]

sequences = Table(
    "c_sequences",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("next", BigInteger, nullable=False),
)

settings = Table(
    "c_settings",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
