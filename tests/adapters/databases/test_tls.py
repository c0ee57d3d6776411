"""The way to Postgres is encrypted, and to the right Postgres, when the URL says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from sqlalchemy import text

from domain.errors import Unavailable
from infrastructure.database.database import Database
from testing.postgres import Cluster
from testing.postgres_binaries import complete_binaries

pytestmark = pytest.mark.anyio

ENCRYPTED = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def encrypting_postgres(authority: trustme.CA) -> Iterator[Cluster]:
    """It is `localhost`, as its certificate says, and not 127.0.0.1."""
    with Cluster.create(durable=False, programs=complete_binaries()) as cluster:
        cluster.serve_tls(authority.issue_cert("localhost"))
        yield cluster


@pytest.fixture
def root_certificate(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "root.crt")
    monkeypatch.setenv("PGSSLROOTCERT", str(tmp_path / "root.crt"))


async def is_encrypted(url: str) -> bool:
    database = Database(url)
    try:
        row = await database.row(ENCRYPTED)
        return bool(row and row[0])
    finally:
        await database.dispose()


async def test_the_connection_is_encrypted_and_the_server_the_one_that_is_meant(
    encrypting_postgres: Cluster, root_certificate: None
) -> None:
    url = encrypting_postgres.url().replace("127.0.0.1", "localhost")
    assert await is_encrypted(f"{url}?ssl=verify-full")


async def test_another_server_is_not_talked_to(
    encrypting_postgres: Cluster, root_certificate: None
) -> None:
    with pytest.raises(Unavailable):
        await is_encrypted(f"{encrypting_postgres.url()}?ssl=verify-full")


async def test_a_server_without_tls_is_not_talked_to(postgres: Cluster) -> None:
    with pytest.raises(Unavailable):
        await is_encrypted(f"{postgres.url()}?ssl=require")
