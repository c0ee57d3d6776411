"""Neither an object's repr nor an exception's text shows a secret."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from application.add_client import AddedClient
from application.refresh import Refreshed
from application.steps.session_opener import OpenedSession
from config.settings.loading import load_settings
from config.settings.reading import SettingsError
from config.settings.sections import DatabaseSettings, Settings
from config.settings.server_secret import load_secrets
from config.wiring.container import Container
from domain.clients import ClientCredentials
from domain.decision_table import Rule
from domain.proofs import PresentedProof
from infrastructure.database.database import Database
from infrastructure.security.encryption import KeyEncryption
from infrastructure.security.refresh_token_codec import MacRefreshTokenCodec
from infrastructure.security.server_secrets import ServerSecrets
from interfaces.http.api.account import PasswordRequest
from interfaces.http.api.authentication import LoginAnswer, LoginRequest, RevokeRequest
from interfaces.http.api.refresh import RefreshAnswer, RefreshRequest
from interfaces.http.oauth.forms import TokenForm
from interfaces.http.oauth.token import TokenAnswer, TokenRequest
from tests.support.fakes.builders import (
    MINUTE,
    a_client,
    a_session,
    a_signing_key,
    a_token,
    a_user,
    owned,
)

pytestmark = pytest.mark.proves("S1")

CANARY = "c4n4ryc4n4ryc4n4ryc4n4ryc4n4ry99"
RAW = CANARY.encode()


def holders_of_secrets() -> Iterator[Any]:
    token = a_token(secret=RAW)
    secrets = ServerSecrets([RAW])
    session = a_session(secret_digest=RAW)
    yield from (token, session, owned(session), a_user(password_hash=CANARY))
    yield a_signing_key(encrypted_private_key=RAW)
    yield from (secrets, secrets.newest, KeyEncryption(secrets), MacRefreshTokenCodec(secrets))
    yield a_client(secret=CANARY, secret_digests=(RAW,))
    yield ClientCredentials("shop", CANARY)
    yield AddedClient(a_client(secret=CANARY), CANARY)
    yield OpenedSession("someone", session, CANARY, CANARY, MINUTE)
    yield Refreshed(Rule.ROTATION, CANARY, CANARY, MINUTE, MINUTE, (), is_bound=False)
    yield PresentedProof(CANARY, "POST", "/")
    yield TokenRequest(grant_type="refresh_token", refresh_token=CANARY, client_secret=CANARY)
    yield TokenForm(token=CANARY, client_secret=CANARY)
    yield TokenAnswer(access_token=CANARY, expires_in=1, refresh_token_expires_in=1)
    yield from (LoginRequest("ada", CANARY), LoginAnswer(CANARY, CANARY))
    yield from (RefreshRequest(CANARY), RefreshAnswer(CANARY, CANARY), RevokeRequest(CANARY))
    yield PasswordRequest(CANARY, CANARY)
    url = f"postgresql+asyncpg://remint:{CANARY}@db.test/remint"
    settings = Settings(database=DatabaseSettings(url=url))
    yield from (settings, settings.database, Database(url))
    yield Container(settings=settings, secrets=(RAW,))


@pytest.mark.parametrize(
    "holder", list(holders_of_secrets()), ids=lambda holder: type(holder).__name__
)
def test_no_repr_shows_what_an_object_keeps_secret(holder: Any) -> None:
    for shown in (repr(holder), str(holder), f"{holder}", repr([holder]), repr({"it": holder})):
        for secret in (CANARY, RAW.hex()):
            assert secret not in shown


@pytest.mark.parametrize("secret", [CANARY[:20], f"changeme{CANARY}", "c4n4ry!!" * 8])
def test_no_complaint_about_a_server_secret_quotes_it(secret: str) -> None:
    with pytest.raises(SettingsError) as complaint:
        load_secrets({"REMINT_SECRET": secret})
    assert secret not in str(complaint.value)
    assert secret not in repr(complaint.value)


def test_no_complaint_about_the_database_url_quotes_its_password() -> None:
    with pytest.raises(SettingsError) as complaint:
        load_settings({"REMINT_DATABASE_URL": f"mysql://remint:{CANARY}@db.test/remint"})
    assert CANARY not in str(complaint.value)
    assert CANARY not in repr(complaint.value)


@pytest.mark.anyio
async def test_no_database_error_quotes_the_values_of_its_statement(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/some.db")
    with pytest.raises((SQLAlchemyError, Exception)) as failed:
        await database.row(text("SELECT :value FROM nowhere"), {"value": CANARY})
    await database.dispose()
    error: BaseException | None = failed.value
    told = []
    while error is not None:
        told += [str(error), repr(error)]
        error = error.__cause__ or error.__context__
    assert len(told) > 2
    assert not [words for words in told if CANARY in words]
