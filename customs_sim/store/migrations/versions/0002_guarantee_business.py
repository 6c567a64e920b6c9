"""levies, ledger, payments, refunds, records, statements, history"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "c_history",
        sa.Column("register_no", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change_no", sa.Integer(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("register_no", "version"),
    )
    op.create_table(
        "c_ledger",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("debit", sa.String(length=80), nullable=False),
        sa.Column("credit", sa.String(length=80), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("related", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("statement", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("c_ledger", schema=None) as batch_op:
        batch_op.create_index("c_ledger_number", ["number"], unique=False)
        batch_op.create_index(
            "c_ledger_related",
            ["related"],
            unique=False,
            sqlite_where=sa.text("related <> ''"),
            postgresql_where=sa.text("related <> ''"),
        )
        batch_op.create_index("c_ledger_statement", ["enterprise", "statement", "at"], unique=False)

    op.create_table(
        "c_levies",
        sa.Column("levy_no", sa.String(length=64), nullable=False),
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("customs", sa.String(length=4), nullable=False),
        sa.Column("change_no", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("cash", sa.BigInteger(), nullable=False),
        sa.Column("paper", sa.BigInteger(), nullable=False),
        sa.Column("quota", sa.BigInteger(), nullable=False),
        sa.Column("levied", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("occupied", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("carried", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=1), nullable=False),
        sa.Column("confirmed", sa.SmallInteger(), nullable=False),
        sa.Column("taken_back", sa.SmallInteger(), nullable=False),
        sa.Column("closed", sa.SmallInteger(), nullable=False),
        sa.Column("overdue", sa.SmallInteger(), nullable=False),
        sa.Column("refunds", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=1), nullable=False),
        sa.Column("mode", sa.String(length=1), nullable=False),
        sa.Column("gasr_no", sa.String(length=64), nullable=False),
        sa.Column("letter_no", sa.String(length=64), nullable=False),
        sa.Column("letter_valid", sa.BigInteger(), nullable=False),
        sa.Column("biz_type", sa.String(length=1), nullable=False),
        sa.Column("biz_no", sa.String(length=64), nullable=False),
        sa.Column("oriact_no", sa.String(length=64), nullable=False),
        sa.Column("oriact_valid", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=False),
        sa.Column("seq_no", sa.String(length=64), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("levy_no"),
    )
    with op.batch_alter_table("c_levies", schema=None) as batch_op:
        batch_op.create_index(
            "c_levies_deadline",
            ["deadline"],
            unique=False,
            sqlite_where=sa.text("deadline > 0 AND overdue = 0 AND status = '1'"),
            postgresql_where=sa.text("deadline > 0 AND overdue = 0 AND status = '1'"),
        )
        batch_op.create_index("c_levies_enterprise", ["enterprise", "levy_no"], unique=False)
        batch_op.create_index(
            "c_levies_guarantee",
            ["gasr_no"],
            unique=False,
            sqlite_where=sa.text("gasr_no <> ''"),
            postgresql_where=sa.text("gasr_no <> ''"),
        )
        batch_op.create_index(
            "c_levies_letter",
            ["letter_no"],
            unique=True,
            sqlite_where=sa.text("letter_no <> '' AND closed = 0"),
            postgresql_where=sa.text("letter_no <> '' AND closed = 0"),
        )

    op.create_table(
        "c_payments",
        sa.Column("payment_no", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unmatched", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False),
        sa.Column("sent_back", sa.BigInteger(), nullable=False),
        sa.Column("levy_no", sa.String(length=64), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("payment_no"),
    )
    with op.batch_alter_table("c_payments", schema=None) as batch_op:
        batch_op.create_index(
            "c_payments_reference",
            ["reference"],
            unique=True,
            sqlite_where=sa.text("reference <> ''"),
            postgresql_where=sa.text("reference <> ''"),
        )
        batch_op.create_index(
            "c_payments_unmatched",
            ["payment_no"],
            unique=False,
            sqlite_where=sa.text("unmatched > 0"),
            postgresql_where=sa.text("unmatched > 0"),
        )

    op.create_table(
        "c_records",
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq_no", sa.String(length=64), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise"),
    )
    op.create_table(
        "c_refunds",
        sa.Column("refund_no", sa.String(length=64), nullable=False),
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("register_no", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=1), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("seq_no", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("refund_no"),
    )
    with op.batch_alter_table("c_refunds", schema=None) as batch_op:
        batch_op.create_index("c_refunds_register", ["register_no", "serial"], unique=True)

    op.create_table(
        "c_statements",
        sa.Column("stmt_no", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("customs", sa.String(length=4), nullable=False),
        sa.Column("first_day", sa.String(length=10), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("increase", sa.BigInteger(), nullable=False),
        sa.Column("decrease", sa.BigInteger(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("answer_by", sa.BigInteger(), nullable=False),
        sa.Column("answer_seq_no", sa.String(length=64), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stmt_no", "version"),
    )
    with op.batch_alter_table("c_statements", schema=None) as batch_op:
        batch_op.create_index(
            "c_statements_enterprise", ["enterprise", "number", "version"], unique=False
        )

    with op.batch_alter_table("c_cases", schema=None) as batch_op:
        batch_op.create_index(
            "c_cases_business",
            ["business_no"],
            unique=False,
            sqlite_where=sa.text("business_no <> ''"),
            postgresql_where=sa.text("business_no <> ''"),
        )
        batch_op.create_index("c_cases_reference", ["reference"], unique=False)

    with op.batch_alter_table("c_guarantees", schema=None) as batch_op:
        # The default is for the rows that are there; the tables have none.
        batch_op.add_column(
            sa.Column("pending_amount", sa.BigInteger(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("refunds", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("c_guarantees", schema=None) as batch_op:
        batch_op.alter_column("pending_amount", server_default=None)
        batch_op.alter_column("refunds", server_default=None)
        batch_op.create_index(
            "c_guarantees_expiry",
            ["valid_until"],
            unique=False,
            sqlite_where=sa.text("valid_until > 0 AND status = '1'"),
            postgresql_where=sa.text("valid_until > 0 AND status = '1'"),
        )

    with op.batch_alter_table("c_messages", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("receiver", sa.String(length=16), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("business_no", sa.String(length=64), server_default="", nullable=False)
        )
    with op.batch_alter_table("c_messages", schema=None) as batch_op:
        batch_op.alter_column("receiver", server_default=None)
        batch_op.alter_column("business_no", server_default=None)
        batch_op.create_index(
            "c_messages_business",
            ["business_no"],
            unique=False,
            sqlite_where=sa.text("business_no <> ''"),
            postgresql_where=sa.text("business_no <> ''"),
        )


def downgrade() -> None:
    with op.batch_alter_table("c_messages", schema=None) as batch_op:
        batch_op.drop_index(
            "c_messages_business",
            sqlite_where=sa.text("business_no <> ''"),
            postgresql_where=sa.text("business_no <> ''"),
        )
        batch_op.drop_column("business_no")
        batch_op.drop_column("receiver")

    with op.batch_alter_table("c_guarantees", schema=None) as batch_op:
        batch_op.drop_index(
            "c_guarantees_expiry",
            sqlite_where=sa.text("valid_until > 0 AND status = '1'"),
            postgresql_where=sa.text("valid_until > 0 AND status = '1'"),
        )
        batch_op.drop_column("refunds")
        batch_op.drop_column("pending_amount")

    with op.batch_alter_table("c_cases", schema=None) as batch_op:
        batch_op.drop_index("c_cases_reference")
        batch_op.drop_index(
            "c_cases_business",
            sqlite_where=sa.text("business_no <> ''"),
            postgresql_where=sa.text("business_no <> ''"),
        )

    with op.batch_alter_table("c_statements", schema=None) as batch_op:
        batch_op.drop_index("c_statements_enterprise")

    op.drop_table("c_statements")
    with op.batch_alter_table("c_refunds", schema=None) as batch_op:
        batch_op.drop_index("c_refunds_register")

    op.drop_table("c_refunds")
    op.drop_table("c_records")
    with op.batch_alter_table("c_payments", schema=None) as batch_op:
        batch_op.drop_index(
            "c_payments_unmatched",
            sqlite_where=sa.text("unmatched > 0"),
            postgresql_where=sa.text("unmatched > 0"),
        )
        batch_op.drop_index(
            "c_payments_reference",
            sqlite_where=sa.text("reference <> ''"),
            postgresql_where=sa.text("reference <> ''"),
        )

    op.drop_table("c_payments")
    with op.batch_alter_table("c_levies", schema=None) as batch_op:
        batch_op.drop_index(
            "c_levies_letter",
            sqlite_where=sa.text("letter_no <> '' AND closed = 0"),
            postgresql_where=sa.text("letter_no <> '' AND closed = 0"),
        )
        batch_op.drop_index(
            "c_levies_guarantee",
            sqlite_where=sa.text("gasr_no <> ''"),
            postgresql_where=sa.text("gasr_no <> ''"),
        )
        batch_op.drop_index("c_levies_enterprise")
        batch_op.drop_index(
            "c_levies_deadline",
            sqlite_where=sa.text("deadline > 0 AND overdue = 0 AND status = '1'"),
            postgresql_where=sa.text("deadline > 0 AND overdue = 0 AND status = '1'"),
        )

    op.drop_table("c_levies")
    with op.batch_alter_table("c_ledger", schema=None) as batch_op:
        batch_op.drop_index("c_ledger_statement")
        batch_op.drop_index(
            "c_ledger_related",
            sqlite_where=sa.text("related <> ''"),
            postgresql_where=sa.text("related <> ''"),
        )
        batch_op.drop_index("c_ledger_number")

    op.drop_table("c_ledger")
    op.drop_table("c_history")
