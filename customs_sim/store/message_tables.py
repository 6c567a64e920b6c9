"""The archive of messages, what is to be sent and what was set aside. A body is written once: the
key of ``c_messages`` is the inbox, and one outbox row stands for everything that one unit
sends."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from customs_sim.store.metadata import BIG, metadata, number

messages = Table(
    "c_messages",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("scope", String(16), nullable=False, doc="SenderId: message ids are unique in it"),
    Column("message_id", number(255), nullable=False, doc="CopMsgId"),
    Column("direction", String(3), nullable=False, doc="in or out"),
    Column("message_type", String(30), nullable=False),
    Column(
        "case_no", BigInteger, doc="the case it opened or answers; null for what could not be read"
    ),
    Column("gateway_msg_id", number(255), nullable=False, doc="the attempt that it is or answers"),
    Column("body", LargeBinary, nullable=False, doc="the DxpMsg (or DxpRep) as received, as sent"),
    Column("at", BigInteger, nullable=False),
    Column(
        "receiver", String(16), nullable=False, doc="ReceiverId of what customs sends; empty for in"
    ),
    Column(
        "business_no",
        number(),
        nullable=False,
        doc="the register that a message of customs' own (3xx) is about; empty for everything else",
    ),
    Column(
        "wall_at",
        BigInteger,
        nullable=False,
        server_default="0",
        doc="wall time; 0 for what is older than this column",
    ),
    Column(
        "envelope_id",
        number(255),
        nullable=False,
        server_default=text("''"),
        doc="EnvelopInfo/message_id: what the enterprise calls its message; empty for what customs"
        " sends and for what is older than this column",
    ),
    Index("c_messages_key", "scope", "message_id", unique=True),
    Index("c_messages_case", "case_no"),
    Index(
        "c_messages_sent",
        "at",
        "direction",
        sqlite_where=text("direction = 'out'"),
        postgresql_where=text("direction = 'out'"),
    ),
    Index(
        "c_messages_business",
        "business_no",
        sqlite_where=text("business_no <> ''"),
        postgresql_where=text("business_no <> ''"),
    ),
    Index(
        "c_messages_envelope",
        "envelope_id",
        sqlite_where=text("envelope_id <> ''"),
        postgresql_where=text("envelope_id <> ''"),
    ),
    # What answers an attempt is found by its case; this is for what has none.
    Index(
        "c_messages_attempt",
        "gateway_msg_id",
        sqlite_where=text("case_no IS NULL AND gateway_msg_id <> ''"),
        postgresql_where=text("case_no IS NULL AND gateway_msg_id <> ''"),
    ),
)

outbox = Table(
    "c_outbox",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column(
        "due_at",
        BigInteger,
        nullable=False,
        doc="wall time: resending does not wait for a frozen business clock",
    ),
    Column("items", Text, nullable=False, doc="JSON list of c_messages.id, in order of sending"),
    Column("n", Integer, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Index("c_outbox_due", "due_at"),
)

parked = Table(
    "c_parked",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("direction", String(3), nullable=False, doc="in or out"),
    Column("message_id", number(255), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column(
        "binned_at",
        BigInteger,
        nullable=False,
        server_default="0",
        doc="business time when a person threw it away; 0: nobody did",
    ),
    Column(
        "binned_until",
        BigInteger,
        nullable=False,
        server_default="0",
        doc="business time until which it can be brought back; 0: it was not thrown away",
    ),
    Index("c_parked_message", "message_id"),
    # Counted twice a second while a page is open, and behind each body.
    Index(
        "c_parked_there",
        "id",
        sqlite_where=text("binned_until = 0"),
        postgresql_where=text("binned_until = 0"),
    ),
    Index("c_parked_key", "direction", "scope", "message_id", unique=True),
)
