"""Marks of the desk on cases: which are put off, who works on which, and which decisions can still
be taken back. Touched by people only, never by what arrives."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, text

from customs_sim.store.metadata import BIG, metadata

holds = Table(
    "c_holds",
    metadata,
    Column("case_no", BIG, primary_key=True, autoincrement=False),
    Column("until", BigInteger, nullable=False, doc="business time at which it is back"),
    Column("reason", Text, nullable=False),
    Column("operator", String(64), nullable=False),
)

claims = Table(
    "c_claims",
    metadata,
    Column("case_no", BIG, primary_key=True, autoincrement=False),
    Column("operator", String(64), nullable=False),
    Column(
        "session",
        String(64),
        nullable=False,
        doc="hash of the session it was made in, with which it ends; empty without one",
    ),
    Column("until", BigInteger, nullable=False, doc="wall time at which it ends by itself"),
)

pending = Table(
    "c_pending",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("batch", BigInteger, nullable=False, doc="shared by those given together; 0 alone"),
    Column("case_no", BigInteger, nullable=False),
    Column("seq_no", String(64), nullable=False),
    Column("act", String(16), nullable=False),
    Column("notes", Text, nullable=False, doc="JSON list"),
    Column("operator", String(64), nullable=False),
    Column("role", String(8), nullable=False),
    Column("due", BigInteger, nullable=False, doc="wall time at which it is carried out"),
    Column(
        "outcome",
        String(64),
        nullable=False,
        doc="empty while it can be taken back; then done, undone, or why it was refused",
    ),
    Column("said_zh", Text, nullable=False, doc="why it was refused, for people"),
    Column("said_en", Text, nullable=False),
    Index("c_pending_case", "case_no"),
    Index("c_pending_batch", "batch"),
    # Two officers may decide one case at the same moment: the second commit fails here and its unit
    # runs again.
    Index(
        "c_pending_open",
        "case_no",
        unique=True,
        sqlite_where=text("outcome = ''"),
        postgresql_where=text("outcome = ''"),
    ),
    Index(
        "c_pending_due",
        "due",
        sqlite_where=text("outcome = ''"),
        postgresql_where=text("outcome = ''"),
    ),
)
