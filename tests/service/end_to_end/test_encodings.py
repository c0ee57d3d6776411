"""Texts that Postgres cannot store: they are refused, and nobody else notices."""

from pathlib import Path

import httpx
import msgspec
import pytest

from config.settings.sections import DatabaseSettings
from config.wiring.container import Container
from domain.clients import ClientTerms, Permission
from infrastructure.database.postgres import Postgres
from testing.postgres import Cluster
from tests.support.alice import SECRET
from tests.support.fakes.builders import OPERATOR
from tests.support.fakes.log_capture import Captured
from tests.support.servers.in_process_server import in_process_server, settings_in

pytestmark = pytest.mark.anyio

SESSIONS = "/api/v1/users/someone/sessions"


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


async def test_a_nul_from_outside_is_no_outage(
    postgres_url: str, tmp_path: Path, logged: Captured
) -> None:
    settings = msgspec.structs.replace(
        settings_in(tmp_path), database=DatabaseSettings(url=postgres_url)
    )
    async with in_process_server(settings, logged.set_up("info")) as server:
        container = Container(settings=settings, secrets=(SECRET.encode(),))
        add = container.use_cases().operators.add_client
        shop = await add("shop", ClientTerms(may=tuple(Permission)), is_public=False, by=OPERATOR)
        own = httpx.BasicAuth("shop", str(shop.secret))
        opening = {"device": "a\0b", "claims": {"\0": "\0"}, "acr": "\0", "amr": ["\0"]}
        calls = [
            server.client.get("/api/v1/users/someone", auth=httpx.BasicAuth("a\0b", "x")),
            server.log_in(client="a\0b"),
            server.client.post(SESSIONS, json={"client": "a\0b"}, auth=own),
            server.client.post(SESSIONS, json=opening, auth=own),
            server.client.get("/api/v1/users?name=a%00b", auth=own),
        ]
        answers = [await call for call in calls]
        listed = await server.client.get(SESSIONS, auth=own)
        await container.database().dispose()
    assert [answer.status_code for answer in answers[:4]] == [401, 401, 400, 201]
    assert answers[4].status_code < 500
    assert [session["device"] for session in listed.json()["sessions"]] == ["a?b"]
