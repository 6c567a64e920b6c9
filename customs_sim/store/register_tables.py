"""The registers: guarantees, levies, refunds, records of enterprises, and the enterprises
themselves. The rows of guarantees and levies are also the locked balance rows of the ledger."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, String, Table, Text, text

from customs_sim.store.metadata import metadata, number

guarantees = Table(
    "c_guarantees",
    metadata,
    Column("gasr_no", number(), primary_key=True),
    Column("enterprise", String(10), nullable=False),
    Column("customs", String(4), nullable=False),
    Column("change_no", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("limit_amount", BigInteger, nullable=False, doc="分"),
    Column("used_amount", BigInteger, nullable=False, doc="分"),
    Column("returned_amount", BigInteger, nullable=False, doc="分"),
    Column("mode", String(1), nullable=False, doc="gurModecd"),
    Column("letter_no", number(), nullable=False),
    Column(
        "valid_until",
        BigInteger,
        nullable=False,
        doc="the end of the letter's last valid day; 0 for cash",
    ),
    Column("status", String(1), nullable=False, doc="gurStucd"),
    Column("seq_no", number(), nullable=False),
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
    Index(
        "c_guarantees_letters",
        "letter_no",
        sqlite_where=text("letter_no <> ''"),
        postgresql_where=text("letter_no <> ''"),
    ),
    Index("c_guarantees_enterprise", "enterprise", "gasr_no"),
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

levies = Table(
    "c_levies",
    metadata,
    Column("levy_no", number(), primary_key=True),
    Column("enterprise", String(10), nullable=False),
    Column("customs", String(4), nullable=False),
    Column("change_no", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    # Balances and totals of the ledger in 分: this row is the locked balance row (docs/contract.md
    # 7).
    Column("open", BigInteger, nullable=False, doc="still to be secured"),
    Column("cash", BigInteger, nullable=False, doc="secured by money"),
    Column("paper", BigInteger, nullable=False, doc="secured by a letter"),
    Column("quota", BigInteger, nullable=False, doc="secured by a guarantee"),
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
    Column(
        "gasr_no", number(), nullable=False, doc="the guarantee whose quota it occupies or occupied"
    ),
    Column("letter_no", number(), nullable=False),
    Column("letter_valid", BigInteger, nullable=False, doc="0 without a letter"),
    Column("biz_type", String(1), nullable=False),
    Column("biz_no", number(), nullable=False),
    Column("oriact_no", number(), nullable=False),
    Column("oriact_valid", BigInteger, nullable=False, doc="0 where none is known"),
    Column("deadline", BigInteger, nullable=False, doc="dpstPmnDeadline; 0 for none"),
    Column("paid_at", BigInteger, nullable=False, doc="dpstPmnChkinTime; 0 until then"),
    Column("seq_no", number(), nullable=False, doc="the approved confirmation; empty until then"),
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
        "c_levies_overdue",
        "levy_no",
        sqlite_where=text("overdue = 1"),
        postgresql_where=text("overdue = 1"),
    ),
    Index(
        "c_levies_guarantee",
        "gasr_no",
        sqlite_where=text("gasr_no <> ''"),
        postgresql_where=text("gasr_no <> ''"),
    ),
    Index(
        "c_levies_business",
        "biz_no",
        sqlite_where=text("biz_no <> ''"),
        postgresql_where=text("biz_no <> ''"),
    ),
    Index(
        "c_levies_account",
        "oriact_no",
        sqlite_where=text("oriact_no <> ''"),
        postgresql_where=text("oriact_no <> ''"),
    ),
    Index(
        "c_levies_filing",
        "seq_no",
        sqlite_where=text("seq_no <> ''"),
        postgresql_where=text("seq_no <> ''"),
    ),
    Index(
        "c_levies_letters",
        "letter_no",
        sqlite_where=text("letter_no <> ''"),
        postgresql_where=text("letter_no <> ''"),
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
    Column("refund_no", number(), primary_key=True, doc="rtnbkCrdwNo"),
    Column("enterprise", String(10), nullable=False),
    Column("register_no", String(64), nullable=False, doc="gurNo: guarantee or levy"),
    Column("serial", Integer, nullable=False, doc="seqno: which refund of that register"),
    Column("kind", String(1), nullable=False, doc="rtnbkCrdwTypecd"),
    Column("amount", BigInteger, nullable=False, doc="分"),
    Column("target", String(64), nullable=False, doc="the levy carried over to, or empty"),
    Column(
        "seq_no", number(), nullable=False, doc="the application; empty when customs started it"
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
    Column("seq_no", number(), nullable=False, doc="the GRT151 that made it"),
    Column("message", BigInteger, nullable=False, doc="the receipt that carries it whole"),
    Column("updated", BigInteger, nullable=False),
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
