"""from where a rule looks at messages; parked messages that were thrown away"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ADDED = (("c_tallies", "since"), ("c_parked", "binned_at"), ("c_parked", "binned_until"))
"""Table and name of each new column."""


def upgrade() -> None:
    for table, name in ADDED:
        op.add_column(table, sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    for table, name in reversed(ADDED):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(name)
