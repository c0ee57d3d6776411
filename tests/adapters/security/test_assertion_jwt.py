"""How the assertions of other parties are read and verified."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assertions import Assertion
from domain.causes import AssertionFlaw
from domain.errors import InvalidAssertion
from domain.key_sources import KeySource
from infrastructure.security.assertion_jwt import LONGEST, JwtAssertions
from infrastructure.security.public_keys import PublicKeys, given_keys, published_keys
from tests.support.fakes.other_parties import KINDS, Party

pytestmark = pytest.mark.anyio

SOURCE = KeySource(url="https://keys.example/")
CLAIMS: dict[str, Any] = {
    "iss": "https://id.example",
    "sub": "ada",
    "aud": "shop",
    "exp": 1_800_000_000,
}


class Published:
    """A source whose keys change, and how often they were asked for again."""

    def __init__(self, first: str, later: str | None = None) -> None:
        self.first, self.later, self.fetches = first, later or first, 0

    async def held(self, source: KeySource) -> PublicKeys:
        return given_keys(source.jwks) if source.jwks else published_keys(self.first.encode())

    async def newer(self, _: KeySource) -> PublicKeys:
        self.fetches += 1
        return published_keys(self.later.encode())


def verifier(published: Published) -> JwtAssertions:
    return JwtAssertions(published.held, published.newer)


async def verified(party: Party, text: str) -> Assertion:
    return await verifier(Published(party.jwks())).verify(text, SOURCE)


async def flaw(text: str, party: Party) -> AssertionFlaw:
    with pytest.raises(InvalidAssertion) as refused:
        await verified(party, text)
    return refused.value.flaw


def compact(header: str | dict[str, Any], payload: str | dict[str, Any], signature: str) -> str:
    texts = [part if isinstance(part, str) else json.dumps(part) for part in (header, payload)]
    parts = [base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode() for text in texts]
    return ".".join([*parts, signature])


@pytest.mark.parametrize("algorithm", KINDS)
async def test_an_assertion_says_what_its_issuer_signed(algorithm: str) -> None:
    party = Party.of(algorithm)
    text = party.sign({**CLAIMS, "jti": "1", "iat": 1_799_999_000.5, "nbf": 1_799_999_000})
    assertion = await verified(party, text)
    assert (assertion.issuer, assertion.subject) == ("https://id.example", "ada")
    assert (assertion.audience, assertion.id) == (("shop",), "1")
    assert assertion.expires_at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert assertion.issued_at == datetime.fromtimestamp(1_799_999_000.5, UTC)
    assert assertion.not_before == datetime.fromtimestamp(1_799_999_000, UTC)
    assert assertion.authenticated_at is None


async def test_claims_are_kept_as_they_were_written() -> None:
    party = Party()
    said = {**CLAIMS, "org": {"id": 12345678901234567890}, "aud": ["shop", "x"], "auth_time": 5}
    assertion = await verified(party, party.sign(said))
    assert json.loads(assertion.claims["org"]) == {"id": 12345678901234567890}
    assert assertion.audience == ("shop", "x")
    assert assertion.authenticated_at == datetime.fromtimestamp(5, UTC)


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "application/jwt", "authorization-grant+jwt"])
async def test_assertions_have_a_type_of_theirs(typ: str | None) -> None:
    party = Party()
    assert (await verified(party, party.sign(CLAIMS, typ=typ))).subject == "ada"


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", "JOSE"])
async def test_a_jwt_of_another_purpose_is_no_assertion(typ: str) -> None:
    party = Party()
    assert await flaw(party.sign(CLAIMS, typ=typ), party) is AssertionFlaw.MALFORMED


async def test_a_log_out_token_is_no_assertion() -> None:
    party = Party()
    event: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    text = party.sign({**CLAIMS, "events": event})
    assert await flaw(text, party) is AssertionFlaw.MALFORMED


@pytest.mark.parametrize(
    "change",
    [
        *({"iss": None}, {"iss": 1}, {"iss": ""}, {"iss": "x" * 256}, {"sub": None}, {"sub": 1}),
        *({"sub": ""}, {"aud": None}, {"aud": 1}, {"aud": [1]}, {"exp": None}, {"exp": "soon"}),
        *({"exp": 1e300}, {"exp": -1e300}, {"nbf": "x"}, {"iat": "x"}, {"jti": 1}),
        {"auth_time": "x"},
    ],
)
async def test_an_assertion_without_a_sound_claim_is_malformed(change: dict[str, Any]) -> None:
    party = Party()
    claims = {name: value for name, value in {**CLAIMS, **change}.items() if value is not None}
    # PyJWT refuses to sign some of these, and the signature is not what is at fault.
    text = compact({"alg": "ES256", "kid": "1"}, claims, "AAAA")
    if change.get("exp") in (1e300, -1e300):
        text = party.sign(claims)
    assert await flaw(text, party) is AssertionFlaw.MALFORMED


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "..", "a.b.c", "a.b", "a.b.c.d", "ä.ä.ä", "=.=.=", "x" * (LONGEST + 1)),
        compact("[]", CLAIMS, "AAAA"),
        compact({"alg": "ES256"}, "[]", "AAAA"),
        compact({"kid": "1"}, CLAIMS, "AAAA"),
        compact({"alg": 1}, CLAIMS, "AAAA"),
        compact({"alg": "ES256", "kid": 1}, CLAIMS, "AAAA"),
        compact({"alg": "ES256"}, "{" * 5000, "AAAA"),
        compact({"alg": "ES256"}, CLAIMS, "A"),
    ],
)
async def test_what_is_no_jwt_is_malformed(text: str) -> None:
    assert await flaw(text, Party()) is AssertionFlaw.MALFORMED
    with pytest.raises(InvalidAssertion):
        verifier(Published(Party().jwks())).issuer_of(text)


async def test_a_name_that_is_there_twice_is_malformed() -> None:
    party = Party()
    twice = '{"iss":"a","sub":"ada","sub":"bob","aud":"shop","exp":1800000000}'
    head = '{"alg":"ES256","alg":"ES256"}'
    for text in (compact({"alg": "ES256"}, twice, "AAAA"), compact(head, CLAIMS, "AAAA")):
        assert await flaw(text, party) is AssertionFlaw.MALFORMED


async def test_the_algorithm_is_the_key_s() -> None:
    """RFC 8725 section 3.1: neither `none`, nor the public key as the secret of an HMAC."""
    party = Party.of("RS256")
    none = jwt.encode(CLAIMS, "", algorithm="none", headers={"kid": "1"})
    pem = party.key.export_to_pem()
    body = compact({"alg": "HS256", "kid": "1"}, CLAIMS, "").rstrip(".")
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(body.encode(), pem)
    confused = f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    for text in (none, confused, Party.of("ES256").sign(CLAIMS)):
        assert await flaw(text, party) is AssertionFlaw.UNKNOWN_KEY


async def test_a_key_with_an_algorithm_verifies_no_other_one() -> None:
    party = Party.of("RS256")
    published = Published(party.jwks(alg="RS256"))
    assert (await verifier(published).verify(party.sign(CLAIMS), SOURCE)).subject == "ada"
    with pytest.raises(InvalidAssertion) as refused:
        await verifier(published).verify(party.sign(CLAIMS, alg="RS512"), SOURCE)
    assert refused.value.flaw is AssertionFlaw.UNKNOWN_KEY


async def test_a_changed_assertion_has_a_wrong_signature() -> None:
    party = Party()
    head, _, signature = party.sign(CLAIMS).split(".")
    _, body, _ = party.sign({**CLAIMS, "sub": "eve"}).split(".")
    assert await flaw(f"{head}.{body}.{signature}", party) is AssertionFlaw.WRONG_SIGNATURE


async def test_a_header_that_must_be_understood_is_refused() -> None:
    party = Party()
    text = party.sign(CLAIMS, crit=["exp"])
    assert await flaw(text, party) is AssertionFlaw.WRONG_SIGNATURE


async def test_a_key_inside_the_assertion_counts_for_nothing() -> None:
    party, thief = Party(), Party()
    for header in ({"jwk": thief.public}, {"jku": "https://thief.example/"}, {"x5u": "https://x"}):
        text = thief.sign(CLAIMS, **header)
        assert await flaw(text, party) is AssertionFlaw.WRONG_SIGNATURE


async def test_a_key_that_was_rotated_is_fetched() -> None:
    old, new = Party(kid="1"), Party(kid="2")
    published = Published(old.jwks(), later=new.jwks())
    assertion = await verifier(published).verify(new.sign(CLAIMS), SOURCE)
    assert (assertion.subject, published.fetches) == ("ada", 1)


async def test_a_rotated_key_is_fetched_for_a_jwt_without_an_id_too() -> None:
    old, new = Party(kid=None), Party(kid=None)
    published = Published(old.jwks(), later=new.jwks())
    await verifier(published).verify(new.sign(CLAIMS), SOURCE)
    assert published.fetches == 1


async def test_keys_that_were_given_are_never_fetched() -> None:
    given_one, other = Party(), Party(kid="2")
    published = Published(other.jwks())
    source = KeySource(jwks=given_one.jwks())
    await verifier(published).verify(given_one.sign(CLAIMS), source)
    with pytest.raises(InvalidAssertion):
        await verifier(published).verify(other.sign(CLAIMS), source)
    assert published.fetches == 0


@given(st.text(max_size=60) | st.text("abc.-_=", max_size=60))
def test_no_text_ends_in_anything_but_a_flaw(text: str) -> None:
    party = Party(key=KEY.key)
    with pytest.raises(InvalidAssertion):
        asyncio.run(verified(party, text))


@given(st.integers(0, 400), st.integers(0, 255))
def test_no_changed_character_is_accepted(at: int, by: int) -> None:
    text = KEY.sign(CLAIMS)
    index = at % len(text)
    changed = text[:index] + chr(by) + text[index + 1 :]
    if changed == text:
        return
    with pytest.raises(InvalidAssertion):
        asyncio.run(verified(KEY, changed))


KEY = Party()
