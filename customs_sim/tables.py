"""The tables of customs. All names start with ``c_``: both sides may share one database, and neither reads the other's.

Times are BIGINT microseconds since 1970 UTC, money is BIGINT 分. A body is written once: ``c_messages`` is the archive,
and its unique key is the inbox. One outbox row stands for everything that one write unit sends.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData()

BIG = BigInteger().with_variant(Integer(), "sqlite")  # INTEGER PRIMARY KEY is SQLite's own row id: no second b-tree

messages = Table(
    "c_messages", metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("scope", String(16), nullable=False, doc="SenderId: message ids are unique in it"),
    Column("message_id", String(255), nullable=False, doc="CopMsgId"),
    Column("direction", String(3), nullable=False, doc="in or out"),
    Column("message_type", String(30), nullable=False),
    Column("case_no", BigInteger, doc="the case it opened or answers; null for what could not be read"),
    Column("gateway_msg_id", String(255), nullable=False, doc="the attempt that it is or answers"),
    Column("body", LargeBinary, nullable=False, doc="the DxpMsg (or DxpRep) as received, as sent"),
    Column("at", BigInteger, nullable=False),
    Index("c_messages_key", "scope", "message_id", unique=True),
    Index("c_messages_case", "case_no"),
)

cases = Table(
    "c_cases", metadata,
    Column("case_no", BIG, primary_key=True, autoincrement=False),
    Column("seq_no", String(64), nullable=False, doc="统一编号; the enterprise's reference where a sender gave none"),
    Column("gateway_msg_id", String(255), nullable=False),
    Column("message_type", String(16), nullable=False),
    Column("enterprise", String(10), nullable=False),
    Column("dxp_id", String(16), nullable=False, doc="SenderId of the filing: where the answers go"),
    Column("business_no", String(64), nullable=False, doc="empty until approved"),
    Column("change_no", Integer, nullable=False),
    Column("reference", String(64), nullable=False),
    Column("customs", String(4), nullable=False),
    Column("amount", BigInteger, nullable=False, doc="分"),
    Column("status", String(10), nullable=False),
    Column("rules", String(255), nullable=False, doc="ids of the rules that failed at the last review, by comma"),
    Column("in_message", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False, doc="when it came"),
    Column("updated", BigInteger, nullable=False),
    Index("c_cases_seq", "seq_no"),
    Index("c_cases_waiting", "case_no", sqlite_where=text("status IN ('received', 'review')"),
          postgresql_where=text("status IN ('received', 'review')")),
)

guarantees = Table(
    "c_guarantees", metadata,
    Column("gasr_no", String(64), primary_key=True),
    Column("enterprise", String(10), nullable=False),
    Column("customs", String(4), nullable=False),
    Column("change_no", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("limit_amount", BigInteger, nullable=False, doc="分"),
    Column("used_amount", BigInteger, nullable=False, doc="分"),
    Column("returned_amount", BigInteger, nullable=False, doc="分"),
    Column("mode", String(1), nullable=False, doc="gurModecd"),
    Column("letter_no", String(64), nullable=False),
    Column("valid_until", BigInteger, nullable=False, doc="ltguaValidDate; 0 for cash"),
    Column("status", String(1), nullable=False, doc="gurStucd"),
    Column("seq_no", String(64), nullable=False),
    Column("message", BigInteger, nullable=False, doc="the receipt whose body is the guarantee as it now stands"),
    Column("updated", BigInteger, nullable=False),
    # Two processes may approve one letter at the same moment: the second commit fails here and its unit runs again.
    Index("c_guarantees_letter", "letter_no", unique=True, sqlite_where=text("letter_no <> '' AND status <> '3'"),
          postgresql_where=text("letter_no <> '' AND status <> '3'")),
    # The same for two attempts of one filing; a change is entered under the SeqNo of the set-up.
    Index("c_guarantees_filing", "seq_no", "enterprise", unique=True),
)

tasks = Table(
    "c_tasks", metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("due_at", BigInteger, nullable=False, doc="business time"),
    Column("case_no", BigInteger, nullable=False),
    Column("step", String(8), nullable=False),
    Index("c_tasks_due", "due_at"),
)

outbox = Table(
    "c_outbox", metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("due_at", BigInteger, nullable=False, doc="wall time: resending does not wait for a frozen business clock"),
    Column("items", Text, nullable=False, doc="JSON list of c_messages.id, in order of sending"),
    Column("n", Integer, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Index("c_outbox_due", "due_at"),
)

parked = Table(
    "c_parked", metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("direction", String(3), nullable=False, doc="in or out"),
    Column("message_id", String(255), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Index("c_parked_key", "direction", "scope", "message_id", unique=True),
)

sequences = Table(
    "c_sequences", metadata,
    Column("name", String(64), primary_key=True),
    Column("next", BigInteger, nullable=False),
)

enterprises = Table(
    "c_enterprises", metadata,
    Column("code", String(10), primary_key=True),
    Column("name", String(512), nullable=False),
    Column("credit_code", String(18), nullable=False),
    Column("customs", String(4), nullable=False, doc="主管关区 of its registration"),
    Column("dxp_id", String(16), nullable=False),
    Column("barred", SmallInteger, nullable=False, doc="1: may give no letters (信用)"),
    Column("agents", Text, nullable=False, doc="codes of the units that may declare for it, by blank"),
)

settings = Table(
    "c_settings", metadata,
    Column("key", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
