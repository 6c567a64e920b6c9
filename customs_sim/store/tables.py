"""The tables of customs. All names start with ``c_``: both sides may share one database, and
neither reads the other's.

Times are BIGINT microseconds since 1970 UTC, money is BIGINT 分. A body is written once:
``c_messages`` is the archive, and its unique key is the inbox. One outbox row stands for everything
that one write unit sends.
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

import customs_sim.store.desk_tables  # noqa: F401 (whoever has these tables has all of customs')
from customs_sim.store.metadata import BIG, metadata

__all__ = ["BIG", "metadata"]

messages = Table(
    "c_messages",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("scope", String(16), nullable=False, doc="SenderId: message ids are unique in it"),
    Column("message_id", String(255), nullable=False, doc="CopMsgId"),
    Column("direction", String(3), nullable=False, doc="in or out"),
    Column("message_type", String(30), nullable=False),
    Column(
        "case_no", BigInteger, doc="the case it opened or answers; null for what could not be read"
    ),
    Column("gateway_msg_id", String(255), nullable=False, doc="the attempt that it is or answers"),
    Column("body", LargeBinary, nullable=False, doc="the DxpMsg (or DxpRep) as received, as sent"),
    Column("at", BigInteger, nullable=False),
    Column(
        "receiver", String(16), nullable=False, doc="ReceiverId of what customs sends; empty for in"
    ),
    Column(
        "business_no",
        String(64),
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
    Index("c_messages_key", "scope", "message_id", unique=True),
    Index("c_messages_case", "case_no"),
    Index(
        "c_messages_business",
        "business_no",
        sqlite_where=text("business_no <> ''"),
        postgresql_where=text("business_no <> ''"),
    ),
)

cases = Table(
    "c_cases",
    metadata,
    Column("case_no", BIG, primary_key=True, autoincrement=False),
    Column(
        "seq_no",
        String(64),
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
        String(64),
        nullable=False,
        doc="the register it is about; empty until approved for a new one",
    ),
    Column("change_no", Integer, nullable=False),
    Column("reference", String(64), nullable=False),
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

guarantees = Table(
    "c_guarantees",
    metadata,
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
    Column(
        "valid_until",
        BigInteger,
        nullable=False,
        doc="the end of the letter's last valid day; 0 for cash",
    ),
    Column("status", String(1), nullable=False, doc="gurStucd"),
    Column("seq_no", String(64), nullable=False),
    Column(
        "message",
        BigInteger,
        nullable=False,
        doc="the receipt whose body is the guarantee as it now stands",
    ),
    Column("updated", BigInteger, nullable=False),
    Column("pending_amount", BigInteger, nullable=False, doc="分; limit that waits for its money"),
    Column("refunds", Integer, nullable=False, doc="how many it has had"),
    # Two processes may approve one letter at the same moment: the second commit fails here and its
    # unit runs again.
    Index(
        "c_guarantees_letter",
        "letter_no",
        unique=True,
        sqlite_where=text("letter_no <> '' AND status <> '3'"),
        postgresql_where=text("letter_no <> '' AND status <> '3'"),
    ),
    # The same for two attempts of one filing; a change is entered under the SeqNo of the set-up.
    Index("c_guarantees_filing", "seq_no", "enterprise", unique=True),
    # Letters that will expire; no task row each, because the set-up has no row write to spare.
    Index(
        "c_guarantees_expiry",
        "valid_until",
        sqlite_where=text("valid_until > 0 AND status = '1'"),
        postgresql_where=text("valid_until > 0 AND status = '1'"),
    ),
)

tasks = Table(
    "c_tasks",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("due_at", BigInteger, nullable=False, doc="business time"),
    Column("case_no", BigInteger, nullable=False),
    Column("step", String(8), nullable=False),
    Index("c_tasks_due", "due_at"),
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
    Column("message_id", String(255), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Index("c_parked_key", "direction", "scope", "message_id", unique=True),
)

sequences = Table(
    "c_sequences",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("next", BigInteger, nullable=False),
)

enterprises = Table(
    "c_enterprises",
    metadata,
    Column("code", String(10), primary_key=True),
    Column("name", String(512), nullable=False),
    Column("credit_code", String(18), nullable=False),
    Column("customs", String(4), nullable=False, doc="主管关区 of its registration"),
    Column("dxp_id", String(16), nullable=False),
    Column("barred", SmallInteger, nullable=False, doc="1: may give no letters (信用)"),
    Column(
        "agents", Text, nullable=False, doc="codes of the units that may declare for it, by blank"
    ),
)

settings = Table(
    "c_settings",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)

levies = Table(
    "c_levies",
    metadata,
    Column("levy_no", String(64), primary_key=True),
    Column("enterprise", String(10), nullable=False),
    Column("customs", String(4), nullable=False),
    Column("change_no", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    # Balances and totals of the ledger in 分: this row is the locked balance row (docs/contract.md
    # 7).
    Column("open", BigInteger, nullable=False, doc="still to be secured"),
    Column("cash", BigInteger, nullable=False, doc="held in money"),
    Column("paper", BigInteger, nullable=False, doc="held by letter"),
    Column("quota", BigInteger, nullable=False, doc="held by a guarantee"),
    Column("levied", BigInteger, nullable=False, doc="issued, plus and minus issued anew"),
    Column("taken", BigInteger, nullable=False, doc="taken back"),
    Column("occupied", BigInteger, nullable=False, doc="quota ever occupied"),
    Column("refunded", BigInteger, nullable=False),
    Column("carried", BigInteger, nullable=False, doc="carried over to others"),
    Column("status", String(1), nullable=False, doc="levyBlStucd; follows from the amounts"),
    Column(
        "confirmed",
        SmallInteger,
        nullable=False,
        doc="1: its present generation was confirmed and approved",
    ),
    Column("taken_back", SmallInteger, nullable=False),
    Column("closed", SmallInteger, nullable=False, doc="1: its business step is finished"),
    Column("overdue", SmallInteger, nullable=False),
    Column("refunds", Integer, nullable=False, doc="how many it has had, carry-overs included"),
    Column("type", String(1), nullable=False, doc="gurTypecd; empty until confirmed"),
    Column("mode", String(1), nullable=False, doc="gurModecd; empty until confirmed"),
    Column("gasr_no", String(64), nullable=False, doc="the guarantee whose quota it holds or held"),
    Column("letter_no", String(64), nullable=False),
    Column("letter_valid", BigInteger, nullable=False, doc="0 without a letter"),
    Column("biz_type", String(1), nullable=False),
    Column("biz_no", String(64), nullable=False),
    Column("oriact_no", String(64), nullable=False),
    Column("oriact_valid", BigInteger, nullable=False, doc="0 where none is known"),
    Column("deadline", BigInteger, nullable=False, doc="dpstPmnDeadline; 0 for none"),
    Column("paid_at", BigInteger, nullable=False, doc="dpstPmnChkinTime; 0 until then"),
    Column("seq_no", String(64), nullable=False, doc="the approved confirmation; empty until then"),
    Column("message", BigInteger, nullable=False, doc="the last message sent about it"),
    Column(
        "fields",
        Text,
        nullable=False,
        doc="JSON object: every element of the document as customs holds it",
    ),
    Column("updated", BigInteger, nullable=False),
    Index("c_levies_enterprise", "enterprise", "levy_no"),
    Index(
        "c_levies_deadline",
        "deadline",
        sqlite_where=text("deadline > 0 AND overdue = 0 AND status = '1'"),
        postgresql_where=text("deadline > 0 AND overdue = 0 AND status = '1'"),
    ),
    Index(
        "c_levies_guarantee",
        "gasr_no",
        sqlite_where=text("gasr_no <> ''"),
        postgresql_where=text("gasr_no <> ''"),
    ),
    # Two processes may approve one letter at the same moment, as with guarantees.
    Index(
        "c_levies_letter",
        "letter_no",
        unique=True,
        sqlite_where=text("letter_no <> '' AND closed = 0"),
        postgresql_where=text("letter_no <> '' AND closed = 0"),
    ),
)

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

payments = Table(
    "c_payments",
    metadata,
    Column("payment_no", String(64), primary_key=True),
    Column("reference", String(64), nullable=False, doc="the bank's; empty where it gave none"),
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
        "levy_no", String(64), nullable=False, doc="as the payer named it; it may be unknown here"
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
        "c_payments_unmatched",
        "payment_no",
        sqlite_where=text("unmatched > 0"),
        postgresql_where=text("unmatched > 0"),
    ),
)

statements = Table(
    "c_statements",
    metadata,
    Column("stmt_no", String(64), primary_key=True),
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
    Index(
        "c_statements_deadline",
        "answer_by",
        sqlite_where=text("status = 'open' AND answer_by > 0"),
        postgresql_where=text("status = 'open' AND answer_by > 0"),
    ),
)

history = Table(
    "c_history",
    metadata,
    Column("register_no", String(64), primary_key=True, doc="guarantee or levy"),
    Column(
        "version",
        Integer,
        primary_key=True,
        autoincrement=False,
        doc="the last version of the generation that ended",
    ),
    Column("change_no", Integer, nullable=False, doc="chgTmsCnt of that generation"),
    Column(
        "message",
        BigInteger,
        nullable=False,
        doc="the message whose body is the register as it then stood",
    ),
    Column("at", BigInteger, nullable=False, doc="when the following generation began"),
)

refunds = Table(
    "c_refunds",
    metadata,
    Column("refund_no", String(64), primary_key=True, doc="rtnbkCrdwNo"),
    Column("enterprise", String(10), nullable=False),
    Column("register_no", String(64), nullable=False, doc="gurNo: guarantee or levy"),
    Column("serial", Integer, nullable=False, doc="seqno: which refund of that register"),
    Column("kind", String(1), nullable=False, doc="rtnbkCrdwTypecd"),
    Column("amount", BigInteger, nullable=False, doc="分"),
    Column("target", String(64), nullable=False, doc="the levy carried over to, or empty"),
    Column(
        "seq_no", String(64), nullable=False, doc="the application; empty when customs started it"
    ),
    Column("version", Integer, nullable=False),
    Column("message", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("c_refunds_register", "register_no", "serial", unique=True),
)

records = Table(
    "c_records",
    metadata,
    Column("enterprise", String(10), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("seq_no", String(64), nullable=False, doc="the GRT151 that made it"),
    Column("message", BigInteger, nullable=False, doc="the receipt that carries it whole"),
    Column("updated", BigInteger, nullable=False),
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
