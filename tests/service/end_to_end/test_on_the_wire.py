"""What a real server's answers do not say, and what no request can make its JWTs say."""

import httpx
import jwt
import pytest

from tests.service.conftest import Deploy
from tests.support.alice import PASSWORD
from tests.support.servers.deployment import Deployment

LOGIN = "/api/v1/authenticate"
LIES = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "Forwarded": "host=evil.example;proto=https",
}


@pytest.fixture
def remint(deploy: Deploy) -> Deployment:
    return deploy()


@pytest.mark.proves("H10", "H12")
def test_neither_server_nor_version_is_named_and_the_issuer_is_the_settings_alone(
    remint: Deployment,
) -> None:
    body = {"username": "alice", "password": PASSWORD}
    opened = remint.client.post(LOGIN, json=body, headers=LIES)
    refused = remint.client.post(f"{LOGIN}/refresh", json={"refreshToken": "made up"}, headers=LIES)
    answers: list[httpx.Response] = [
        *(remint.client.get(path) for path in ("/health/live", "/openapi.json", "/nowhere")),
        *(opened, refused),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 200, 401]
    for answer in answers:
        assert "server" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "evil.example" not in "".join(f"{answer.headers}{answer.text}" for answer in answers)
    claims = jwt.decode(opened.json()["jwtToken"], options={"verify_signature": False})
    assert claims["iss"] == "http://localhost:8080"
