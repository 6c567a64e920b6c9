"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "declarations",
        sa.Column(
            "seq_no",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("message_type", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("filing_key", sa.String(length=255), nullable=False),
        sa.Column("business_no", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("change_no", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("customs", sa.String(length=4), nullable=False),
        sa.Column("mode", sa.String(length=1), nullable=False),
        sa.Column("gur_type", sa.String(length=1), nullable=False),
        sa.Column("refund_kind", sa.String(length=1), nullable=False),
        sa.Column("filed_at", sa.BigInteger(), nullable=False),
        sa.Column("conflict", sa.SmallInteger(), nullable=False),
        sa.Column("undeliverable", sa.Text(), nullable=True),
        sa.Column("outdated", sa.SmallInteger(), nullable=False),
        sa.Column("deleted", sa.SmallInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq_no"),
    )
    with op.batch_alter_table("declarations", schema=None) as batch_op:
        batch_op.create_index(
            "declarations_key",
            ["filing_key"],
            unique=True,
            sqlite_where=sa.text("deleted = 0"),
            postgresql_where=sa.text("deleted = 0"),
        )
        batch_op.create_index(
            "declarations_list",
            [
                "enterprise",
                "message_type",
                "seq_no",
                "deleted",
                "status",
                "kind",
                "mode",
                "customs",
                "filed_at",
                "gur_type",
                "refund_kind",
                "reference",
                "business_no",
            ],
            unique=False,
        )
        batch_op.create_index("declarations_reference", ["reference"], unique=False)
        batch_op.create_index(
            "declarations_subject",
            ["subject", "enterprise"],
            unique=False,
            sqlite_where=sa.text("subject <> ''"),
            postgresql_where=sa.text("subject <> ''"),
        )

    op.create_table(
        "enterprises",
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("customs", sa.String(length=4), nullable=False),
        sa.Column("dxp_id", sa.String(length=16), nullable=False),
        sa.Column("agents", sa.Text(), nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=True),
        sa.Column("record_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "feed",
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("seq_no", sa.BigInteger(), nullable=True),
        sa.Column("message_type", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=True),
        sa.Column("business_no", sa.String(length=64), nullable=True),
        sa.Column("result", sa.String(length=1), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("resent", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feed_ends",
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("acked", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "guarantees",
        sa.Column("gasr_no", sa.String(length=64), nullable=False),
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("seq_no", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.BigInteger(), nullable=False),
        sa.Column("limit_fen", sa.BigInteger(), nullable=False),
        sa.Column("used_fen", sa.BigInteger(), nullable=False),
        sa.Column("available_fen", sa.BigInteger(), nullable=False),
        sa.Column("returned_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=1), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("gasr_no"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("guarantees", schema=None) as batch_op:
        batch_op.create_index("guarantees_owner", ["enterprise", "gasr_no"], unique=False)

    op.create_table(
        "history",
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("change_no", sa.Integer(), nullable=False),
        sa.Column("document", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", "version"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "keys",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enterprises", sa.Text(), nullable=False),
        sa.Column("revoked", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "levies",
        sa.Column("levy_no", sa.String(length=64), nullable=False),
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("seq_no", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("actual_fen", sa.BigInteger(), nullable=False),
        sa.Column("carried_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=1), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("overdue", sa.SmallInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("levy_no"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("levies", schema=None) as batch_op:
        batch_op.create_index("levies_owner", ["enterprise", "levy_no"], unique=False)

    op.create_table(
        "messages",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("message_type", sa.String(length=16), nullable=False),
        sa.Column("seq_no", sa.BigInteger(), nullable=True),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("flag", sa.SmallInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("messages_key", ["scope", "message_id"], unique=True)

    op.create_table(
        "movements",
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("mvmt_no", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=4), nullable=False),
        sa.Column("incr_fen", sa.BigInteger(), nullable=False),
        sa.Column("decr_fen", sa.BigInteger(), nullable=False),
        sa.Column("bal_fen", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.Column("related", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise", "mvmt_no"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "parked",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("message_type", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "refusals",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("caller", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("refusals", schema=None) as batch_op:
        batch_op.create_index("refusals_caller", ["caller", "id"], unique=False)

    op.create_table(
        "sequences",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "statements",
        sa.Column("statement_no", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("enterprise", sa.String(length=10), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("closing_fen", sa.BigInteger(), nullable=False),
        sa.Column("differences", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("statement_no", "version"),
    )
    op.create_table(
        "timeline",
        sa.Column("seq_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("stale", sa.SmallInteger(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq_no", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "waiting",
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "message_id"),
    )


def downgrade() -> None:
    op.drop_table("waiting")
    op.drop_table("timeline")
    op.drop_table("statements")
    op.drop_table("sequences")
    with op.batch_alter_table("refusals", schema=None) as batch_op:
        batch_op.drop_index("refusals_caller")

    op.drop_table("refusals")
    op.drop_table("parked")
    op.drop_table("outbox")
    op.drop_table("movements")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("messages_key")

    op.drop_table("messages")
    with op.batch_alter_table("levies", schema=None) as batch_op:
        batch_op.drop_index("levies_owner")

    op.drop_table("levies")
    op.drop_table("keys")
    op.drop_table("history")
    with op.batch_alter_table("guarantees", schema=None) as batch_op:
        batch_op.drop_index("guarantees_owner")

    op.drop_table("guarantees")
    op.drop_table("feed_ends")
    op.drop_table("feed")
    op.drop_table("facts")
    op.drop_table("enterprises")
    with op.batch_alter_table("declarations", schema=None) as batch_op:
        batch_op.drop_index(
            "declarations_subject",
            sqlite_where=sa.text("subject <> ''"),
            postgresql_where=sa.text("subject <> ''"),
        )
        batch_op.drop_index("declarations_reference")
        batch_op.drop_index("declarations_list")
        batch_op.drop_index(
            "declarations_key",
            sqlite_where=sa.text("deleted = 0"),
            postgresql_where=sa.text("deleted = 0"),
        )

    op.drop_table("declarations")
