"""The gateway's tables. Times are BIGINT microseconds since 1970 UTC, money is BIGINT 分; bodies
are written once.

The archive (``messages``) is the inbox: its unique key deduplicates. Outbox, timeline and feed rows
point at it. An outbox row stands for everything one unit has to send, so that it costs next to
nothing. SeqNo is a BIGINT: 18 digits fit.
"""

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

from gateway.store.metadata import BIG
from gateway.store.metadata import metadata as metadata
from gateway.store.register_tables import guarantees as guarantees
from gateway.store.register_tables import history as history
from gateway.store.register_tables import levies as levies
from gateway.store.register_tables import movements as movements
from gateway.store.register_tables import statements as statements

messages = Table(
    "messages",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column(
        "scope",
        String(64),
        nullable=False,
        doc="operator of the sender, or the customs node: message ids are unique in it",
    ),
    Column("message_id", String(255), nullable=False),
    Column("message_type", String(16), nullable=False),
    Column("seq_no", BigInteger),
    Column("attempt", SmallInteger, nullable=False, default=0),
    Column(
        "flag",
        SmallInteger,
        nullable=False,
        default=0,
        doc="DelcareFlag of a submission; 2 of customs; 3, 4 an attachment; 5 our DxpRep; 6 a copy",
    ),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("warnings", Text),
    Column("at", BigInteger, nullable=False),
    Index("messages_key", "scope", "message_id", unique=True),
)

declarations = Table(
    "declarations",
    metadata,
    Column("seq_no", BIG, primary_key=True, autoincrement=False),
    Column("enterprise", String(10), nullable=False),
    Column("message_type", String(16), nullable=False),
    Column(
        "kind", String(16), nullable=False, doc="setup, change, confirmation, refund, carryover …"
    ),
    Column("reference", String(64), nullable=False, doc="企业内部编号 etpsPreentNo"),
    Column("filing_key", String(255), nullable=False),
    Column("business_no", String(64)),
    Column(
        "subject",
        String(64),
        nullable=False,
        default="",
        doc="register number that the filing is about: gasrNo, dpstLevyBlNo, gurNo",
    ),
    Column("change_no", Integer, nullable=False, default=0),
    Column("attempt", SmallInteger, nullable=False, default=0),
    Column("status", String(10), nullable=False),
    Column(
        "events",
        Integer,
        nullable=False,
        doc="length of the timeline; the version that guards every update",
    ),
    Column("message", BigInteger, nullable=False, doc="archive id of the current submission"),
    Column(
        "document", BigInteger, nullable=False, doc="archive id of the document as it now stands"
    ),
    Column("decided_at", BigInteger),
    Column("customs", String(4), nullable=False, default=""),
    Column("mode", String(1), nullable=False, default="", doc="gurModecd 担保方式"),
    Column("gur_type", String(1), nullable=False, default="", doc="gurTypecd 担保类型"),
    Column(
        "refund_kind", String(1), nullable=False, default="", doc="rtnbkCrdwTypecd 退还结转类型"
    ),
    Column(
        "filed_at",
        BigInteger,
        nullable=False,
        doc="dclTime, or the time of arrival where it is empty",
    ),
    Column("conflict", SmallInteger, nullable=False, default=0),
    Column("undeliverable", Text),
    Column(
        "outdated",
        SmallInteger,
        nullable=False,
        default=0,
        doc="customs changed the levy after this draft was saved",
    ),
    Column("deleted", SmallInteger, nullable=False, default=0),
    Column("updated_at", BigInteger, nullable=False),
    Index(
        "declarations_key",
        "filing_key",
        unique=True,
        sqlite_where=text("deleted = 0"),
        postgresql_where=text("deleted = 0"),
    ),
    Index("declarations_reference", "reference"),
    # Covers every filter of the three queries: an exact total over 200,000 rows reads this and no
    # table page.
    Index(
        "declarations_list",
        "enterprise",
        "message_type",
        "seq_no",
        "deleted",
        "status",
        "kind",
        "mode",
        "customs",
        "filed_at",
        "gur_type",
        "refund_kind",
        "reference",
        "business_no",
    ),
    Index(
        "declarations_subject",
        "subject",
        "enterprise",
        sqlite_where=text("subject <> ''"),
        postgresql_where=text("subject <> ''"),
    ),
)

