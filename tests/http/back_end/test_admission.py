"""Which clients are admitted to which operations of the back-end API."""

import httpx
import pytest

from domain.clients import Permission
from tests.support.fakes.back_end import SECRET, USERS, add_client, fault, filled, operations
from tests.support.fakes.builders import a_client
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = pytest.mark.anyio


async def test_each_permission_admits_to_its_own_operations_and_to_no_other(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    for permission in Permission:
        await add_client(house, permission.value, permission)
    table = await operations(client)
    assert len(table) >= 10
    for permission in Permission:
        for method, path, needed in table:
            answer = await client.request(
                method, filled(path), auth=(permission.value, SECRET), content=b"?"
            )
            if permission.value == needed:
                assert answer.status_code not in (401, 403)
            else:
                assert fault(answer) == (403, "notAllowed", path, needed)


@pytest.mark.parametrize(
    "auth", [None, ("shop", "wrong"), ("nobody", SECRET), ("", ""), ("app", "")], ids=str
)
async def test_nobody_else_is_admitted(
    house: HttpOverFakes, client: httpx.AsyncClient, auth: tuple[str, str] | None
) -> None:
    await add_client(house, "shop", *Permission)
    await house.stores.clients.add(a_client("app"))
    for method, path, _ in await operations(client):
        answer = await client.request(method, filled(path), auth=auth, content=b"?")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalidClient")
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert not house.database.users


async def test_an_opening_needs_no_body(shop: httpx.AsyncClient) -> None:
    answer = await shop.post(f"{USERS}/4711/sessions")
    assert answer.status_code == 201
    document = (await shop.get("/openapi.json")).json()
    paths = document["paths"].values()
    optional = [
        operation["operationId"]
        for operation in (operation for path in paths for operation in path.values())
        if "requestBody" in operation and not operation["requestBody"].get("required")
    ]
    assert optional == ["openSession"]


async def test_a_user_s_jwt_admits_to_nothing(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.add_user()
    bearer = {"Authorization": f"Bearer {(await house.log_in()).jwt}"}
    for method, path, _ in await operations(client):
        answer = await client.request(method, filled(path), headers=bearer, content=b"?")
        assert answer.status_code == 401
