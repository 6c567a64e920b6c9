"""index of the statements that wait for an answer"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("c_statements", schema=None) as batch_op:
        batch_op.create_index(
            "c_statements_deadline",
            ["answer_by"],
            unique=False,
            sqlite_where=sa.text("status = 'open' AND answer_by > 0"),
            postgresql_where=sa.text("status = 'open' AND answer_by > 0"),
        )


def downgrade() -> None:
    with op.batch_alter_table("c_statements", schema=None) as batch_op:
        batch_op.drop_index("c_statements_deadline")
