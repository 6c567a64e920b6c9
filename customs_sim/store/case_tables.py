"""The filings on customs' desk: cases, their timers, the pockets of a filing in several messages,
and what testers expect of a declaration."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    literal_column,
    text,
)

from customs_sim.store.metadata import BIG, metadata, number

cases = Table(
    "c_cases",
    metadata,
    Column("case_no", BIG, primary_key=True, autoincrement=False),
    Column(
        "seq_no",
        number(),
        nullable=False,
        doc="统一编号; the enterprise's reference where a sender gave none",
    ),
    Column("gateway_msg_id", String(255), nullable=False),
    Column("message_type", String(16), nullable=False),
    Column("enterprise", String(10), nullable=False),
    Column(
        "dxp_id", String(16), nullable=False, doc="SenderId of the filing: where the answers go"
    ),
    Column(
        "business_no",
        number(),
        nullable=False,
        doc="the register it is about; empty until approved for a new one",
    ),
    Column("change_no", Integer, nullable=False),
    Column("reference", number(), nullable=False),
    Column("customs", String(4), nullable=False),
    Column("amount", BigInteger, nullable=False, doc="分"),
    Column("status", String(10), nullable=False),
    Column(
        "rules",
        String(255),
        nullable=False,
        doc="ids of the rules that failed at the last review, by comma",
    ),
    Column("in_message", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False, doc="when it came"),
    Column("updated", BigInteger, nullable=False),
    Column(
        "letter_no",
        number(),
        nullable=False,
        server_default=text("''"),
        doc="the letter that it brings; empty for what is older than this column",
    ),
    Index(
        "c_cases_letter",
        "letter_no",
        sqlite_where=text("letter_no <> ''"),
        postgresql_where=text("letter_no <> ''"),
    ),
    # What the front page counts, each from its index alone.
    Index("c_cases_since", "since"),
    Index(
        "c_cases_ageing",
        "message_type",
        "since",
        "case_no",
        "status",
        sqlite_where=text("status IN ('received', 'review')"),
        postgresql_where=text("status IN ('received', 'review')"),
    ),
    Index(
        "c_cases_decided",
        "updated",
        "status",
        sqlite_where=text("status IN ('approved', 'returned', 'superseded')"),
        postgresql_where=text("status IN ('approved', 'returned', 'superseded')"),
    ),
    Index("c_cases_seq", "seq_no"),
    # For GRT141, which names receipts by reference or business no.
    Index("c_cases_reference", "reference"),
    Index(
        "c_cases_business",
        "business_no",
        sqlite_where=text("business_no <> ''"),
        postgresql_where=text("business_no <> ''"),
    ),
    Index(
        "c_cases_waiting",
        "case_no",
        sqlite_where=text("status IN ('received', 'review')"),
        postgresql_where=text("status IN ('received', 'review')"),
    ),
)

WAITS: ColumnElement[bool] = cases.c.status.in_(
    [literal_column("'received'"), literal_column("'review'")]
)
"""That a case waits for a person, in the words of the partial indexes: a database takes such an
index for these words only, and not for parameters."""

tasks = Table(
    "c_tasks",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("due_at", BigInteger, nullable=False, doc="business time"),
    Column("case_no", BigInteger, nullable=False),
    Column("step", String(8), nullable=False),
    Index("c_tasks_due", "due_at"),
)

pocket_groups = Table(
    "c_pocket_groups",
    metadata,
    Column(
        "group_no",
        BIG,
        primary_key=True,
        autoincrement=False,
        doc="also the number of the case that it becomes",
    ),
    Column("sender", String(16), nullable=False),
    Column("pocket_id", String(128), nullable=False),
    Column("total", Integer, nullable=False),
    Column("status", String(8), nullable=False, doc="open, complete or refused"),
    # Two processes may open one group at the same moment: the second commit fails here and its unit
    # runs again.
    Index(
        "c_pocket_groups_open",
        "sender",
        "pocket_id",
        unique=True,
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
    Index("c_pocket_groups_id", "pocket_id", "sender"),
)

pockets = Table(
    "c_pockets",
    metadata,
    Column("group_no", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("message", BigInteger, nullable=False, doc="archive id of what holds this place"),
    Column("structured", SmallInteger, nullable=False),
)

expectations = Table(
    "c_expectations",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False, doc="business time at which it was stated"),
    Column(
        "wanted", Text, nullable=False, doc="JSON object: what a tester expects of one declaration"
    ),
)
