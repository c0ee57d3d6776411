"""A database in another encoding, migrated before Remint looked at it: strangers crash nothing."""

from pathlib import Path

import msgspec
import pytest

from config.settings.sections import DatabaseSettings
from infrastructure.database.postgres import Postgres
from testing.postgres import Cluster
from tests.support.fakes.log_capture import Captured
from tests.support.servers.in_process_server import in_process_server, settings_in

pytestmark = pytest.mark.anyio


async def no_fault(*_: object) -> None:
    """As an older version judged every encoding."""


async def test_a_name_that_the_database_cannot_store_is_an_outage_with_a_sentence(
    postgres: Cluster, tmp_path: Path, logged: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.sql(
        "CREATE DATABASE latin_http ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' "
        "TEMPLATE template0"
    )
    monkeypatch.setattr(Postgres, "encoding_fault", no_fault)
    database = DatabaseSettings(url=postgres.url("latin_http"))
    settings = msgspec.structs.replace(settings_in(tmp_path), database=database)
    async with in_process_server(settings, logged.set_up("info")) as server:
        body = {"username": "αλίκη", "password": "correct horse"}
        answer = await server.client.post("/api/v1/authenticate", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert (await server.log_in()).status_code == 200
    postgres.drop_database("latin_http")
