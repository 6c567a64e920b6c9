"""from which archive id on a GatewayMsgId carries a mark of its message"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
ROOM = 1 << 18
"""Archive ids below that are never given, but to what is recovered of before."""


def upgrade() -> None:
    connection = op.get_bind()
    after = connection.execute(
        sa.text(
            "SELECT max(n) FROM (SELECT max(next) AS n FROM sequences WHERE name = 'messages'"
            " UNION ALL SELECT max(id) + 1 FROM messages UNION ALL SELECT max(id) + 1 FROM parked)"
            " AS known"
        )
    ).scalar()
    since = 0 if after is None else int(after) + ROOM
    if since:
        connection.execute(
            sa.text("UPDATE sequences SET next = :since WHERE name = 'messages'"), {"since": since}
        )
    facts = sa.table("facts", sa.column("name", sa.String), sa.column("value", sa.LargeBinary))
    connection.execute(facts.insert().values(name="marked_since", value=str(since).encode()))


def downgrade() -> None:
    op.execute("DELETE FROM facts WHERE name = 'marked_since'")
