"""Owns the public keys of other parties: JWK sets (RFC 7517), read and chosen from."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jwt import PyJWK
from jwt.exceptions import PyJWTError

from domain.assertions import ALGORITHMS

MOST_KEYS = 100
MOST_CANDIDATES = 8
"""How many keys are tried where the assertion names none."""

_RSA = [name for name in ALGORITHMS if name[:2] in {"RS", "PS"}]
_ALGORITHMS_OF = {
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("OKP", "Ed448"): ("EdDSA",),
}
_PUBLIC = frozenset({"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use", "key_ops"})
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class UnusableKeys(Exception):
    """The text is no set of keys that verify signatures. The message says why."""


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One key, ready for each algorithm that it can verify."""

    id: str | None
    by_algorithm: Mapping[str, PyJWK]


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The keys of one party."""

    keys: tuple[VerificationKey, ...]

    def fitting(self, key_id: str | None, algorithm: str) -> Sequence[PyJWK]:
        """The keys that can have signed a JWT with that `kid` and `alg`.

        A key without an id fits every JWT, and a JWT without `kid` every key.
        """
        fitting = (
            key.by_algorithm[algorithm]
            for key in self.keys
            if algorithm in key.by_algorithm and (key_id is None or key.id in (None, key_id))
        )
        return [key for key, _ in zip(fitting, range(MOST_CANDIDATES), strict=False)]


def published_keys(text: bytes) -> PublicKeys:
    """The keys of a set that another party publishes; those of other uses and kinds are left out.

    Raises:
        UnusableKeys: not a JWK set, or one without any key for signatures.
    """
    keys = []
    for jwk in _members(text):
        try:
            keys.append(_key(jwk))
        except UnusableKeys:
            continue
    if not keys:
        raise UnusableKeys("no key for signatures is in it")
    return PublicKeys(tuple(keys))


@lru_cache(maxsize=256)
def given_keys(text: str) -> PublicKeys:
    """The keys of a set that an operator gave.

    Raises:
        UnusableKeys: not a JWK set, or it has a key that is private, weak, or of no known kind.
    """
    keys = []
    for jwk in _members(text.encode(errors="surrogatepass")):
        if not _PRIVATE.isdisjoint(jwk):
            raise UnusableKeys("a private key is in it")
        keys.append(_key(jwk))
    return PublicKeys(tuple(keys))


def _members(text: bytes) -> Sequence[Mapping[str, Any]]:
    try:
        document = json.loads(text)
        keys = document["keys"]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise UnusableKeys("it is no JWK set") from None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise UnusableKeys("it is no JWK set")
    if not 0 < len(keys) <= MOST_KEYS:
        raise UnusableKeys("it has no key, or too many")
    return keys


def _key(jwk: Mapping[str, Any]) -> VerificationKey:
    public = {name: value for name, value in jwk.items() if name in _PUBLIC}
    key_id = public.get("kid")
    if key_id is not None and not isinstance(key_id, str):
        raise UnusableKeys("a key has an id that is no text")
    return VerificationKey(key_id, dict(_prepared(public)))


def one_key(jwk: Mapping[str, Any], algorithm: str) -> PyJWK:
    """The key of a JWK that stands alone, for that algorithm.

    Raises:
        UnusableKeys: the key is private, symmetric, weak, or does not fit.
    """
    if not _PRIVATE.isdisjoint(jwk):
        raise UnusableKeys("the key is private")
    key = _key(jwk).by_algorithm.get(algorithm)
    if key is None:
        raise UnusableKeys("the key does not fit the algorithm")
    return key


def _prepared(jwk: dict[str, Any]) -> Iterator[tuple[str, PyJWK]]:
    algorithms = _algorithms(jwk)
    if not algorithms:
        raise UnusableKeys("a key is not for signatures")
    for algorithm in algorithms:
        try:
            key = PyJWK(jwk, algorithm=algorithm)
            weakness = key.Algorithm.check_key_length(key.key)
        except (PyJWTError, ValueError, TypeError, KeyError, AttributeError):
            raise UnusableKeys("a key is damaged") from None
        if weakness:
            raise UnusableKeys("a key is too weak")
        yield algorithm, key


def _algorithms(jwk: Mapping[str, Any]) -> Sequence[str]:
    """The algorithms that the key can verify; its `alg`, `use` and `key_ops` restrict them."""
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig":
        return ()
    if not isinstance(operations, list) or "verify" not in operations:
        return ()
    kind, curve = jwk.get("kty"), jwk.get("crv")
    if not isinstance(kind, str) or not isinstance(curve, str | None):
        return ()
    possible = _RSA if kind == "RSA" else _ALGORITHMS_OF.get((kind, curve or ""), ())
    chosen = jwk.get("alg")
    return possible if chosen is None else [name for name in possible if name == chosen]
