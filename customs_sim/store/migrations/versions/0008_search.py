"""numbers compare byte by byte, so that their beginnings are found by index; the sender's own id"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBERS = (
    ("c_cases", ("seq_no", "business_no", "reference"), 64),
    ("c_levies", ("levy_no", "gasr_no", "letter_no", "biz_no", "oriact_no", "seq_no"), 64),
    ("c_guarantees", ("gasr_no", "letter_no", "seq_no"), 64),
    ("c_payments", ("payment_no", "reference", "levy_no"), 64),
    ("c_refunds", ("refund_no", "seq_no"), 64),
    ("c_records", ("seq_no",), 64),
    ("c_statements", ("stmt_no",), 64),
    ("c_messages", ("business_no",), 64),
    ("c_messages", ("message_id", "gateway_msg_id"), 255),
    ("c_parked", ("message_id",), 255),
    ("c_audit", ("target",), 64),
)
"""Table, columns, and how many characters these hold."""
ADDED = (("c_messages", "envelope_id", 255), ("c_cases", "letter_no", 64))
"""New columns: table, name, length."""
INDEXES = (
    ("c_cases", "c_cases_letter", "letter_no", "letter_no <> ''"),
    ("c_messages", "c_messages_envelope", "envelope_id", "envelope_id <> ''"),
    (
        "c_messages",
        "c_messages_attempt",
        "gateway_msg_id",
        "case_no IS NULL AND gateway_msg_id <> ''",
    ),
    ("c_parked", "c_parked_message", "message_id", ""),
    ("c_payments", "c_payments_levy", "levy_no", "levy_no <> ''"),
    ("c_guarantees", "c_guarantees_letters", "letter_no", "letter_no <> ''"),
    ("c_levies", "c_levies_business", "biz_no", "biz_no <> ''"),
    ("c_levies", "c_levies_account", "oriact_no", "oriact_no <> ''"),
    ("c_levies", "c_levies_filing", "seq_no", "seq_no <> ''"),
    ("c_levies", "c_levies_letters", "letter_no", "letter_no <> ''"),
)
"""Table, name, column and condition."""


def upgrade() -> None:
    _collate("C")
    for table, column, length in ADDED:
        kind = sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
        op.add_column(table, sa.Column(column, kind, server_default=sa.text("''"), nullable=False))
    for table, name, column, where in INDEXES:
        only = sa.text(where) if where else None
        op.create_index(
            name, table, [column], unique=False, sqlite_where=only, postgresql_where=only
        )


def downgrade() -> None:
    for table, name, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
    for table, column, _ in reversed(ADDED):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)
    _collate("default")


def _collate(collation: str) -> None:
    """SQLite compares bytes by itself."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns, length in NUMBERS:
        changes = ", ".join(
            f'ALTER COLUMN {column} TYPE VARCHAR({length}) COLLATE "{collation}"'
            for column in columns
        )
        op.execute(f"ALTER TABLE {table} {changes}")
