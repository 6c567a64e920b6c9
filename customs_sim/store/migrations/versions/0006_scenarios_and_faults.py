"""scenarios, their runs, hit counts, and answers sent otherwise than they should have been"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "c_scripts",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "c_tallies",
        sa.Column("rule", sa.String(length=96), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule"),
    )
    op.create_table(
        "c_runs",
        sa.Column("case_no", big, autoincrement=False, nullable=False),
        sa.Column("script", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_no"),
    )
    with op.batch_alter_table("c_runs", schema=None) as batch_op:
        batch_op.create_index("c_runs_script", ["script", "ended"], unique=False)

    op.create_table(
        "c_disturbed",
        sa.Column("id", big, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=96), nullable=False),
        sa.Column("fault", sa.String(length=40), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("gateway_msg_id", sa.String(length=255), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("message_type", sa.String(length=30), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("c_disturbed", schema=None) as batch_op:
        batch_op.create_index("c_disturbed_attempt", ["gateway_msg_id", "rule"], unique=False)
        batch_op.create_index("c_disturbed_message", ["message"], unique=False)


def downgrade() -> None:
    op.drop_table("c_disturbed")
    op.drop_table("c_runs")
    op.drop_table("c_tallies")
    op.drop_table("c_scripts")
