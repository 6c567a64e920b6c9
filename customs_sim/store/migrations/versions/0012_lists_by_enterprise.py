"""guarantees of an enterprise, the newest statements and what is parked are found by index"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEXES = (
    ("c_guarantees", "c_guarantees_enterprise", ("enterprise", "gasr_no"), ""),
    ("c_statements", "c_statements_number", ("number", "version"), ""),
    ("c_parked", "c_parked_there", ("id",), "binned_until = 0"),
)
"""Table, name, columns and condition."""


def upgrade() -> None:
    for table, name, columns, where in INDEXES:
        only = sa.text(where) if where else None
        op.create_index(
            name, table, columns, unique=False, sqlite_where=only, postgresql_where=only
        )


def downgrade() -> None:
    for table, name, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
