"""operators, sessions, audit; the wall time of messages"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "c_audit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("wall_at", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("c_audit", schema=None) as batch_op:
        batch_op.create_index("c_audit_target", ["target"], unique=False)

    op.create_table(
        "c_operators",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("revoked", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "c_sessions",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    with op.batch_alter_table("c_sessions", schema=None) as batch_op:
        batch_op.create_index("c_sessions_expires", ["expires"], unique=False)

    op.add_column(
        "c_messages", sa.Column("wall_at", sa.BigInteger(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    with op.batch_alter_table("c_messages", schema=None) as batch_op:
        batch_op.drop_column("wall_at")
    with op.batch_alter_table("c_sessions", schema=None) as batch_op:
        batch_op.drop_index("c_sessions_expires")

    op.drop_table("c_sessions")
    op.drop_table("c_operators")
    with op.batch_alter_table("c_audit", schema=None) as batch_op:
        batch_op.drop_index("c_audit_target")

    op.drop_table("c_audit")
