"""How proofs of possession are read and verified, and the nonces in them (RFC 9449)."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.jwk import JWK

from domain.causes import ProofFlaw
from domain.errors import InvalidProof
from domain.proofs import Proof
from infrastructure.security.nonces import MacNonces
from infrastructure.security.proof_jwt import LONGEST, LONGEST_ID, JwtProofs
from infrastructure.security.server_secrets import ServerSecrets
from tests.support.fakes.other_parties import KINDS, Party

pytestmark = pytest.mark.proves("O7")

CLAIMS: dict[str, Any] = {
    "jti": "an id",
    "htm": "POST",
    "htu": "https://auth.example/oauth/token",
    "iat": 1_800_000_000,
}
KEY = Party(kid=None)
OTHER = Party(kid=None)


def signed(party: Party = KEY, claims: dict[str, Any] = CLAIMS, **header: Any) -> str:
    return party.sign(claims, **{"typ": "dpop+jwt", "jwk": party.public, **header})


def read(text: str) -> Proof:
    return JwtProofs().read(text)


def flaw(text: str) -> ProofFlaw:
    with pytest.raises(InvalidProof) as refused:
        read(text)
    return refused.value.flaw


@pytest.mark.parametrize("algorithm", KINDS)
def test_a_proof_says_what_its_key_signed(algorithm: str) -> None:
    party = Party.of(algorithm, None)
    proof = read(signed(party, {**CLAIMS, "nonce": "n", "ath": "digest"}))
    assert proof == Proof(
        key=party.key.thumbprint(),
        method="POST",
        address="https://auth.example/oauth/token",
        id="an id",
        issued_at=datetime.fromtimestamp(1_800_000_000, UTC),
        nonce="n",
        ath="digest",
    )


def test_a_key_that_says_more_of_itself_has_the_same_thumbprint() -> None:
    more = {**KEY.public, "kid": "1", "use": "sig", "alg": "ES256", "x5c": ["AAAA"]}
    assert read(signed(jwk=more)).key == read(signed()).key == KEY.key.thumbprint()


@pytest.mark.parametrize("name", ["jti", "htm", "htu", "iat"])
def test_a_proof_without_a_claim_is_malformed(name: str) -> None:
    claims = {other: value for other, value in CLAIMS.items() if other != name}
    assert flaw(signed(claims=claims)) is ProofFlaw.MALFORMED


@pytest.mark.parametrize(
    "change",
    [
        *({"jti": 1}, {"jti": ""}, {"jti": "x" * (LONGEST_ID + 1)}, {"htm": None}, {"htu": []}),
        *({"iat": "now"}, {"iat": 1e300}, {"iat": None}, {"nonce": 1}, {"ath": {}}),
    ],
)
def test_a_claim_of_another_form_is_malformed(change: dict[str, Any]) -> None:
    # PyJWT signs some of these claims only as bytes.
    payload = json.dumps({**CLAIMS, **change}).encode()
    text = jwt.PyJWS().encode(
        payload,
        KEY.key.export_to_pem(private_key=True, password=None),
        "ES256",
        {"typ": "dpop+jwt", "jwk": KEY.public},
    )
    assert flaw(text) is ProofFlaw.MALFORMED


@pytest.mark.parametrize(
    "header",
    [
        *({"typ": None}, {"typ": "JWT"}, {"typ": "at+jwt"}, {"jwk": None}, {"jwk": "key"}),
        *({"jwk": {}}, {"jwk": {"kty": "oct", "k": "AAAA"}}, {"crit": ["exp"]}, {"jwk": []}),
        {"jwk": {**KEY.public, "use": "enc"}},
        {"jwk": {**KEY.public, "alg": "ES384"}},
        {"jwk": {**KEY.public, "crv": "P-384"}},
        {"jwk": {**KEY.public, "x": "AAAA"}},
        {"jwk": KEY.key.export_private(as_dict=True)},
    ],
)
def test_a_header_of_another_form_is_malformed(header: dict[str, Any]) -> None:
    assert flaw(signed(**header)) is ProofFlaw.MALFORMED


def test_a_weak_key_proves_nothing() -> None:
    weak = Party("RS256", None, JWK.generate(kty="RSA", size=1024))
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        text = signed(weak)
    assert flaw(text) is ProofFlaw.MALFORMED


def test_another_key_in_the_header_did_not_sign() -> None:
    assert flaw(signed(jwk=OTHER.public)) is ProofFlaw.WRONG_SIGNATURE


def test_the_algorithm_is_the_key_s() -> None:
    none = jwt.encode(CLAIMS, "", "none", {"typ": "dpop+jwt", "jwk": KEY.public})
    mac = jwt.encode(CLAIMS, "x" * 32, "HS256", {"typ": "dpop+jwt", "jwk": KEY.public})
    rsa = Party.of("RS256", None)
    for text in (none, mac, signed(jwk=rsa.public), signed(rsa, jwk=KEY.public)):
        assert flaw(text) is ProofFlaw.MALFORMED


def test_a_name_that_is_there_twice_is_malformed() -> None:
    head, _, signature = signed().split(".")
    twice = b'{"jti":"a","jti":"b","htm":"POST","htu":"https://a/","iat":1}'
    body = base64.urlsafe_b64encode(twice).rstrip(b"=").decode()
    assert flaw(f"{head}.{body}.{signature}") is ProofFlaw.MALFORMED


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "a.b", "ä.b.c", "x" * (LONGEST + 1)])
def test_what_is_no_jwt_is_malformed(text: str) -> None:
    assert flaw(text) is ProofFlaw.MALFORMED


@given(st.text(max_size=60) | st.text("abc.-_=", max_size=60))
def test_no_text_ends_in_anything_but_a_flaw(text: str) -> None:
    assert flaw(text) is ProofFlaw.MALFORMED


PROOF = signed()


@given(st.integers(0, len(PROOF) - 1), st.integers(0, 255))
def test_no_changed_character_is_accepted(index: int, by: int) -> None:
    changed = PROOF[:index] + chr(by) + PROOF[index + 1 :]
    if changed != PROOF:
        assert flaw(changed) in (ProofFlaw.MALFORMED, ProofFlaw.WRONG_SIGNATURE)


@given(
    st.sampled_from(["jti", "htm", "htu", "iat", "nonce", "ath", "other"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
)
def test_no_claim_of_any_value_ends_in_anything_but_a_proof_or_a_flaw(
    name: str, value: object
) -> None:
    payload = json.dumps({**CLAIMS, name: value}).encode()
    key = KEY.key.export_to_pem(private_key=True, password=None)
    text = jwt.PyJWS().encode(payload, key, "ES256", {"typ": "dpop+jwt", "jwk": KEY.public})
    with suppress(InvalidProof):
        assert read(text).key == KEY.key.thumbprint()


NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIRST, SECOND = b"the first server secret, long enough", b"the second server secret, as long"


def test_every_instance_knows_a_nonce() -> None:
    nonce = MacNonces(ServerSecrets([FIRST])).make(NOW + timedelta(milliseconds=400))
    assert MacNonces(ServerSecrets([FIRST, SECOND])).made_at(nonce) == NOW
    assert MacNonces(ServerSecrets([SECOND])).made_at(nonce) is None


def test_nobody_else_makes_a_nonce() -> None:
    nonces = MacNonces(ServerSecrets([FIRST]))
    nonce = nonces.make(NOW)
    assert nonces.made_at(nonce) == NOW
    for index in range(len(nonce)):
        changed = "A" if nonce[index] != "A" else "B"
        assert nonces.made_at(nonce[:index] + changed + nonce[index + 1 :]) is None
    for text in ("", "x", nonce + "A", nonce[:-1], "ä", nonce + "=", "\x00"):
        assert nonces.made_at(text) is None
