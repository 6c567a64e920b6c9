"""what the front page counts is found by index; the last moves of the business clock"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEXES = (
    ("c_cases", "c_cases_since", ("since",), ""),
    (
        "c_cases",
        "c_cases_ageing",
        ("message_type", "since", "case_no", "status"),
        "status IN ('received', 'review')",
    ),
    (
        "c_cases",
        "c_cases_decided",
        ("updated", "status"),
        "status IN ('approved', 'returned', 'superseded')",
    ),
    ("c_messages", "c_messages_sent", ("at", "direction"), "direction = 'out'"),
    ("c_levies", "c_levies_overdue", ("levy_no",), "overdue = 1"),
    ("c_disturbed", "c_disturbed_at", ("at",), ""),
)
"""Table, name, columns and condition."""


def upgrade() -> None:
    for table, name, columns, where in INDEXES:
        only = sa.text(where) if where else None
        op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)
    op.create_table(
        "c_moves",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("fired", sa.Integer(), nullable=False),
        sa.Column("happened", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("c_moves")
    for table, name, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
