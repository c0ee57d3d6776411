"""What a real server's answers do not say, and what no request can make its JWTs say."""

import httpx
import jwt
import pytest

from tests.service.end_to_end.conftest import PASSWORD, House, OpenHouse

LOGIN = "/api/v1/authenticate"
LIES = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "Forwarded": "host=evil.example;proto=https",
}


@pytest.fixture
def house(open_house: OpenHouse) -> House:
    return open_house()


@pytest.mark.proves("H10", "H12")
def test_neither_server_nor_version_is_named_and_the_issuer_is_the_settings_alone(
    house: House,
) -> None:
    body = {"username": "alice", "password": PASSWORD}
    opened = house.client.post(LOGIN, json=body, headers=LIES)
    refused = house.client.post(f"{LOGIN}/refresh", json={"refreshToken": "made up"}, headers=LIES)
    answers: list[httpx.Response] = [
        *(house.client.get(path) for path in ("/health/live", "/openapi.json", "/nowhere")),
        *(opened, refused),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 200, 401]
    for answer in answers:
        assert "server" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "evil.example" not in "".join(f"{answer.headers}{answer.text}" for answer in answers)
    claims = jwt.decode(opened.json()["jwtToken"], options={"verify_signature": False})
    assert claims["iss"] == "http://localhost:8080"
