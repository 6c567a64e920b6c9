"""The people at the desk: who may act, who is logged in, and what was done. A reset keeps these
tables."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, SmallInteger, String, Table, Text

from customs_sim.store.metadata import BIG, metadata, number

operators = Table(
    "c_operators",
    metadata,
    Column(
        "hash", String(64), primary_key=True, doc="SHA-256 of the key; the key itself is nowhere"
    ),
    Column("name", String(64), nullable=False),
    Column("role", String(8), nullable=False, doc="viewer, officer or tester"),
    Column("revoked", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False, doc="wall time"),
    info={"kept": True},
)

sessions = Table(
    "c_sessions",
    metadata,
    Column("hash", String(64), primary_key=True, doc="SHA-256 of the browser's cookie"),
    Column("operator", String(64), nullable=False, doc="hash of the key that it was opened with"),
    Column("expires", BigInteger, nullable=False, doc="wall time"),
    Index("c_sessions_expires", "expires"),
    info={"kept": True},
)

audit = Table(
    "c_audit",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False, doc="business time"),
    Column("wall_at", BigInteger, nullable=False, doc="wall time"),
    Column("operator", String(64), nullable=False),
    Column("role", String(8), nullable=False),
    Column("action", String(40), nullable=False),
    Column(
        "target",
        number(),
        nullable=False,
        doc="SeqNo, register, payment …; empty for customs as a whole",
    ),
    Column("outcome", String(64), nullable=False, doc="done, or the rules that forbade it"),
    Column("before", Text, nullable=False, doc="JSON; empty where nothing was there"),
    Column("after", Text, nullable=False, doc="JSON; empty where nothing changed"),
    Index("c_audit_target", "target"),
    Index("c_audit_operator", "operator", "at"),
    info={"kept": True},
)
