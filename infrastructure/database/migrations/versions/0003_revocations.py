"""Revocations for services that verify JWTs, and why the epochs of users ended.

The version before continues to serve: it writes none of the new columns, and tells services nothing
of what it ends.
"""

import sqlalchemy as sa
from alembic import op

from infrastructure.database.columns import MOMENT

revision = "0003"
down_revision = "0002"

THIS_TRANSACTION = sa.text("(CAST(CAST(pg_current_xact_id() AS text) AS bigint))")


def upgrade() -> None:
    """Add the table and the columns."""
    op.add_column("users", sa.Column("revoked_at", MOMENT))
    op.add_column("users", sa.Column("epoch_ends", sa.Text))
    is_postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "revocations",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            sa.Identity(),  # unlike a sequence, it needs no privilege of its own
            primary_key=True,
        ),
        sa.Column("mark", sa.BigInteger, server_default=THIS_TRANSACTION if is_postgres else None),
        sa.Column("named", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("revocations_marked", "revocations", ["mark"])
