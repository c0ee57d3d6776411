"""The first tables: users, their sessions, signing keys, counted log-ins."""

import sqlalchemy as sa
from alembic import op

from infrastructure.database.columns import IDENTIFIER, MOMENT, NAME

revision = "0001"
down_revision = None

# Room in every page for the next version of a row, so that an update touches no index.
ROOM_FOR_UPDATES = {"fillfactor": 70}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        sa.Column("id", IDENTIFIER, primary_key=True),
        sa.Column("name", NAME, nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("credentials_epoch", sa.BigInteger, nullable=False),
        sa.Column("disabled_at", MOMENT),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("id", IDENTIFIER, primary_key=True),
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("secret_digest", sa.LargeBinary, nullable=False),
        sa.Column("renewal", sa.Text, nullable=False),
        sa.Column("credentials_epoch", sa.BigInteger, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("parent", sa.BigInteger, nullable=False),
        sa.Column("rotated_at", MOMENT),
        sa.Column("recoveries", sa.Integer, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("end_cause", sa.Text),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        postgresql_with=ROOM_FOR_UPDATES,
    )
    op.create_index("sessions_of_user", "sessions", ["user_id", "id"])
    op.create_index("sessions_expiring", "sessions", ["expires_at", "ended_at"])
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False, unique=True),
        sa.Column("algorithm", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("signs_from", MOMENT, nullable=False),
    )
    op.create_table(
        "login_attempts",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("window_ends_at", MOMENT, nullable=False),
        postgresql_with=ROOM_FOR_UPDATES,
    )
    op.create_index("login_attempts_over", "login_attempts", ["window_ends_at"])
