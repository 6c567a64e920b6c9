"""since when the files of a group wait for the pocket with their declaration"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pocket_groups", sa.Column("waits_since", sa.BigInteger(), nullable=True))
    op.create_index(
        "pocket_groups_waiting",
        "pocket_groups",
        ["waits_since"],
        sqlite_where=sa.text("waits_since IS NOT NULL"),
        postgresql_where=sa.text("waits_since IS NOT NULL"),
    )
    op.execute(
        "UPDATE pocket_groups SET waits_since = (SELECT d.filed_at FROM declarations d WHERE"
        " d.seq_no = pocket_groups.seq_no) WHERE seq_no IN (SELECT seq_no FROM declarations WHERE"
        " kind = '' AND deleted = 0)"
    )


def downgrade() -> None:
    op.drop_index("pocket_groups_waiting", table_name="pocket_groups")
    with op.batch_alter_table("pocket_groups", schema=None) as batch_op:
        batch_op.drop_column("waits_since")
