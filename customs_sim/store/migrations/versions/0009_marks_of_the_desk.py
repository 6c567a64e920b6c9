"""cases put off, cases claimed, decisions that can be taken back"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "c_holds",
        sa.Column("case_no", BIG, autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("case_no"),
    )
    op.create_table(
        "c_claims",
        sa.Column("case_no", BIG, autoincrement=False, nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_no"),
    )
    op.create_table(
        "c_pending",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("case_no", sa.BigInteger(), nullable=False),
        sa.Column("seq_no", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("said_zh", sa.Text(), nullable=False),
        sa.Column("said_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    open_only = sa.text("outcome = ''")
    with op.batch_alter_table("c_pending", schema=None) as batch_op:
        batch_op.create_index("c_pending_case", ["case_no"], unique=False)
        batch_op.create_index("c_pending_batch", ["batch"], unique=False)
        batch_op.create_index(
            "c_pending_open",
            ["case_no"],
            unique=True,
            sqlite_where=open_only,
            postgresql_where=open_only,
        )
        batch_op.create_index(
            "c_pending_due",
            ["due"],
            unique=False,
            sqlite_where=open_only,
            postgresql_where=open_only,
        )
    with op.batch_alter_table("c_audit", schema=None) as batch_op:
        batch_op.create_index("c_audit_operator", ["operator", "at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("c_audit", schema=None) as batch_op:
        batch_op.drop_index("c_audit_operator")
    op.drop_table("c_pending")
    op.drop_table("c_claims")
    op.drop_table("c_holds")
