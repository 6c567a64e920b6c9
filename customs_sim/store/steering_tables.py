"""What steers customs: scripts, tallies of their rules, runs, and answers that a fault changed.
Touched only while a scenario or a fault is active."""

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
)

from customs_sim.store.metadata import BIG, metadata

scripts = Table(
    "c_scripts",
    metadata,
    Column(
        "id",
        String(16),
        primary_key=True,
        doc="digest of what it is and of its text: the same text is the same script",
    ),
    Column("kind", String(8), nullable=False, doc="scenario or faults"),
    Column("name", String(40), nullable=False),
    Column("body", Text, nullable=False, doc="as the tester wrote it"),
    Column("at", BigInteger, nullable=False),
)

tallies = Table(
    "c_tallies",
    metadata,
    Column(
        "rule", String(96), primary_key=True, doc="script id / rules or faults / name of the rule"
    ),
    Column("seen", BigInteger, nullable=False, doc="messages that it is about"),
    Column("hits", BigInteger, nullable=False, doc="those it struck"),
    Column(
        "since",
        BigInteger,
        nullable=False,
        server_default="0",
        doc="the last c_messages.id when the rule was set: it looks at those after it",
    ),
)

runs = Table(
    "c_runs",
    metadata,
    Column("case_no", BIG, primary_key=True, autoincrement=False),
    Column("script", String(16), nullable=False, doc="the scenario as it was when the case came"),
    Column("rule", String(40), nullable=False),
    Column(
        "number",
        BigInteger,
        nullable=False,
        doc="which case of the rule: what its chance is drawn for",
    ),
    Column(
        "position",
        Integer,
        nullable=False,
        doc="the next step; written with what the step before sent",
    ),
    Column(
        "since", BigInteger, nullable=False, doc="business time from which the next wait counts"
    ),
    Column("ended", SmallInteger, nullable=False),
    Index("c_runs_script", "script", "ended"),
)

disturbed = Table(
    "c_disturbed",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column(
        "rule",
        String(96),
        nullable=False,
        doc="as in c_tallies; for a step of a scenario, its script, rule and position",
    ),
    Column("fault", String(40), nullable=False),
    Column("message", BigInteger, nullable=False, doc="c_messages.id of what should have gone out"),
    Column("gateway_msg_id", String(255), nullable=False),
    Column(
        "message_id",
        String(255),
        nullable=False,
        doc="CopMsgId of what goes out; empty: nothing does",
    ),
    Column("message_type", String(30), nullable=False),
    Column("due_at", BigInteger, nullable=False, doc="business time of sending; 0: at once"),
    Column("body", LargeBinary, nullable=False, doc="what goes out"),
    Index("c_disturbed_attempt", "gateway_msg_id", "rule"),
    Index("c_disturbed_message", "message"),
    Index("c_disturbed_at", "at"),
)

moves = Table(
    "c_moves",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False, doc="the next after the highest"),
    Column("from_at", BigInteger, nullable=False, doc="business time before it"),
    Column("to_at", BigInteger, nullable=False, doc="business time after it"),
    Column("fired", Integer, nullable=False, doc="how many timers fired on the way"),
    Column("happened", Text, nullable=False, doc="JSON list: what it brought about"),
)
"""Moves of the business clock, the last ones."""
