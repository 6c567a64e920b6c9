"""guarantees of an enterprise and the newest statements are found by index"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEXES = (
    ("c_guarantees", "c_guarantees_enterprise", ("enterprise", "gasr_no")),
    ("c_statements", "c_statements_number", ("number", "version")),
)
"""Table, name and columns."""


def upgrade() -> None:
    for table, name, columns in INDEXES:
        op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    for table, name, _ in reversed(INDEXES):
        op.drop_index(name, table)
