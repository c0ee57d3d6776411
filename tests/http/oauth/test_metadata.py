"""The metadata documents lead to the endpoints (RFC 8414)."""

import httpx
import pytest

from interfaces.http.wire.options import HttpOptions
from tests.support.checks.http_calls import calling
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = [pytest.mark.anyio, pytest.mark.proves("O6")]

WELL_KNOWN = "/.well-known/oauth-authorization-server"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
OPENID = "/.well-known/openid-configuration"


async def test_both_documents_are_one_and_name_the_issuer_exactly(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(WELL_KNOWN)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    said = answer.json()
    assert said == (await client.get(OPENID)).json()
    assert said["issuer"] == "http://localhost:8080"
    assert said["jwks_uri"] == "http://localhost:8080/.well-known/jwks.json"
    assert said["grant_types_supported"] == ["refresh_token", JWT_BEARER]
    assert "authorization_endpoint" not in said
    for endpoint in ("token", "revocation", "introspection"):
        assert "private_key_jwt" in said[f"{endpoint}_endpoint_auth_methods_supported"]
        algorithms = said[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert {"RS256", "ES256", "EdDSA"} < set(algorithms)
        assert not any(name.startswith("HS") or name == "none" for name in algorithms)
    assert all(said.values())


@pytest.mark.parametrize("issuer", ["https://auth.test", "https://auth.test/tenant/one"])
async def test_each_endpoint_is_served_below_the_issuer(house: HttpOverFakes, issuer: str) -> None:
    path = issuer.removeprefix("https://auth.test")
    async with calling(house.app(HttpOptions(issuer=issuer))) as client:
        said = (await client.get(WELL_KNOWN + path)).json()
        assert said["issuer"] == issuer
        for name in ("token", "revocation", "introspection"):
            endpoint = said[f"{name}_endpoint"]
            assert endpoint.startswith(f"{issuer}/oauth/")
            answer = await client.post(endpoint.removeprefix(issuer), data={"a": "b"})
            assert answer.status_code in (400, 401)
        keys = said["jwks_uri"].removeprefix(issuer)
        assert (await client.get(keys)).status_code == 200
