"""The ledger: its entries, the payments of the cash book and the statements of account."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, text

from customs_sim.store.metadata import BIG, metadata, number

ledger = Table(
    "c_ledger",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("group_id", BigInteger, nullable=False, doc="id of the first entry of the event"),
    Column("at", BigInteger, nullable=False, doc="business time of the decision"),
    Column("event", String(24), nullable=False),
    Column("debit", String(80), nullable=False, doc="account, for instance custody:NUMBER"),
    Column("credit", String(80), nullable=False),
    Column("amount", BigInteger, nullable=False, doc="分, above 0"),
    Column("enterprise", String(10), nullable=False, doc="empty for money whose owner is unknown"),
    Column("number", String(64), nullable=False, doc="guarantee, levy or payment"),
    Column("related", String(64), nullable=False, doc="the other number of the event, or empty"),
    Column(
        "code",
        String(2),
        nullable=False,
        doc="movement code; empty where the entry carries no movement line",
    ),
    Column("balance", BigInteger, nullable=False, doc="balAmt of its movement line, 分"),
    Column(
        "ref",
        String(64),
        nullable=False,
        doc="what caused it: a SeqNo, a refund no., a payment no.",
    ),
    Column(
        "statement",
        BigInteger,
        nullable=False,
        doc="number of the statement it stands in; 0: none yet; -1: older than the first",
    ),
    Index("c_ledger_statement", "enterprise", "statement", "at"),
    Index("c_ledger_number", "number"),
    Index(
        "c_ledger_related",
        "related",
        sqlite_where=text("related <> ''"),
        postgresql_where=text("related <> ''"),
    ),
)

payments = Table(
    "c_payments",
    metadata,
    Column("payment_no", number(), primary_key=True),
    Column("reference", number(), nullable=False, doc="the bank's; empty where it gave none"),
    Column("amount", BigInteger, nullable=False, doc="分"),
    Column(
        "unmatched",
        BigInteger,
        nullable=False,
        doc="分 of it that wait in suspense: the locked balance row",
    ),
    Column("matched", BigInteger, nullable=False, doc="分 of it that pay levies"),
    Column(
        "sent_back",
        BigInteger,
        nullable=False,
        doc="分 of it that went back to the payer: not matched, or reversed",
    ),
    Column(
        "levy_no", number(), nullable=False, doc="as the payer named it; it may be unknown here"
    ),
    Column("paid_at", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False, doc="when it was entered"),
    Index(
        "c_payments_reference",
        "reference",
        unique=True,
        sqlite_where=text("reference <> ''"),
        postgresql_where=text("reference <> ''"),
    ),
    Index(
        "c_payments_levy",
        "levy_no",
        sqlite_where=text("levy_no <> ''"),
        postgresql_where=text("levy_no <> ''"),
    ),
    Index(
        "c_payments_unmatched",
        "payment_no",
        sqlite_where=text("unmatched > 0"),
        postgresql_where=text("unmatched > 0"),
    ),
)

statements = Table(
    "c_statements",
    metadata,
    Column("stmt_no", number(), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column(
        "number",
        BigInteger,
        nullable=False,
        doc="what c_ledger.statement says; the same in all versions",
    ),
    Column("enterprise", String(10), nullable=False),
    Column("customs", String(4), nullable=False),
    Column("first_day", String(10), nullable=False, doc="yyyy-MM-dd, Asia/Shanghai, inclusive"),
    Column("last_day", String(10), nullable=False, doc="inclusive"),
    Column("opening", BigInteger, nullable=False, doc="分, as the ledger has it"),
    Column("increase", BigInteger, nullable=False),
    Column("decrease", BigInteger, nullable=False),
    Column("closing", BigInteger, nullable=False),
    Column("lines", Integer, nullable=False),
    Column(
        "fault",
        String(64),
        nullable=False,
        doc="what was made wrong on purpose in what was sent; empty: nothing",
    ),
    Column("status", String(10), nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("answer_by", BigInteger, nullable=False, doc="0: no deadline"),
    Column("answer_seq_no", String(64), nullable=False, doc="the GRT161 that answered it"),
    Column("answered_at", BigInteger, nullable=False, doc="0: not yet"),
    Column(
        "message", BigInteger, nullable=False, doc="archive id of the GRT303; 0 until it is sent"
    ),
    Index("c_statements_enterprise", "enterprise", "number", "version"),
    Index("c_statements_number", "number", "version"),
    Index(
        "c_statements_deadline",
        "answer_by",
        sqlite_where=text("status = 'open' AND answer_by > 0"),
        postgresql_where=text("status = 'open' AND answer_by > 0"),
    ),
)
