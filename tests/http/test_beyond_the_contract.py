"""Answers that the contract leaves out and HTTP asks for are in Remint's own document."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

REFRESH = "/api/v1/authenticate/refresh"
BEYOND = {"413", "415", "503"}


@pytest.mark.proves("D3")
async def test_the_document_tells_of_them_with_the_same_error_body(
    client: httpx.AsyncClient,
) -> None:
    document: dict[str, Any] = (await client.get("/openapi.json")).json()
    answers = document["paths"][REFRESH]["post"]["responses"]
    assert set(answers) >= BEYOND
    schemas = {status: _schema(document, answers[status]) for status in {"400", *BEYOND}}
    assert all(schema == schemas["400"] for schema in schemas.values())


def _schema(document: dict[str, Any], answer: dict[str, Any]) -> Any:
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return answer["content"]["application/json"]["schema"]
