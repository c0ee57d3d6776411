"""Clients, subjects and claims of users, grants of sessions, and audit events to pass on.

The version before continues to serve: it writes none of the new columns, and reads users that
have a name and a password.
"""

import sqlalchemy as sa
from alembic import op

from infrastructure.database.columns import IDENTIFIER, MOMENT, NAME

revision = "0002"
down_revision = "0001"

# SQLite cannot make a column nullable, so alembic copies this table there.
USERS = sa.Table(
    "users",
    sa.MetaData(),
    sa.Column("id", IDENTIFIER, primary_key=True),
    sa.Column("name", NAME, nullable=False, unique=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("credentials_epoch", sa.BigInteger, nullable=False),
    sa.Column("disabled_at", MOMENT),
    sa.Column("version", sa.BigInteger, nullable=False),
)


def upgrade() -> None:
    """Add the tables and columns."""
    with op.batch_alter_table("users", copy_from=USERS) as users:
        users.alter_column("name", existing_type=NAME, nullable=True)
        users.alter_column("password_hash", existing_type=sa.Text, nullable=True)
        users.add_column(sa.Column("subject", NAME))
        users.add_column(sa.Column("claims", sa.Text))
    op.create_index("users_subject", "users", ["subject"], unique=True)
    op.add_column("sessions", sa.Column("client_id", sa.Text))
    op.add_column("sessions", sa.Column("client_epoch", sa.BigInteger))
    op.add_column("sessions", sa.Column("granted", sa.Text))
    op.create_table(
        "clients",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("secret_digest", sa.LargeBinary),
        sa.Column("older_secret_digest", sa.LargeBinary),
        sa.Column("may", sa.Text, nullable=False),
        sa.Column("audiences", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("renewal", sa.Text),
        sa.Column("lifetime", sa.BigInteger),
        sa.Column("idle", sa.BigInteger),
        sa.Column("session_limit", sa.Integer),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("disabled_at", MOMENT),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", IDENTIFIER, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
    )
