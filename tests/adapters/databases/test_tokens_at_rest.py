"""Nothing that a database keeps can produce a refresh token."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.refresh_tokens import RefreshToken
from infrastructure.database.database import Database
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.users import SqlUsers
from infrastructure.security.refresh_token_codec import MacRefreshTokenCodec
from infrastructure.security.server_secrets import ServerSecrets
from testing.postgres import Cluster
from tests.support.fakes.builders import HOUR, NO_LIMIT, NOON, a_session, a_user
from tests.support.fakes.storing import store_sessions

pytestmark = [pytest.mark.proves("T3"), pytest.mark.anyio]


async def issue_tokens(database: Database) -> list[RefreshToken]:
    """Fifty sessions, each rotated once; both of their tokens."""
    users, sessions, issued = SqlUsers(database), SqlSessions(database), []
    for _ in range(50):
        session = a_session()
        token = RefreshToken(session.id, 0, os.urandom(32))
        user = a_user(f"owner of {session.id}")
        await users.add(user)
        session = a_session(user, id=session.id, secret_digest=token.secret_digest)
        await sessions.open(session, NO_LIMIT)
        await sessions.advance(
            session, session.advance(beyond=0, parent=0, recoveries=0, now=NOON + HOUR)
        )
        issued += [token, token.at(1)]
    return issued


def traces_of(tokens: list[RefreshToken]) -> Iterator[bytes]:
    """Everything that would give a token away: the text, the secret raw and in hexadecimal."""
    write = MacRefreshTokenCodec(ServerSecrets([b"a server secret, 32 bytes at least"])).write
    for token in tokens:
        yield from (token.secret, token.secret.hex().encode(), write(token).encode())


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def dump(postgres: Cluster, name: str) -> bytes:
    rows = postgres.sql("SELECT s::text AS row FROM sessions s", database=name)
    return "\n".join(row["row"] for row in rows).encode()


async def test_the_sqlite_file_and_its_log_hold_digests_alone(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(migrated_sqlite_url)
    tokens = await issue_tokens(database)
    at_rest = everything_in(tmp_path)
    assert [trace for trace in traces_of(tokens) if trace in at_rest] == []
    # The search looks where it should: the digests are there.
    assert all(token.secret_digest in at_rest for token in tokens)
    await database.dispose()


async def test_a_dump_of_postgres_holds_digests_alone(
    postgres: Cluster, migrated_postgres_url: str
) -> None:
    database = Database(migrated_postgres_url)
    tokens = await issue_tokens(database)
    at_rest = dump(postgres, migrated_postgres_url.rpartition("/")[2])
    assert [trace for trace in traces_of(tokens) if trace in at_rest] == []
    assert all(token.secret_digest.hex().encode() in at_rest for token in tokens)
    await database.dispose()


async def test_whoever_holds_dump_and_server_secret_still_cannot_make_a_token(
    database: Database,
) -> None:
    await issue_tokens(database)
    session = a_session(secret_digest=os.urandom(32))
    sessions = SqlSessions(database)
    await store_sessions(SqlUsers(database), sessions, session)
    found = await sessions.find(session.id)
    assert found is not None
    forged = RefreshToken(session.id, 0, found.session.secret_digest)
    assert not found.session.is_proved_by(forged)
