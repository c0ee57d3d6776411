"""Sessions of clients: the terms on which they are opened, and the credentials they ask for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.steps.session_opener import OpenedSession
from application.steps.session_terms import NOTHING, Asked
from domain.causes import RefusalCause
from domain.clients import Client, ClientCredentials, ClientTerms
from domain.errors import InvalidClient, InvalidRefreshToken, OutsideTerms
from domain.grants import Grant
from domain.sessions import AtLimit, Renewal
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import DAY, HOUR, NO_LIMIT, NOON, SECOND, a_client
from tests.support.fakes.fakes import Patience
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes, some_terms

pytestmark = pytest.mark.anyio

SECRET = "rms1_secret"
TERMS = ClientTerms(
    audiences=("orders", "invoices"),
    scopes=("read", "write"),
    renewal=Renewal.REUSABLE,
    lifetime=HOUR,
    idle=60 * SECOND,
    session_limit=1,
)
RIGHT = ClientCredentials("shop", SECRET)


@pytest.fixture
async def house() -> UseCasesOverFakes:
    house = UseCasesOverFakes()
    await house.add_user()
    return house


async def a_stored_client(house: UseCasesOverFakes, secret: str | None = SECRET) -> Client:
    client = a_client("shop", secret, terms=TERMS)
    await house.stores.clients.add(client)
    return client


async def log_in(
    house: UseCasesOverFakes,
    asked: Asked = NOTHING,
    client_id: str | None = "shop",
    credentials: ClientCredentials | None = RIGHT,
) -> OpenedSession:
    return await house.can.presenters.authenticate(
        "someone", PASSWORD, ORIGIN, asked, client_id=client_id, credentials=credentials
    )


async def test_a_session_is_on_the_terms_of_its_client(house: UseCasesOverFakes) -> None:
    client = await a_stored_client(house)
    session = (await log_in(house)).session
    assert (session.client_id, session.client_epoch) == ("shop", client.epoch)
    assert session.renewal is Renewal.REUSABLE
    assert session.expires_at == NOON + HOUR
    assert session.grant == Grant(audience=("orders",))


async def test_the_client_s_idle_timeout_counts(house: UseCasesOverFakes) -> None:
    await a_stored_client(house)
    opened = await log_in(house)
    house.passes(61 * SECOND)
    with pytest.raises(InvalidRefreshToken) as refused:
        await house.can.presenters.refresh(opened.refresh_token, Patience(), RIGHT)
    assert refused.value.cause is RefusalCause.IDLE


async def test_the_client_s_session_limit_counts_its_own_sessions() -> None:
    house = UseCasesOverFakes(
        terms=some_terms(limit=replace(NO_LIMIT, at_limit=AtLimit.END_OLDEST))
    )
    await house.add_user()
    await a_stored_client(house)
    other = await house.log_in()
    first, second = await log_in(house), await log_in(house)
    stored = house.database.sessions
    assert stored[first.session.id].ended_at == NOON
    assert stored[second.session.id].ended_at is stored[other.session.id].ended_at is None


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (Asked(audience=("orders", "other")), "audience"),
        (Asked(scope=("read", "admin")), "scope"),
        (Asked(lifetime=HOUR + SECOND), "lifetime"),
        (Asked(lifetime=timedelta()), "lifetime"),
    ],
)
async def test_nothing_beyond_the_terms_is_granted(
    house: UseCasesOverFakes, asked: Asked, part: str
) -> None:
    await a_stored_client(house)
    with pytest.raises(OutsideTerms) as outside:
        await log_in(house, asked)
    assert outside.value.part == part
    assert not house.database.sessions


async def test_what_is_within_the_terms_is_granted(house: UseCasesOverFakes) -> None:
    await a_stored_client(house)
    asked = Asked(
        audience=("invoices", "orders"), scope=("write",), lifetime=HOUR, renewal=Renewal.ROTATING
    )
    session = (await log_in(house, asked)).session
    assert session.grant == Grant(audience=("invoices", "orders"), scope=("write",))
    assert session.renewal is Renewal.ROTATING


async def test_the_built_in_client_grants_the_settings_audience_and_no_scope(
    house: UseCasesOverFakes,
) -> None:
    for client_id in (None, "remint"):
        opened = await log_in(house, Asked(audience=("remint",)), client_id, None)
        assert (opened.session.client_id, opened.session.grant) == (None, None)
    with pytest.raises(OutsideTerms):
        await log_in(house, Asked(scope=("read",)), None, None)
    with pytest.raises(OutsideTerms):
        await log_in(house, Asked(audience=("orders",)), None, None)


WRONG = [
    None,
    ClientCredentials("shop", "rms1_other"),
    ClientCredentials("shop", ""),
    ClientCredentials("nobody", SECRET),
    ClientCredentials("other", "rms1_other"),
]


@pytest.mark.parametrize("credentials", WRONG, ids=str)
async def test_a_confidential_client_s_session_needs_that_client_s_credentials(
    house: UseCasesOverFakes, credentials: ClientCredentials | None
) -> None:
    await a_stored_client(house)
    await house.stores.clients.add(a_client("other", "rms1_other"))
    opened = await log_in(house)
    with pytest.raises(InvalidClient):
        await house.can.presenters.refresh(opened.refresh_token, Patience(), credentials)
    with pytest.raises(InvalidClient):
        await house.can.presenters.revoke(opened.refresh_token, credentials)
    with pytest.raises(InvalidClient):
        await log_in(house, credentials=credentials)
    assert house.database.sessions[opened.session.id].ended_at is None
    assert await house.can.presenters.refresh(opened.refresh_token, Patience(), RIGHT)
    await house.can.presenters.revoke(opened.refresh_token, RIGHT)
    assert house.database.sessions[opened.session.id].ended_at is not None


async def test_a_public_client_s_session_needs_no_credentials_and_takes_nobody_s(
    house: UseCasesOverFakes,
) -> None:
    await a_stored_client(house)
    await house.stores.clients.add(a_client("app"))
    of_public = await log_in(house, client_id="app", credentials=None)
    of_built_in = await house.log_in()
    for opened in (of_public, of_built_in):
        with pytest.raises(InvalidClient):
            await house.can.presenters.refresh(opened.refresh_token, Patience(), RIGHT)
        assert await house.refresh(opened.refresh_token)


async def test_both_secrets_of_a_client_work_until_one_is_dropped(
    house: UseCasesOverFakes,
) -> None:
    client = await a_stored_client(house)
    changed = client.with_secret("rms1_second")
    assert await house.stores.clients.replace(changed)
    opened = await log_in(house)
    second = ClientCredentials("shop", "rms1_second")
    for credentials in (RIGHT, second):
        assert await house.can.presenters.refresh(opened.refresh_token, Patience(), credentials)
    assert await house.stores.clients.replace(changed.without_older_secret())
    with pytest.raises(InvalidClient):
        await house.can.presenters.refresh(opened.refresh_token, Patience(), RIGHT)
    assert await house.can.presenters.refresh(opened.refresh_token, Patience(), second)


async def test_disabling_a_client_ends_its_sessions_and_enabling_revives_none(
    house: UseCasesOverFakes,
) -> None:
    client = await a_stored_client(house, secret=None)
    opened = await log_in(house, credentials=None)
    disabled = client.disabled(NOON)
    for changed in (disabled, disabled.enabled()):
        assert await house.stores.clients.replace(changed)
        with pytest.raises(InvalidRefreshToken) as refused:
            await house.refresh(opened.refresh_token)
        assert refused.value.cause is RefusalCause.CLIENT_DISABLED
    assert await log_in(house, credentials=None)


@pytest.mark.parametrize("secret", [None, SECRET], ids=["public", "confidential"])
async def test_nobody_logs_in_with_a_disabled_or_unknown_client(
    house: UseCasesOverFakes, secret: str | None
) -> None:
    client = await a_stored_client(house, secret)
    credentials = RIGHT if secret else None
    assert await house.stores.clients.replace(client.disabled(NOON))
    for client_id in ("shop", "nobody"):
        with pytest.raises(InvalidClient):
            await log_in(house, client_id=client_id, credentials=credentials)


async def test_every_refused_secret_is_in_the_audit_trail_by_its_client_s_id(
    house: UseCasesOverFakes,
) -> None:
    await a_stored_client(house)
    house.audit.events.clear()
    with pytest.raises(InvalidClient):
        await log_in(house, credentials=replace(RIGHT, secret="wrong"))
    assert house.audit.names == ["clientRefused"]
    assert "wrong" not in repr(house.audit.events)


async def test_a_grant_outlives_every_rotation(house: UseCasesOverFakes) -> None:
    await a_stored_client(house, secret=None)
    asked = Asked(scope=("read",), renewal=Renewal.ROTATING, lifetime=DAY / 48)
    opened = await log_in(house, asked, credentials=None)
    token = opened.refresh_token
    for _ in range(3):
        house.passes(30 * SECOND)
        refreshed = await house.refresh(token)
        token = refreshed.refresh_token or token
        assert house.jwts.signed[refreshed.jwt].grant == opened.session.grant
        assert house.jwts.signed[refreshed.jwt].client_id == "shop"
