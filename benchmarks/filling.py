"""Filling Remint's tables with sessions, as fast as the database takes them, and their tokens."""

import asyncio
import base64
import itertools
import json
import os
import random
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from benchmarks.load import TokensFile
from config.settings.loading import load_settings
from config.settings.server_secret import load_secrets
from config.wiring.container import Container
from config.wiring.service import Service
from domain.clients import ClientTerms, Permission
from domain.identifiers import timed_id
from domain.refresh_tokens import SECRET_BYTES, RefreshToken
from domain.sessions import Renewal
from infrastructure.security.refresh_token_codec import MacRefreshTokenCodec
from infrastructure.security.server_secrets import ServerSecrets
from interfaces.cli.operator import operator

PASSWORD = "a password that only the benchmark knows"
USERNAME = "benchmark"
SESSIONS_PER_USER = 10
MOST_TOKENS = 1_000_000
USERS = (
    *("id", "subject", "name", "password_hash", "roles", "claims"),
    *("created_at", "credentials_epoch", "version"),
)
SESSIONS = (
    *("id", "user_id", "secret_digest", "renewal", "credentials_epoch", "opened_at"),
    *("last_used_at", "expires_at", "generation", "parent", "rotated_at", "recoveries"),
    *("device", "address"),
)
PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$" + "x" * 22 + "$" + "x" * 43
"""As long as a real one, and of no password."""
ROTATIONS = 1_000
"""What a session that is refreshed every ten minutes comes to in a week."""
DEVICE = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
KIBIBYTE_OF_CLAIMS = json.dumps(
    {"groups": [f"organisation/unit-{n:03}/members" for n in range(30)], "plan": "professional"}
)
CLIENT = "back-end"


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled database: where it is, how to serve it, and what to present there.

    `subjects` has users, and `authorization` is of a client that can open sessions for them.
    """

    environment: dict[str, str]
    reusable: TokensFile
    rotating: TokensFile
    subjects: TokensFile
    authorization: str


@dataclass(frozen=True, slots=True)
class Filling:
    """So many sessions, opened over the last month and used a moment ago, half of them rotating.

    Rotating sessions have rotated before, like nearly all live sessions in production: a row grows
    at its first rotation.

    Their tokens go to two files in random order: all of them, or a sample of a very large table.
    `claims` are those of every user.
    """

    sessions: int
    folder: Path
    secret: str
    claims: str | None = None

    def __call__(self, url: str) -> Filled:
        environment = {"REMINT_DATABASE_URL": url, "REMINT_SECRET": self.secret}
        authorization = asyncio.run(_prepare(environment))
        tokens: dict[Renewal, list[str]] = {renewal: [] for renewal in Renewal}
        database = _Sqlite if url.startswith("sqlite") else _Postgres
        asyncio.run(database(url).fill(self._users(), self._sessions(tokens)))
        os.sync()
        name = f"{url.partition('+')[0]}-{self.sessions}{'-claims' if self.claims else ''}"
        files = {
            renewal: _write(written, self.folder / f"{name}-{renewal.value}.tokens")
            for renewal, written in tokens.items()
        }
        subjects = [_subject(number) for number, _ in enumerate(self._user_ids[:MOST_TOKENS])]
        return Filled(
            environment,
            files[Renewal.REUSABLE],
            files[Renewal.ROTATING],
            _write(subjects, self.folder / f"{name}.subjects"),
            authorization,
        )

    @property
    def _user_ids(self) -> list[UUID]:
        numbers = range(1, max(1, self.sessions // SESSIONS_PER_USER) + 1)
        return [UUID(int=number) for number in numbers]

    def _users(self) -> Iterator[tuple[object, ...]]:
        now = datetime.now(UTC)
        for number, user in enumerate(self._user_ids):
            name = f"user-{number}"
            yield (
                *(user, _subject(number), name, PASSWORD_HASH, '["user"]', self.claims),
                *(now, 0, 0),
            )

    def _sessions(self, tokens: dict[Renewal, list[str]]) -> Iterator[tuple[object, ...]]:
        codec = MacRefreshTokenCodec(ServerSecrets(load_secrets({"REMINT_SECRET": self.secret})))
        now = datetime.now(UTC)
        step = timedelta(days=30) / self.sessions
        kept = -(-self.sessions // (2 * MOST_TOKENS))
        owners = itertools.cycle(self._user_ids)
        for number, renewal in zip(range(self.sessions), itertools.cycle(Renewal), strict=False):
            opened = now - step * (self.sessions - number)
            session = timed_id(opened, os.urandom)
            rotated_at = now if renewal is Renewal.ROTATING else None
            generation = ROTATIONS if rotated_at else 0
            token = RefreshToken(session, generation, os.urandom(SECRET_BYTES))
            if number // 2 % kept == 0:
                tokens[renewal].append(codec.write(token))
            yield (
                *(session, next(owners), token.secret_digest, renewal.value, 0, opened),
                *(now, opened + timedelta(days=90), generation, max(0, generation - 1)),
                *(rotated_at, 0, DEVICE, "192.0.2.1"),
            )


class _Sqlite:
    """Inserts in one transaction that nobody waits for the disk for."""

    def __init__(self, url: str) -> None:
        self._path = url.partition(":///")[2]

    async def fill(
        self, users: Iterable[tuple[object, ...]], sessions: Iterable[tuple[object, ...]]
    ) -> None:
        database = sqlite3.connect(self._path, isolation_level=None)
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        for table, columns, rows in (("users", USERS, users), ("sessions", SESSIONS, sessions)):
            values = ", ".join("?" for _ in columns)
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"
            database.executemany(statement, map(_as_sqlite_keeps_it, rows))
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()


def _as_sqlite_keeps_it(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(_value_in_sqlite(value) for value in row)


def _value_in_sqlite(value: object) -> object:
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return value


class _Postgres:
    """COPY, then what autovacuum would do in the next minutes."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("+asyncpg", "")

    async def fill(
        self, users: Iterable[tuple[object, ...]], sessions: Iterable[tuple[object, ...]]
    ) -> None:
        database = await asyncpg.connect(self._url)
        await database.copy_records_to_table("users", records=users, columns=USERS)
        await database.copy_records_to_table("sessions", records=sessions, columns=SESSIONS)
        await database.execute("VACUUM ANALYZE")
        await database.execute("CHECKPOINT")
        await database.close()


async def _prepare(environment: dict[str, str]) -> str:
    """The schema, a signing key, somebody who can log in, and a client, all made by the product.

    Returns the client's Authorization header.
    """
    settings = load_settings(environment)
    container = Container(settings=settings, secrets=load_secrets(environment))
    async with Service(container).ready():
        operators = container.use_cases().operators
        await operators.add_user(USERNAME, PASSWORD, (), by=operator())
        terms = ClientTerms(may=(Permission.OPEN_SESSIONS, Permission.INTROSPECT))
        added = await operators.add_client(CLIENT, terms, is_public=False, by=operator())
    return "Basic " + base64.b64encode(f"{CLIENT}:{added.secret}".encode()).decode()


def _subject(number: int) -> str:
    return f"{number:012}"


def _write(tokens: list[str], path: Path) -> TokensFile:
    random.shuffle(tokens)
    path.write_text("".join(f"{token}\n" for token in tokens))
    return TokensFile(path)
