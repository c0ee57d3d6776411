"""Other parties that sign JWTs: their private keys, and the key sets that they publish."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import jwt
from jwcrypto.jwk import JWK

from domain.proofs import ath_of

KINDS: dict[str, dict[str, Any]] = {
    "RS256": {"kty": "RSA", "size": 2048},
    "PS256": {"kty": "RSA", "size": 2048},
    "ES256": {"kty": "EC", "crv": "P-256"},
    "ES384": {"kty": "EC", "crv": "P-384"},
    "ES512": {"kty": "EC", "crv": "P-521"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
}
_made: dict[str, JWK] = {}


def a_key(algorithm: str = "ES256") -> JWK:
    """A key, another one in each call; only those of RSA, which take long, are the same."""
    if KINDS[algorithm]["kty"] != "RSA":
        return JWK.generate(**KINDS[algorithm])
    return _made.setdefault(algorithm, JWK.generate(**KINDS[algorithm]))


@dataclass
class Party:
    """Signs with one key and publishes it under `kid`, if it has one."""

    algorithm: str = "ES256"
    kid: str | None = "1"
    key: JWK = field(default_factory=lambda: a_key("ES256"))

    @classmethod
    def of(cls, algorithm: str, kid: str | None = "1") -> "Party":
        return cls(algorithm, kid, a_key(algorithm))

    @property
    def public(self) -> dict[str, Any]:
        members = self.key.export_public(as_dict=True)
        members.pop("kid", None)
        return members if self.kid is None else {**members, "kid": self.kid}

    def jwks(self, *more: dict[str, Any], **members: Any) -> str:
        return json.dumps({"keys": [{**self.public, **members}, *more]})

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A compact JWT. A header parameter that is None is left out."""
        headers = {"kid": self.kid, **header}
        return jwt.encode(
            claims,
            self.key.export_to_pem(private_key=True, password=None),
            algorithm=self.algorithm,
            headers={name: value for name, value in headers.items() if value is not None},
        )

    def client_assertion(self, client_id: str, audience: str, now: float) -> str:
        """What a client that has this key presents (OpenID Connect Core 1.0 section 9)."""
        claims = {"iss": client_id, "sub": client_id, "aud": audience, "jti": str(uuid4())}
        return self.sign({**claims, "iat": int(now), "exp": int(now) + 60})

    def proof(
        self, method: str, address: str, now: float, jwt_text: str | None = None, **claims: Any
    ) -> str:
        """A proof of possession of this key (RFC 9449 section 4.2)."""
        said: dict[str, Any] = {"jti": str(uuid4()), "htm": method, "htu": address, "iat": int(now)}
        if jwt_text is not None:
            said["ath"] = ath_of(jwt_text)
        return self.sign({**said, **claims}, typ="dpop+jwt", jwk=self.public, kid=None)
