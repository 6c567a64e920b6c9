"""pockets of one submission and their groups"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pocket_groups",
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("pocket_id", sa.String(length=128), nullable=False),
        sa.Column("seq_no", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise", "pocket_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("pocket_groups", schema=None) as batch_op:
        batch_op.create_index("pocket_groups_seq", ["seq_no"], unique=False)

    op.create_table(
        "pockets",
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("pocket_id", sa.String(length=128), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("enterprise", "pocket_id", "number"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("pockets")
    with op.batch_alter_table("pocket_groups", schema=None) as batch_op:
        batch_op.drop_index("pocket_groups_seq")

    op.drop_table("pocket_groups")
