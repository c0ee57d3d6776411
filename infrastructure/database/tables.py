"""Owns the tables; `migrations` creates them, and a test compares both."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

from domain.causes import EndCause, RevocationCause
from domain.key_sources import Reach
from domain.revocations import Named
from domain.sessions import Renewal
from infrastructure.database.columns import (
    EPOCH_ENDS,
    GRANT,
    IDENTIFIER,
    MOMENT,
    NAME,
    PAIRS,
    SECONDS,
    WORDS,
    word,
)

metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("id", IDENTIFIER, primary_key=True),
    Column("name", NAME, unique=True),
    Column("password_hash", Text),
    Column("roles", WORDS, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("credentials_epoch", BigInteger, nullable=False),
    Column("disabled_at", MOMENT),
    Column("version", BigInteger, nullable=False),
    Column("subject", NAME),  # NULL: the id as text
    Column("claims", Text),
    Column("revoked_at", MOMENT),
    Column("epoch_ends", EPOCH_ENDS),
    Index("users_subject", "subject", unique=True),
)

clients = Table(
    "clients",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("secret_digest", LargeBinary),  # NULL: a public client; empty: one that has keys alone
    Column("older_secret_digest", LargeBinary),
    Column("may", WORDS, nullable=False),
    Column("audiences", WORDS, nullable=False),
    Column("scopes", WORDS, nullable=False),
    Column("renewal", word(Renewal)),
    Column("lifetime", SECONDS),
    Column("idle", SECONDS),
    Column("session_limit", Integer),
    Column("created_at", MOMENT, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("disabled_at", MOMENT),
    Column("version", BigInteger, nullable=False),
    Column("jwks", Text),
)

# There is no foreign key, because a session must outlive its user's row: its token is then still
# distinguishable from a forged one. No index names a column that a refresh changes, and pages keep
# room for the next version of a row, so on Postgres a refresh updates no index (a heap-only tuple).
sessions = Table(
    "sessions",
    metadata,
    Column("id", IDENTIFIER, primary_key=True),
    Column("user_id", IDENTIFIER, nullable=False),
    Column("secret_digest", LargeBinary, nullable=False),
    Column("renewal", word(Renewal), nullable=False),
    Column("credentials_epoch", BigInteger, nullable=False),
    Column("opened_at", MOMENT, nullable=False),
    Column("last_used_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("parent", BigInteger, nullable=False),
    Column("rotated_at", MOMENT),
    Column("recoveries", Integer, nullable=False),
    Column("ended_at", MOMENT),
    Column("end_cause", word(EndCause)),
    Column("device", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("client_id", Text),  # NULL: the built-in client
    Column("client_epoch", BigInteger),
    Column("granted", GRANT, key="grant"),  # NULL: nothing beyond the user
    Index("sessions_of_user", "user_id", "id"),
    # Because the index contains the end, live sessions are counted without reading the table.
    Index("sessions_expiring", "expires_at", "ended_at"),
    postgresql_with={"fillfactor": 70},
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sequence", Integer, nullable=False, unique=True),
    Column("algorithm", Text, nullable=False),
    Column("sealed", LargeBinary, key="encrypted_private_key", nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("signs_from", MOMENT, nullable=False),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("window_ends_at", MOMENT, nullable=False),
    Index("login_attempts_over", "window_ends_at"),
    postgresql_with={"fillfactor": 70},
)

# What commands at a shell did, until a server passes it on to its audit trail.
audit_events = Table(
    "audit_events",
    metadata,
    Column("id", IDENTIFIER, primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("event", Text, nullable=False),
)

trusted_issuers = Table(
    "trusted_issuers",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("url", Text, nullable=False),
    Column("jwks", Text, nullable=False),
    Column("reach", word(Reach), nullable=False),
    Column("audiences", WORDS, nullable=False),
    Column("subject_prefix", Text, nullable=False),
    Column("client_id", Text),
    Column("max_age", SECONDS),
    Column("claims", PAIRS, nullable=False),
    Column("created_at", MOMENT, nullable=False),
)

# The ids of assertions and proofs, as digests, until these have expired: each counts once.
used_ids = Table(
    "used_ids",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("over_at", MOMENT, nullable=False),
    Index("used_ids_over", "over_at"),
)

# On Postgres a follower's cursor is a `mark`, the number of the transaction that wrote the row. On
# SQLite, whose transactions never overlap, it is an `id`.
revocations = Table(
    "revocations",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("mark", BigInteger),
    Column("named", word(Named), nullable=False),
    Column("value", Text, nullable=False),
    Column("cause", word(RevocationCause), nullable=False),
    Column("at", MOMENT, nullable=False),
    Index("revocations_marked", "mark"),
    sqlite_autoincrement=True,
)
