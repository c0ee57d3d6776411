"""A session's last minutes, seen from outside: no JWT outlives it, however late it is issued."""

import time

import jwt
import pytest

from tests.service.conftest import Deploy

LIFETIME, JWT_LIFETIME = 6, 3


def claims_of(token: str) -> dict[str, int]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


@pytest.mark.proves("L2")
def test_no_jwt_outlives_its_session_and_refreshing_does_not_prolong_it(
    deploy: Deploy,
) -> None:
    remint = deploy(
        REMINT_SESSIONS_LIFETIME=str(LIFETIME),
        REMINT_SESSIONS_IDLE=str(LIFETIME),
        REMINT_SESSIONS_GRACE="1s",
        REMINT_SESSIONS_COALESCE="1s",
        REMINT_TOKENS_LIFETIME=str(JWT_LIFETIME),
    )
    opened_before = time.time()
    opened = remint.log_in()
    opened_after, claims = time.time(), [claims_of(opened["jwtToken"])]
    while (answer := remint.refresh(opened["refreshToken"])).status_code == 200:
        claims.append(claims_of(answer.json()["jwtToken"]))
        time.sleep(0.1)
    ended = time.time()
    assert answer.status_code == 401
    assert answer.json()["error"]["details"][0]["code"] == "sessionExpired"
    assert ended >= opened_before + LIFETIME
    assert max(one["exp"] for one in claims) <= opened_after + LIFETIME
    assert claims[0]["exp"] - claims[0]["iat"] == JWT_LIFETIME
    assert claims[-1]["exp"] - claims[-1]["iat"] < JWT_LIFETIME
