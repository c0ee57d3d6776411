"""Which keys of a JWK set verify assertions (RFC 7517)."""

import json
from typing import Any

import pytest
from jwcrypto.jwk import JWK

from infrastructure.security.public_keys import (
    MOST_CANDIDATES,
    MOST_KEYS,
    UnusableKeys,
    given_keys,
    published_keys,
)
from tests.support.fakes.other_parties import KINDS, Party

RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
ALL = [*RSA, "ES256", "ES384", "ES512", "EdDSA", "HS256", "none"]


def read(text: str) -> set[str]:
    """The algorithms that a key of the set verifies."""
    keys = given_keys(text)
    return {algorithm for algorithm in ALL if keys.fitting(None, algorithm)}


@pytest.mark.parametrize("algorithm", KINDS)
def test_a_key_verifies_the_algorithms_of_its_kind_alone(algorithm: str) -> None:
    expected = set(RSA) if algorithm in RSA else {algorithm}
    assert read(Party.of(algorithm).jwks()) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"alg": "RS256"}, {"RS256"}),
        ({"alg": "PS384", "use": "sig"}, {"PS384"}),
        ({"key_ops": ["verify"]}, set(RSA)),
    ],
)
def test_a_key_that_says_more_verifies_less(members: dict[str, Any], expected: set[str]) -> None:
    assert read(Party.of("RS256").jwks(**members)) == expected


@pytest.mark.parametrize(
    "members",
    [
        *({"alg": "ES256"}, {"alg": "HS256"}, {"alg": "none"}, {"alg": "RSA-OAEP"}, {"alg": 1}),
        *({"use": "enc"}, {"key_ops": ["sign"]}, {"key_ops": "verify"}, {"kty": "EC"}),
        *({"kty": None}, {"kty": "oct", "k": "AAAA"}, {"n": ""}, {"n": 5}, {"e": "???"}),
        *({"crv": 1}, {"kid": 7}, {"kty": ["RSA"]}, {"d": "AQAB"}, {"p": "x"}),
    ],
)
def test_a_key_that_is_for_something_else_or_private_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(UnusableKeys):
        given_keys(Party.of("RS256").jwks(**members))


def test_a_weak_key_is_refused() -> None:
    weak = JWK.generate(kty="RSA", size=1024).export_public(as_dict=True)
    with pytest.raises(UnusableKeys, match="weak"):
        given_keys(json.dumps({"keys": [weak]}))


def test_a_point_that_is_not_on_the_curve_is_refused() -> None:
    broken = {**Party().public, "x": Party().public["x"]}
    with pytest.raises(UnusableKeys, match="damaged"):
        given_keys(json.dumps({"keys": [broken]}))


@pytest.mark.parametrize(
    "text",
    [
        *("", "no JSON", "[]", "null", "{}", '{"keys": {}}', '{"keys": []}', '{"keys": [1]}'),
        *('{"keys": [{}]}', "[" * 100_000, "\ud800", '{"keys": "x"}'),
    ],
)
def test_what_is_no_key_set_is_refused(text: str) -> None:
    with pytest.raises(UnusableKeys):
        given_keys(text)
    with pytest.raises(UnusableKeys):
        published_keys(text.encode(errors="replace"))


def test_too_many_keys_are_refused() -> None:
    keys = [Party().public] * (MOST_KEYS + 1)
    with pytest.raises(UnusableKeys):
        published_keys(json.dumps({"keys": keys}).encode())
    assert published_keys(json.dumps({"keys": keys[1:]}).encode())


def test_a_published_set_can_have_keys_for_other_purposes() -> None:
    """Providers publish encryption keys, and keys of kinds that come later."""
    party = Party()
    others = [
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
        {**Party.of("RS256").public, "use": "enc"},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
        {"kty": "oct", "k": "AAAA", "alg": "HS256"},
    ]
    keys = published_keys(party.jwks(*others).encode())
    assert [len(keys.fitting(None, name)) for name in ("ES256", "RS256", "HS256")] == [1, 0, 0]
    with pytest.raises(UnusableKeys):
        published_keys(json.dumps({"keys": others}).encode())


def test_private_members_of_a_published_key_are_not_read() -> None:
    party = Party()
    leaked = party.key.export_private(as_dict=True)
    [key] = published_keys(json.dumps({"keys": [leaked]}).encode()).fitting(None, "ES256")
    assert not hasattr(key.key, "private_numbers")


def test_a_key_is_chosen_by_its_id_where_both_have_one() -> None:
    one, two, nameless = Party(kid="1"), Party(kid="2"), Party(kid=None)
    keys = given_keys(one.jwks(two.public, nameless.public))
    assert [len(keys.fitting(kid, "ES256")) for kid in ("1", "2", "3", None)] == [2, 2, 1, 3]
    assert keys.fitting("1", "ES384") == []


def test_a_jwt_without_a_key_id_does_not_try_every_key() -> None:
    keys = given_keys(Party().jwks(*[Party(kid=str(n)).public for n in range(20)]))
    assert len(keys.fitting(None, "ES256")) == MOST_CANDIDATES
