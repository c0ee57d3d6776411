"""Trusted issuers, the ids of used assertions, and clients that sign with their own keys.

The version before continues to serve, and takes a client that has keys alone for a confidential one
whose secret nobody knows.
"""

import sqlalchemy as sa
from alembic import op

from infrastructure.database.columns import MOMENT, NAME

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables and the column."""
    op.add_column("clients", sa.Column("jwks", sa.Text))
    op.create_table(
        "trusted_issuers",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("jwks", sa.Text, nullable=False),
        sa.Column("reach", sa.Text, nullable=False),
        sa.Column("audiences", sa.Text, nullable=False),
        sa.Column("subject_prefix", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text),
        sa.Column("max_age", sa.BigInteger),
        sa.Column("claims", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "used_ids",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("over_at", MOMENT, nullable=False),
    )
    op.create_index("used_ids_over", "used_ids", ["over_at"])
