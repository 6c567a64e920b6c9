"""pockets of one filing and their groups"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "c_pocket_groups",
        sa.Column(
            "group_no",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("sender", sa.String(length=16), nullable=False),
        sa.Column("pocket_id", sa.String(length=128), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("group_no"),
    )
    with op.batch_alter_table("c_pocket_groups", schema=None) as batch_op:
        batch_op.create_index("c_pocket_groups_id", ["pocket_id", "sender"], unique=False)
        batch_op.create_index(
            "c_pocket_groups_open",
            ["sender", "pocket_id"],
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )

    op.create_table(
        "c_pockets",
        sa.Column("group_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("structured", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("group_no", "number"),
    )


def downgrade() -> None:
    op.drop_table("c_pockets")
    with op.batch_alter_table("c_pocket_groups", schema=None) as batch_op:
        batch_op.drop_index(
            "c_pocket_groups_open",
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )
        batch_op.drop_index("c_pocket_groups_id")

    op.drop_table("c_pocket_groups")
