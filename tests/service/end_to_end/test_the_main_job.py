"""A person signs in, gets a JWT for a refresh token, and other people's libraries verify it."""

import base64
import json
import time
from typing import Any

import pytest
from authlib.jose import JsonWebKey
from authlib.jose import jwt as authlib_jwt
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from jwcrypto import jwt as jwcrypto_jwt
from jwcrypto.jwk import JWKSet

from tests.service.conftest import Deploy
from tests.support.alice import PASSWORD, SECRET

ALGORITHMS = ["ES256", "EdDSA", "RS256", "PS256"]


def verified_by_joserfc(token: str, key_set: Any, algorithm: str) -> dict[str, Any]:
    return joserfc_jwt.decode(token, KeySet.import_key_set(key_set), [algorithm]).claims


def verified_by_jwcrypto(token: str, key_set: dict[str, Any], algorithm: str) -> dict[str, Any]:
    keys = JWKSet.from_json(json.dumps(key_set))
    return dict(json.loads(jwcrypto_jwt.JWT(jwt=token, key=keys, algs=[algorithm]).claims))


def verified_by_authlib(token: str, key_set: dict[str, Any], algorithm: str) -> dict[str, Any]:
    claims = authlib_jwt.decode(token, JsonWebKey.import_key_set(key_set))
    claims.validate()
    return dict(claims)


# joserfc asks for the newer name "Ed25519", which PyJWT and most verifiers do not know yet.
@pytest.mark.proves("J1", "J12", "K1")
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_three_independent_libraries_verify_the_answer_with_the_published_keys(
    deploy: Deploy, algorithm: str
) -> None:
    """Exactly the documented claims."""
    remint = deploy(REMINT_TOKENS_ALGORITHM=algorithm)
    before = int(time.time())
    opened = remint.log_in()
    answer = remint.refresh(opened["refreshToken"])
    assert (answer.status_code, set(answer.json())) == (200, {"jwtToken"})
    token = answer.json()["jwtToken"]
    key_set = remint.client.get("/.well-known/jwks.json").json()
    first, *others = [
        verify(token, key_set, algorithm)
        for verify in (verified_by_joserfc, verified_by_jwcrypto, verified_by_authlib)
    ]
    assert others == [first, first]
    assert set(first) == {
        *("iss", "sub", "aud", "client_id", "iat", "exp", "jti", "sid", "auth_time", "roles")
    }
    assert (first["iss"], first["aud"]) == ("http://localhost:8080", "remint")
    assert first["roles"] == ["admin"]
    assert before <= first["auth_time"] <= first["iat"] <= time.time()
    assert first["exp"] - first["iat"] == 600


@pytest.mark.proves("D2", "D5")
def test_a_revoked_session_refreshes_no_more_and_a_deleted_users_answers_404(
    deploy: Deploy,
) -> None:
    remint = deploy()
    gone, kept = remint.log_in()["refreshToken"], remint.log_in()["refreshToken"]
    revoked = remint.client.post("/api/v1/authenticate/revoke", json={"refreshToken": gone})
    assert revoked.status_code == 204
    refused = remint.refresh(gone)
    assert refused.status_code == 401
    assert refused.json()["error"]["details"][0]["code"] == "sessionRevoked"
    assert remint.refresh(kept).status_code == 200
    remint.run("users", "delete", "alice")
    orphaned = remint.refresh(kept)
    assert orphaned.status_code == 404
    assert orphaned.json()["error"]["code"] == "userNotFound"


@pytest.mark.proves("S1", "T3")
def test_nothing_that_was_issued_is_found_in_the_files_or_the_output(
    deploy: Deploy,
) -> None:
    """The database file, its WAL and all log output."""
    remint = deploy(REMINT_LOG_LEVEL="debug")
    sessions = [remint.log_in(renewal="rotating") for _ in range(5)]
    tokens = [session["refreshToken"] for session in sessions]
    tokens += [remint.refresh(token).json()["refreshToken"] for token in tokens]
    jwts = [session["jwtToken"] for session in sessions]
    remint.refresh(tokens[0][:-1] + "A")
    files = [path.read_bytes() for path in remint.folder.iterdir() if path.is_file()]
    assert len(files) >= 4, "database, WAL, output and errors"
    everything = b"".join(files) + remint.server.output.encode()
    for token in tokens:
        raw = base64.urlsafe_b64decode(token.removeprefix("rmt1_"))
        for hidden in (token.encode(), raw[21:53], raw[21:53].hex().encode()):
            assert hidden not in everything
    for secret in (*jwts, PASSWORD, SECRET):
        assert secret.encode() not in everything
