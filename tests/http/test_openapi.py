"""The OpenAPI document is valid, complete, and says more than the contract, never less."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

pytestmark = pytest.mark.anyio

REFRESH = "/api/v1/authenticate/refresh"
CONTRACT = Path(__file__).parent / "contract" / "refresh.openapi.yaml"


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    document: dict[str, Any] = (await client.get("/openapi.json")).json()
    return document


@pytest.fixture
def contract() -> dict[str, Any]:
    contract: dict[str, Any] = yaml.safe_load(CONTRACT.read_text())
    return contract


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def resolved(document: dict[str, Any], node: Any) -> Any:
    """The node with every reference replaced by what it points at."""
    if isinstance(node, list):
        return [resolved(document, item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {key: resolved(document, value) for key, value in node.items()}
    target: Any = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return resolved(document, target)


async def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


async def test_every_answer_with_a_body_is_shown_by_examples_that_fit_its_schema(
    document: dict[str, Any],
) -> None:
    for operation in operations(document):
        for answer in resolved(document, operation["responses"]).values():
            for content in answer.get("content", {}).values():
                assert content["examples"]
                for example in content["examples"].values():
                    Draft202012Validator(content["schema"]).validate(example["value"])


async def test_every_operation_says_what_a_crash_looks_like_and_is_named(
    document: dict[str, Any],
) -> None:
    names = [operation["operationId"] for operation in operations(document)]
    assert len(set(names)) == len(names)
    for operation in operations(document):
        assert operation["summary"].endswith(".")
        assert "500" in operation["responses"]


async def test_the_framework_adds_no_answer_that_is_never_sent(document: dict[str, Any]) -> None:
    errors = [
        content["schema"]
        for operation in operations(document)
        for status, answer in operation["responses"].items()
        if int(status) >= 400
        for content in answer["content"].values()
    ]
    assert errors
    dialects = ("ErrorBody", "OAuthError")
    assert all(schema["$ref"].rsplit("/", 1)[1] in dialects for schema in errors)


async def test_whatever_the_contract_promises_is_promised(
    document: dict[str, Any], contract: dict[str, Any]
) -> None:
    ours = resolved(document, document["paths"][REFRESH]["post"])
    theirs = resolved(contract, contract["paths"][REFRESH]["post"])
    assert ours["operationId"] == theirs["operationId"]
    assert ours["requestBody"]["required"]
    for status, answer in theirs["responses"].items():
        promised = answer["content"]["*/*"]["schema"]
        assert_covers(ours["responses"][status]["content"]["application/json"]["schema"], promised)


async def test_whatever_the_contract_lets_a_client_send_is_let_in(
    document: dict[str, Any], contract: dict[str, Any]
) -> None:
    body = "application/json"
    ours = resolved(document, document["paths"][REFRESH]["post"]["requestBody"])
    theirs = resolved(contract, contract["paths"][REFRESH]["post"]["requestBody"])
    asked, promised = ours["content"][body]["schema"], theirs["content"][body]["schema"]
    assert asked["required"] == promised["required"] == ["refreshToken"]
    assert asked.get("additionalProperties", True)
    Draft202012Validator(asked).validate(theirs["content"][body]["example"])


def assert_covers(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Every member that they name is there, of the same type."""
    assert ours["type"] == theirs["type"]
    for name, member in theirs.get("properties", {}).items():
        assert_covers(ours["properties"][name], member)
    if "items" in theirs:
        assert_covers(ours["items"], theirs["items"])


@pytest.mark.proves("H4")
async def test_every_path_allows_exactly_what_is_documented(
    client: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    for path, methods in document["paths"].items():
        concrete = path.replace("{session_id}", "019b5d2c-6a3e-7c31-9d52-7f1f0c6d2a11")
        for method, status in (("OPTIONS", 204), ("TRACE", 405)):
            answer = await client.request(method, concrete)
            allowed = set(answer.headers["Allow"].split(", ")) - {"OPTIONS"}
            named = {name.upper() for name in methods}
            assert (answer.status_code, allowed - {"HEAD"}) == (status, named)
            assert ("HEAD" in allowed) == ("GET" in named)


async def test_every_operation_says_which_credentials_it_asks_for(document: dict[str, Any]) -> None:
    asks = {one["operationId"]: one["security"] for one in operations(document)}
    bearer: dict[str, list[str]] = {"bearer": []}
    client: dict[str, list[str]] = {"client": []}
    assert {name for name, asked in asks.items() if asked == [bearer]} == {
        *("listSessions", "logOutEverywhere", "endSession", "changePassword")
    }
    assert {name for name, asked in asks.items() if asked == [{}, client]} == {
        *("authenticate", "refreshAuthToken", "revokeRefreshToken"),
        *("token", "revokeToken"),
    }
    assert all(asked in ([], [bearer], [{}, client], [client]) for asked in asks.values())


async def test_the_codes_of_errors_are_listed(document: dict[str, Any]) -> None:
    codes = document["components"]["schemas"]["Error"]["properties"]["code"]["enum"]
    assert {"invalidRefreshToken", "unsupportedHeader", "unavailable"} <= set(codes)
    assert len(codes) == len(set(codes))


async def test_addresses_in_the_document_are_relative_to_it(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": "."}]


async def test_bodies_have_examples_and_no_random_texts(document: dict[str, Any]) -> None:
    for name in ("LoginRequest", "RefreshRequest", "RevokeRequest", "PasswordRequest"):
        [schema] = [
            schema
            for key, schema in document["components"]["schemas"].items()
            if key.endswith(name)
        ]
        for field in schema["required"]:
            assert resolved(document, schema["properties"][field])["examples"]
