"""What every storage of clients promises (domain.ports.clients.Clients)."""

import asyncio
from dataclasses import replace

import pytest

from domain.clients import Client, ClientTerms, Permission
from domain.errors import ClientIdTaken
from domain.ports.clients import Clients
from domain.sessions import Renewal
from tests.support.fakes.builders import DAY, HOUR, NOON, SECOND, a_client, a_session
from tests.support.fakes.stores import Stores
from tests.support.fakes.storing import store_sessions

pytestmark = pytest.mark.anyio

CALLERS = 20
TERMS = ClientTerms(
    may=(Permission.MANAGE_USERS, Permission.OPEN_SESSIONS),
    audiences=("orders", "https://invoices.example/"),
    scopes=("read", "orders:write"),
    renewal=Renewal.REUSABLE,
    lifetime=90 * DAY + SECOND,
    idle=HOUR,
    session_limit=7,
)


async def stored(clients: Clients, client: Client) -> Client:
    await clients.add(client)
    return client


async def test_a_client_is_found_exactly_as_added(clients: Clients) -> None:
    client = Client(
        id="shop.example-1",
        secret_digests=(bytes(range(32)), bytes(32)),
        terms=TERMS,
        created_at=NOON + HOUR / 7,
        epoch=2**48 - 1,
        disabled_at=NOON + HOUR / 3,
        version=9,
    )
    await clients.add(client)
    assert await clients.with_id(client.id) == client


async def test_a_client_with_nothing_of_its_own_is_found_as_added(clients: Clients) -> None:
    client = await stored(clients, a_client())
    assert await clients.with_id("app") == client
    assert client.is_public


@pytest.mark.parametrize("secrets", [(), (bytes(range(32)),)])
async def test_a_client_with_keys_is_found_as_added(
    clients: Clients, secrets: tuple[bytes, ...]
) -> None:
    client = a_client(jwks='{"keys": []}', secret_digests=secrets)
    assert await stored(clients, client) == await clients.with_id("app")
    assert not client.is_public


async def test_the_version_before_takes_a_client_with_keys_alone_for_a_confidential_one(
    stores: Stores,
) -> None:
    """That version knows no keys: a client without a digest is public to it."""
    client = await stored(stores.clients, a_client(jwks='{"keys": []}'))
    session = a_session(client_id=client.id, client_epoch=client.epoch)
    await store_sessions(stores.users, stores.sessions, session)
    found = await stores.sessions.find(session.id)
    assert found is not None
    assert found.client is not None
    assert not found.client.is_public


async def test_an_unknown_client_is_not_found(clients: Clients) -> None:
    assert await clients.with_id("nobody") is None


async def test_an_id_belongs_to_one_client(clients: Clients) -> None:
    first = await stored(clients, a_client("taken"))
    with pytest.raises(ClientIdTaken):
        await clients.add(a_client("taken"))
    assert await clients.with_id("taken") == first


async def test_clients_are_listed_by_id(clients: Clients) -> None:
    everybody = [await stored(clients, a_client(name)) for name in ("b", "a-1", "a", "a.0", "9")]
    assert await clients.all() == sorted(everybody, key=lambda client: client.id)


async def test_a_change_replaces_the_client(clients: Clients) -> None:
    client = await stored(clients, a_client(secret="first"))
    changed = replace(
        client.with_secret("second").on_terms(TERMS).disabled(NOON), version=client.version + 1
    )
    assert await clients.replace(changed)
    assert await clients.with_id(client.id) == changed


async def test_exactly_one_of_many_racing_callers_changes_a_client(clients: Clients) -> None:
    client = await stored(clients, a_client(secret="first"))
    tries = [clients.replace(client.with_secret(f"secret {number}")) for number in range(CALLERS)]
    assert sum(await asyncio.gather(*tries)) == 1


async def test_a_client_nobody_added_cannot_be_changed(clients: Clients) -> None:
    assert not await clients.replace(a_client().disabled(NOON))


async def test_exactly_one_of_many_racing_callers_deletes_a_client(clients: Clients) -> None:
    client = await stored(clients, a_client())
    assert (
        sum(await asyncio.gather(*(clients.delete(client.id, NOON) for _ in range(CALLERS)))) == 1
    )
    assert await clients.with_id(client.id) is None


async def test_a_change_of_a_deleted_client_never_meets_its_namesake(clients: Clients) -> None:
    """The version begins at random, so that of the namesake is another."""
    deleted = await stored(clients, a_client("again", secret="first"))
    assert await clients.delete("again", NOON)
    namesake = await stored(clients, a_client("again"))
    assert not await clients.replace(deleted.disabled(NOON))
    assert await clients.with_id("again") == namesake
