"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "c_cases",
        sa.Column(
            "case_no",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("seq_no", sa.String(length=64), nullable=False),
        sa.Column("gateway_msg_id", sa.String(length=255), nullable=False),
        sa.Column("message_type", sa.String(length=16), nullable=False),
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("dxp_id", sa.String(length=16), nullable=False),
        sa.Column("business_no", sa.String(length=64), nullable=False),
        sa.Column("change_no", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("customs", sa.String(length=4), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("rules", sa.String(length=255), nullable=False),
        sa.Column("in_message", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_no"),
    )
    with op.batch_alter_table("c_cases", schema=None) as batch_op:
        batch_op.create_index("c_cases_seq", ["seq_no"], unique=False)
        batch_op.create_index(
            "c_cases_waiting",
            ["case_no"],
            unique=False,
            sqlite_where=sa.text("status IN ('received', 'review')"),
            postgresql_where=sa.text("status IN ('received', 'review')"),
        )

    op.create_table(
        "c_enterprises",
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("customs", sa.String(length=4), nullable=False),
        sa.Column("dxp_id", sa.String(length=16), nullable=False),
        sa.Column("barred", sa.SmallInteger(), nullable=False),
        sa.Column("agents", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "c_guarantees",
        sa.Column("gasr_no", sa.String(length=64), nullable=False),
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("customs", sa.String(length=4), nullable=False),
        sa.Column("change_no", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("limit_amount", sa.BigInteger(), nullable=False),
        sa.Column("used_amount", sa.BigInteger(), nullable=False),
        sa.Column("returned_amount", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(length=1), nullable=False),
        sa.Column("letter_no", sa.String(length=64), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=1), nullable=False),
        sa.Column("seq_no", sa.String(length=64), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("gasr_no"),
    )
    with op.batch_alter_table("c_guarantees", schema=None) as batch_op:
        batch_op.create_index("c_guarantees_filing", ["seq_no", "enterprise"], unique=True)
        batch_op.create_index(
            "c_guarantees_letter",
            ["letter_no"],
            unique=True,
            sqlite_where=sa.text("letter_no <> '' AND status <> '3'"),
            postgresql_where=sa.text("letter_no <> '' AND status <> '3'"),
        )

    op.create_table(
        "c_messages",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("message_type", sa.String(length=30), nullable=False),
        sa.Column("case_no", sa.BigInteger(), nullable=True),
        sa.Column("gateway_msg_id", sa.String(length=255), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("c_messages", schema=None) as batch_op:
        batch_op.create_index("c_messages_case", ["case_no"], unique=False)
        batch_op.create_index("c_messages_key", ["scope", "message_id"], unique=True)

    op.create_table(
        "c_outbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("c_outbox", schema=None) as batch_op:
        batch_op.create_index("c_outbox_due", ["due_at"], unique=False)

    op.create_table(
        "c_parked",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("c_parked", schema=None) as batch_op:
        batch_op.create_index("c_parked_key", ["direction", "scope", "message_id"], unique=True)

    op.create_table(
        "c_sequences",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "c_settings",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "c_tasks",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("case_no", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("c_tasks", schema=None) as batch_op:
        batch_op.create_index("c_tasks_due", ["due_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("c_tasks", schema=None) as batch_op:
        batch_op.drop_index("c_tasks_due")

    op.drop_table("c_tasks")
    op.drop_table("c_settings")
    op.drop_table("c_sequences")
    with op.batch_alter_table("c_parked", schema=None) as batch_op:
        batch_op.drop_index("c_parked_key")

    op.drop_table("c_parked")
    with op.batch_alter_table("c_outbox", schema=None) as batch_op:
        batch_op.drop_index("c_outbox_due")

    op.drop_table("c_outbox")
    with op.batch_alter_table("c_messages", schema=None) as batch_op:
        batch_op.drop_index("c_messages_key")
        batch_op.drop_index("c_messages_case")

    op.drop_table("c_messages")
    with op.batch_alter_table("c_guarantees", schema=None) as batch_op:
        batch_op.drop_index(
            "c_guarantees_letter",
            sqlite_where=sa.text("letter_no <> '' AND status <> '3'"),
            postgresql_where=sa.text("letter_no <> '' AND status <> '3'"),
        )
        batch_op.drop_index("c_guarantees_filing")

    op.drop_table("c_guarantees")
    op.drop_table("c_enterprises")
    with op.batch_alter_table("c_cases", schema=None) as batch_op:
        batch_op.drop_index(
            "c_cases_waiting",
            sqlite_where=sa.text("status IN ('received', 'review')"),
            postgresql_where=sa.text("status IN ('received', 'review')"),
        )
        batch_op.drop_index("c_cases_seq")

    op.drop_table("c_cases")
