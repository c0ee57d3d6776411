"""What operators do to clients, and what becomes of their sessions."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from application.steps.session_opener import OpenedSession
from domain.causes import RefusalCause
from domain.clients import Client, ClientCredentials, ClientTerms, Permission
from domain.errors import (
    ClientIdTaken,
    ClientIsBuiltIn,
    ClientNotFound,
    ClientSecretConflict,
    InvalidClient,
    InvalidClientId,
    InvalidClientTerms,
    InvalidRefreshToken,
    Unavailable,
)
from domain.events import (
    ClientAdded,
    ClientDeleted,
    ClientDisabled,
    ClientEnabled,
    ClientSecretAdded,
    ClientSecretDropped,
    ClientSet,
)
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import HOUR, MINUTE, OPERATOR
from tests.support.fakes.fake_stores import FakeClients
from tests.support.fakes.fakes import Patience
from tests.support.fakes.interruptions import InterruptedClients, Interruptions
from tests.support.fakes.use_cases_over_fakes import BUILT_IN, ORIGIN, UseCasesOverFakes

pytestmark = pytest.mark.anyio

NO_TERMS = ClientTerms()


async def add(
    house: UseCasesOverFakes, client_id: str = "shop", *, is_public: bool = False
) -> str | None:
    """Add a client and answer its secret."""
    added = await house.can.operators.add_client(
        client_id, NO_TERMS, is_public=is_public, by=OPERATOR
    )
    return added.secret


async def log_in(house: UseCasesOverFakes, secret: str | None) -> OpenedSession:
    return await house.can.presenters.authenticate(
        "someone", PASSWORD, ORIGIN, client_id="shop", credentials=credentials(secret)
    )


async def refresh(house: UseCasesOverFakes, opened: OpenedSession, secret: str | None) -> None:
    await house.can.presenters.refresh(opened.refresh_token, Patience(), credentials(secret))


def credentials(secret: str | None) -> ClientCredentials | None:
    return None if secret is None else ClientCredentials("shop", secret)


async def refusal(house: UseCasesOverFakes, opened: OpenedSession) -> RefusalCause:
    with pytest.raises(InvalidRefreshToken) as refused:
        await refresh(house, opened, None)
    return refused.value.cause


async def test_a_confidential_client_is_added_with_one_secret_that_is_not_stored(
    house: UseCasesOverFakes,
) -> None:
    terms = ClientTerms(may=(Permission.OPEN_SESSIONS,), audiences=("orders",), idle=HOUR)
    added = await house.can.operators.add_client("shop", terms, is_public=False, by=OPERATOR)
    assert house.database.clients == {"shop": added.client}
    assert added.client.terms == terms
    assert added.client.created_at == house.clock()
    assert added.secret is not None
    assert added.client.is_proved_by(added.secret)
    assert added.secret not in repr(added)
    assert house.audit.events == [ClientAdded(at=house.clock(), client="shop", actor=OPERATOR)]


async def test_a_public_client_has_no_secret(house: UseCasesOverFakes) -> None:
    assert await add(house, is_public=True) is None
    assert house.database.clients["shop"].is_public


@pytest.mark.parametrize(
    ("client_id", "terms", "error"),
    [
        ("Shop", NO_TERMS, InvalidClientId),
        (BUILT_IN, NO_TERMS, ClientIsBuiltIn),
        ("taken", NO_TERMS, ClientIdTaken),
        ("shop", ClientTerms(scopes=("a b",)), InvalidClientTerms),
        ("shop", ClientTerms(idle=20 * MINUTE - timedelta(seconds=1)), InvalidClientTerms),
        ("shop", ClientTerms(may=(Permission.INTROSPECT,)), InvalidClientTerms),
    ],
)
async def test_what_no_client_can_have_is_not_added(
    house: UseCasesOverFakes, client_id: str, terms: ClientTerms, error: type[Exception]
) -> None:
    await add(house, "taken")
    before = dict(house.database.clients)
    with pytest.raises(error):
        await house.can.operators.add_client(client_id, terms, is_public=True, by=OPERATOR)
    assert house.database.clients == before
    assert house.audit.names == ["clientAdded"]


async def test_a_secret_is_changed_without_a_gap(house: UseCasesOverFakes) -> None:
    await house.add_user()
    first = await add(house)
    opened = await log_in(house, first)
    second = await house.can.operators.add_client_secret("shop", by=OPERATOR)
    for secret in (first, second):
        await refresh(house, opened, secret)
    await house.can.operators.drop_client_secret("shop", by=OPERATOR)
    await refresh(house, opened, second)
    with pytest.raises(InvalidClient):
        await refresh(house, opened, first)
    changes = [each for each in house.audit.events if each.name.startswith("clientSecret")]
    assert [(type(each), each.actor) for each in changes] == [
        (ClientSecretAdded, OPERATOR),
        (ClientSecretDropped, OPERATOR),
    ]


async def test_a_secret_that_was_lost_is_dropped_and_the_one_in_use_stays(
    house: UseCasesOverFakes,
) -> None:
    in_use = await add(house)
    lost = await house.can.operators.add_client_secret("shop", by=OPERATOR)
    client = await house.can.operators.drop_client_secret("shop", newer=True, by=OPERATOR)
    assert in_use is not None
    assert (client.is_proved_by(in_use), client.is_proved_by(lost)) == (True, False)


async def test_no_third_secret_is_added_and_the_last_is_not_dropped(
    house: UseCasesOverFakes,
) -> None:
    await add(house)
    with pytest.raises(ClientSecretConflict):
        await house.can.operators.drop_client_secret("shop", by=OPERATOR)
    await house.can.operators.add_client_secret("shop", by=OPERATOR)
    before = house.database.clients["shop"]
    with pytest.raises(ClientSecretConflict):
        await house.can.operators.add_client_secret("shop", by=OPERATOR)
    assert house.database.clients["shop"] == before


async def test_terms_are_set_one_by_one(house: UseCasesOverFakes) -> None:
    await add(house)
    operators = house.can.operators
    await operators.set_client("shop", lambda terms: replace(terms, lifetime=HOUR), by=OPERATOR)
    changed = await operators.set_client(
        "shop", lambda terms: replace(terms, scopes=("read",)), by=OPERATOR
    )
    assert changed.terms == ClientTerms(lifetime=HOUR, scopes=("read",))
    assert house.database.clients["shop"] == changed
    assert house.audit.events[-1] == ClientSet(at=house.clock(), client="shop", actor=OPERATOR)
    with pytest.raises(InvalidClientTerms):
        await operators.set_client("shop", lambda terms: replace(terms, idle=MINUTE), by=OPERATOR)
    await add(house, "app", is_public=True)
    with pytest.raises(InvalidClientTerms):
        await operators.set_client(
            "app", lambda terms: replace(terms, may=(Permission.INTROSPECT,)), by=OPERATOR
        )


async def test_disabling_ends_the_sessions_and_enabling_revives_none(
    house: UseCasesOverFakes,
) -> None:
    await house.add_user()
    await add(house, is_public=True)
    opened = await log_in(house, None)
    client = await house.can.operators.disable_client("shop", by=OPERATOR)
    assert client.is_disabled
    assert await refusal(house, opened) is RefusalCause.CLIENT_DISABLED
    with pytest.raises(InvalidClient):
        await log_in(house, None)
    assert not (await house.can.operators.enable_client("shop", by=OPERATOR)).is_disabled
    assert await refusal(house, opened) is RefusalCause.CLIENT_DISABLED
    await refresh(house, await log_in(house, None), None)
    at = house.clock()
    assert ClientDisabled(at=at, client="shop", actor=OPERATOR) in house.audit.events
    assert ClientEnabled(at=at, client="shop", actor=OPERATOR) in house.audit.events


async def test_the_sessions_of_a_deleted_client_are_not_inherited_with_the_id(
    house: UseCasesOverFakes,
) -> None:
    await house.add_user()
    await add(house, is_public=True)
    opened = await log_in(house, None)
    await house.can.operators.delete_client("shop", by=OPERATOR)
    assert house.audit.events[-1] == ClientDeleted(at=house.clock(), client="shop", actor=OPERATOR)
    assert await refusal(house, opened) is RefusalCause.CLIENT_DISABLED
    await add(house, is_public=True)
    assert await refusal(house, opened) is RefusalCause.CLIENT_DISABLED


async def test_a_client_that_nobody_added_is_not_found(house: UseCasesOverFakes) -> None:
    operators = house.can.operators
    acts = [
        operators.show_client("shop"),
        operators.set_client("shop", lambda terms: terms, by=OPERATOR),
        operators.add_client_secret("shop", by=OPERATOR),
        operators.drop_client_secret("shop", by=OPERATOR),
        operators.disable_client("shop", by=OPERATOR),
        operators.enable_client("shop", by=OPERATOR),
        operators.delete_client("shop", by=OPERATOR),
    ]
    for act in acts:
        with pytest.raises(ClientNotFound):
            await act
    assert not house.audit.events


async def test_clients_are_listed_and_shown(house: UseCasesOverFakes) -> None:
    for client_id in ("shop", "app"):
        await add(house, client_id)
    stored = house.database.clients
    assert await house.can.operators.list_clients() == [stored["app"], stored["shop"]]
    assert await house.can.operators.show_client("app") == stored["app"]


async def test_racing_changes_of_a_client_are_all_made(house: UseCasesOverFakes) -> None:
    await add(house)

    def allow(scope: str) -> "asyncio.Future[Client]":
        return asyncio.ensure_future(
            house.can.operators.set_client(
                "shop",
                lambda terms: replace(terms, scopes=(*terms.scopes, scope)),
                by=OPERATOR,
            )
        )

    await asyncio.gather(*(allow(scope) for scope in "abcde"))
    assert sorted(house.database.clients["shop"].terms.scopes) == list("abcde")


async def test_a_change_that_lost_its_race_takes_nothing_from_the_one_that_won(
    house: UseCasesOverFakes,
) -> None:
    secret = await add(house)
    before = Interruptions(
        before_change=lambda: house.can.operators.disable_client("shop", by=OPERATOR)
    )
    clients = InterruptedClients(house.database, before)
    change = replace(house.can.operators.set_client, clients=clients)
    client = await change("shop", lambda terms: replace(terms, lifetime=HOUR), by=OPERATOR)
    assert client.is_disabled
    assert client.terms.lifetime == HOUR
    assert secret is not None
    assert client.is_proved_by(secret)


async def test_a_change_that_always_loses_is_given_up(house: UseCasesOverFakes) -> None:
    class Contended(FakeClients):
        async def replace(self, client: Client) -> bool:
            return False

    await add(house)
    disable = replace(house.can.operators.disable_client, clients=Contended(house.database))
    with pytest.raises(Unavailable) as contended:
        await disable("shop", by=OPERATOR)
    assert contended.value.reason == "contended"
    assert house.audit.names == ["clientAdded"]
