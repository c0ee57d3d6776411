"""What a back end does at the interface over fakes."""

from typing import Any
from uuid import uuid4

import httpx

from domain.actors import Actor
from domain.clients import ClientTerms, Permission
from domain.users import User
from tests.support.fakes.builders import a_client
from tests.support.fakes.http_over_fakes import HttpOverFakes

SECRET = "rms1_c4n4ry"
USERS = "/api/v1/users"
EXPLAIN = "/api/v1/refresh-tokens/explain"
ACTOR = Actor.client("shop")


async def add_client(house: HttpOverFakes, name: str, *may: Permission, **terms: Any) -> None:
    await house.stores.clients.add(a_client(name, SECRET, terms=ClientTerms(may=may, **terms)))


def of_client(house: HttpOverFakes, name: str) -> dict[str, Any]:
    """What makes a session that client's."""
    return {"client_id": name, "client_epoch": house.database.clients[name].epoch}


async def put(shop: httpx.AsyncClient, subject: str = "4711", **body: Any) -> dict[str, Any]:
    answer = await shop.put(f"{USERS}/{subject}", json=body)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def opened(shop: httpx.AsyncClient, subject: str = "4711", **body: Any) -> dict[str, Any]:
    answer = await shop.post(f"{USERS}/{subject}/sessions", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def listed(shop: httpx.AsyncClient, subject: str = "4711", **query: Any) -> dict[str, Any]:
    answer = await shop.get(f"{USERS}/{subject}/sessions", params=query)
    assert answer.status_code == 200
    return dict(answer.json())


def user_of(house: HttpOverFakes, subject: str = "4711") -> User:
    [user] = [user for user in house.database.users.values() if user.subject == subject]
    return user


def fault(answer: httpx.Response) -> tuple[int, str, str, str]:
    error = answer.json()["error"]
    [detail] = error["details"]
    return answer.status_code, error["code"], error["target"], detail["code"]


async def operations(client: httpx.AsyncClient) -> list[tuple[str, str, str]]:
    """Method, path and permission of every operation of the back-end API."""
    document = (await client.get("/openapi.json")).json()
    needed = {"openSession": "open-sessions", "followRevocations": "introspect"}
    return [
        (method, path, needed.get(operation["operationId"], "manage-users"))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/") and operation["security"] == [{"client": []}]
    ]


def filled(path: str) -> str:
    return path.format(subject="4711", session_id=uuid4())