pocket_groups = Table(
    "pocket_groups",
    metadata,
    Column("enterprise", String(10), primary_key=True),
    Column("pocket_id", String(128), primary_key=True),
    Column("seq_no", BigInteger, nullable=False, doc="the declaration that its pockets make up"),
    Column("total", Integer, nullable=False),
    Column(
        "waits_since",
        BigInteger,
        doc=(
            "from when on its files wait for the declaration itself; NULL: they do not, or that was"
            " reported"
        ),
    ),
    Index("pocket_groups_seq", "seq_no"),
    Index(
        "pocket_groups_waiting",
        "waits_since",
        sqlite_where=text("waits_since IS NOT NULL"),
        postgresql_where=text("waits_since IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

pockets = Table(
    "pockets",
    metadata,
    Column("enterprise", String(10), primary_key=True),
    Column("pocket_id", String(128), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("message", BigInteger, nullable=False, doc="archive id of what holds this place now"),
    Column(
        "uuid", String(64), nullable=False, doc="of an attachment; empty for the structured pocket"
    ),
    Column("name", String(128), nullable=False, doc="FileName"),
    Column("size", BigInteger, nullable=False, doc="bytes of the file"),
    Column(
        "digest",
        LargeBinary(32),
        nullable=False,
        doc="SHA-256 of BussinessData in C14N; tells a repeat from another content",
    ),
    sqlite_with_rowid=False,
)

timeline = Table(
    "timeline",
    metadata,
    Column("seq_no", BigInteger, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("event", String(16), nullable=False),
    Column("status", String(10), nullable=False),
    Column("attempt", SmallInteger, nullable=False),
    Column("source", String(10), nullable=False),
    Column("stale", SmallInteger, nullable=False, default=0),
    Column("message", BigInteger),
    Column("note", Text),
    sqlite_with_rowid=False,
)

feed = Table(
    "feed",
    metadata,
    Column("enterprise", String(10), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("message", BigInteger, nullable=False),
    Column("seq_no", BigInteger),
    Column("message_type", String(16), nullable=False),
    Column("reference", String(64)),
    Column("business_no", String(64)),
    Column("result", String(1)),
    Column("notes", Text),
    Column("resent", SmallInteger, nullable=False, default=0),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

feed_ends = Table(
    "feed_ends",
    metadata,
    Column("enterprise", String(10), primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("acked", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


outbox = Table(
    "outbox",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("parts", Text, nullable=False, doc="JSON list of archive ids"),
    Column("n", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column(
        "lease_until",
        BigInteger,
        nullable=False,
        doc="until then its writer sends it; then any relay may",
    ),
    Column("tries", Integer, nullable=False, default=0),
    Column("at", BigInteger, nullable=False),
)

waiting = Table(
    "waiting",
    metadata,
    Column("scope", String(64), primary_key=True),
    Column("message_id", String(255), primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
)

parked = Table(
    "parked",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("scope", String(64), nullable=False),
    Column("message_id", String(255), nullable=False),
    Column("message_type", String(16)),
    Column("reason", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("caller", String(64), nullable=False, doc="hash of the key"),
    Column("size", BigInteger, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("findings", Text, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("refusals_caller", "caller", "id"),
)

keys = Table(
    "keys",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("operator", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("enterprises", Text, nullable=False, doc="JSON list of enterprise codes"),
    Column("revoked", SmallInteger, nullable=False, default=0),
    Column("at", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True, doc="SHA-256 of the browser's cookie"),
    Column("key", String(64), nullable=False, doc="hash of the key that it was opened with"),
    Column("expires", BigInteger, nullable=False, doc="wall time"),
    Index("sessions_expires", "expires"),
)

enterprises = Table(
    "enterprises",
    metadata,
    Column("code", String(10), primary_key=True),
    Column("name", Text, nullable=False),
    Column("credit_code", String(18), nullable=False),
    Column("customs", String(4), nullable=False),
    Column("dxp_id", String(16), nullable=False),
    Column("agents", Text, nullable=False, doc="JSON list of declarant units that may file for it"),
    Column("record", BigInteger, doc="archive id of the approved 信息维护 record"),
    Column("record_version", BigInteger, nullable=False, default=0, server_default="0"),
)

sequences = Table(
    "sequences",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("next", BigInteger, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
