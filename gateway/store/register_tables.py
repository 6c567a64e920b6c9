"""The registers as customs last told them, their history, and statements of account."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, String, Table, Text

from gateway.store.metadata import metadata

guarantees = Table(
    "guarantees",
    metadata,
    Column("gasr_no", String(64), primary_key=True),
    Column("enterprise", String(10), nullable=False),
    Column("seq_no", BigInteger, nullable=False, doc="the filing that set it up"),
    Column("change_no", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column(
        "document",
        BigInteger,
        nullable=False,
        doc="archive id of the message that carried it as it now stands",
    ),
    Column("limit_fen", BigInteger, nullable=False),
    Column("used_fen", BigInteger, nullable=False),
    Column("available_fen", BigInteger, nullable=False),
    Column("returned_fen", BigInteger, nullable=False),
    Column("status", String(1), nullable=False, doc="gurStucd"),
    Column("updated_at", BigInteger, nullable=False),
    Index("guarantees_owner", "enterprise", "gasr_no"),
    sqlite_with_rowid=False,
)


levies = Table(
    "levies",
    metadata,
    Column("levy_no", String(64), primary_key=True),
    Column("enterprise", String(10), nullable=False),
    Column("seq_no", BigInteger, nullable=False, doc="its confirmation"),
    Column("change_no", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("document", BigInteger, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("actual_fen", BigInteger, nullable=False),
    Column("carried_fen", BigInteger, nullable=False),
    Column("refunded_fen", BigInteger, nullable=False),
    Column("status", String(1), nullable=False, doc="levyBlStucd"),
    Column("deadline", BigInteger, nullable=False, doc="dpstPmnDeadline; 0 when there is none"),
    Column("overdue", SmallInteger, nullable=False, doc="told by customs, never computed here"),
    Column("updated_at", BigInteger, nullable=False),
    Index("levies_owner", "enterprise", "levy_no"),
    sqlite_with_rowid=False,
)


history = Table(
    "history",
    metadata,
    Column("number", String(64), primary_key=True, doc="gasrNo or dpstLevyBlNo"),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("change_no", Integer, nullable=False),
    Column(
        "document",
        BigInteger,
        nullable=False,
        doc="archive id of the message that carried that version",
    ),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


movements = Table(
    "movements",
    metadata,
    Column("enterprise", String(10), primary_key=True),
    Column("mvmt_no", String(64), primary_key=True),
    Column("number", String(64), nullable=False),
    Column("event", String(4), nullable=False),
    Column("incr_fen", BigInteger, nullable=False),
    Column("decr_fen", BigInteger, nullable=False),
    Column("bal_fen", BigInteger, nullable=False),
    Column("moved_at", BigInteger, nullable=False),
    Column("related", String(64), nullable=False),
    Column("ref", String(64), nullable=False),
    Column("message", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


statements = Table(
    "statements",
    metadata,
    Column("statement_no", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("enterprise", String(10), nullable=False),
    Column("message", BigInteger, nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("closing_fen", BigInteger, nullable=False),
    Column(
        "differences", Text, nullable=False, doc="JSON: what the gateway's own comparison found"
    ),
    Column("at", BigInteger, nullable=False),
    Column(
        "answer_by",
        BigInteger,
        nullable=False,
        server_default="0",
        doc="answDeadline; 0 when there is none",
    ),
    Column(
        "overdue",
        SmallInteger,
        nullable=False,
        server_default="0",
        doc="told by customs, never computed here",
    ),
    Column(
        "answered",
        SmallInteger,
        nullable=False,
        server_default="0",
        doc="1: customs took the answer (GRT261 = 1)",
    ),
)
