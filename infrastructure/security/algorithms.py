"""Owns the signature algorithms, and how each makes its keys."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import Algorithm, ECAlgorithm, get_default_algorithms

from infrastructure.security import base64url

RSA_BITS = 3072
"""Strong enough beyond 2030 (NIST SP 800-57 part 1 table 2); RFC 7518 requires at least 2048."""

_MAKERS: Mapping[str, Callable[[], PrivateKeyTypes]] = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "RS256": lambda: rsa.generate_private_key(65537, RSA_BITS),
    "PS256": lambda: rsa.generate_private_key(65537, RSA_BITS),
}


class _Es256(ECAlgorithm):
    """PyJWT's ES256, which writes the two numbers of a signature by way of hexadecimal text."""

    def sign(self, msg: bytes, key: Any) -> bytes:
        r, s = decode_dss_signature(key.sign(msg, _ECDSA_SHA256))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")  # RFC 7518 section 3.4


_ECDSA_SHA256 = ec.ECDSA(hashes.SHA256())
_JWS: Mapping[str, Algorithm] = {
    **get_default_algorithms(),
    "ES256": _Es256(ECAlgorithm.SHA256, ec.SECP256R1),
}
_THUMBPRINT_MEMBERS = {"EC": "crv kty x y", "OKP": "crv kty x", "RSA": "e kty n"}


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """One JWS algorithm (RFC 7518 section 3.1, RFC 8037); all are asymmetric."""

    name: str
    _jws: Algorithm

    @classmethod
    def named(cls, name: str) -> "SignatureAlgorithm":
        """The algorithm with that JWS name.

        Raises:
            KeyError: this service does not sign with that algorithm.
        """
        if name not in _MAKERS:
            raise KeyError(name)
        return cls(name, _JWS[name])

    def make_private_key(self) -> PrivateKeyTypes:
        """A new private key."""
        return _MAKERS[self.name]()

    def sign(self, message: bytes, private_key: Any) -> bytes:
        """The raw JWS signature of `message`."""
        return self._jws.sign(message, private_key)

    def verify(self, message: bytes, public_key: Any, signature: bytes) -> bool:
        """Whether `signature` belongs to `message`."""
        return self._jws.verify(message, public_key, signature)

    def public_jwk(self, public_key: Any) -> dict[str, str]:
        """The public key as JWK with `kid`, `use` and `alg`, and no private member."""
        jwk = self._jws.to_jwk(public_key, as_dict=True)
        public = required_members(jwk)
        return {**public, "kid": thumbprint(public), "use": "sig", "alg": self.name}


def public_pem(public_key: Any) -> str:
    """The public key as SubjectPublicKeyInfo in PEM (RFC 7468 section 13)."""
    pem: bytes = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def required_members(jwk: Mapping[str, str]) -> dict[str, str]:
    """The members that every public key of that kind has (RFC 7638 section 3.2)."""
    return {member: jwk[member] for member in _THUMBPRINT_MEMBERS[jwk["kty"]].split()}


def thumbprint(required_members: Mapping[str, str]) -> str:
    """The thumbprint of a key (RFC 7638 section 3)."""
    canonical = json.dumps(required_members, sort_keys=True, separators=(",", ":"))
    return base64url.encode(hashlib.sha256(canonical.encode()).digest()).decode()
