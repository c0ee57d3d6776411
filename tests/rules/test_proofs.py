"""When a proof of possession is accepted (RFC 9449 section 4.3)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from domain.causes import ProofFlaw
from domain.proofs import (
    LEEWAY,
    PresentedProof,
    Proof,
    ProofPolicy,
    ath_of,
    is_same_address,
)
from tests.support.fakes.builders import HOUR, MINUTE, NOON, SECOND

pytestmark = pytest.mark.proves("O7")

POLICY = ProofPolicy(address="https://auth.example/base/", max_age=MINUTE)
WITH_NONCES = replace(POLICY, needs_nonce=True)
REQUEST = PresentedProof("text", "POST", "/oauth/token")
PROOF = Proof("key", "POST", "https://auth.example/base/oauth/token", "id", NOON)
TINY = SECOND / 1000


def flaw(
    proof: Proof = PROOF,
    policy: ProofPolicy = POLICY,
    key: str | None = None,
    token: str | None = None,
    nonce_made_at: datetime | None = None,
) -> ProofFlaw | None:
    return policy.flaw(proof, REQUEST, NOON, key=key, token=token, nonce_made_at=nonce_made_at)


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ({}, None),
        ({"method": "GET"}, ProofFlaw.WRONG_METHOD),
        ({"method": "post"}, ProofFlaw.WRONG_METHOD),
        ({"address": "https://auth.example/oauth/token"}, ProofFlaw.WRONG_ADDRESS),
        ({"issued_at": NOON + LEEWAY}, None),
        ({"issued_at": NOON + LEEWAY + TINY}, ProofFlaw.NOT_YET_VALID),
        ({"issued_at": NOON - MINUTE - LEEWAY + TINY}, None),
        ({"issued_at": NOON - MINUTE - LEEWAY}, ProofFlaw.EXPIRED),
        ({"ath": "anything"}, None),
        ({"nonce": "anything"}, None),
    ],
)
def test_each_claim_is_required_to_hold(
    differences: dict[str, Any], expected: ProofFlaw | None
) -> None:
    assert flaw(replace(PROOF, **differences)) is expected


def test_a_bound_session_takes_proofs_of_its_key_alone() -> None:
    assert flaw(key="key") is None
    assert flaw(key="another key") is ProofFlaw.WRONG_KEY


def test_a_jwt_is_presented_with_a_proof_that_names_it() -> None:
    of_jwt = replace(PROOF, ath=ath_of("a.b.c"))
    assert flaw(of_jwt, token="a.b.c") is None
    assert flaw(of_jwt, token="a.b.d") is ProofFlaw.WRONG_TOKEN
    assert flaw(PROOF, token="a.b.c") is ProofFlaw.WRONG_TOKEN


def test_the_digest_of_a_jwt_is_that_of_the_rfc() -> None:
    """RFC 9449 section 7.1, whose access token has this `ath`."""
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    assert ath_of(token) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


@pytest.mark.parametrize(
    ("made_at", "expected"),
    [
        (None, ProofFlaw.NONCE_NEEDED),
        (NOON, None),
        (NOON - MINUTE - LEEWAY + TINY, None),
        (NOON - MINUTE - LEEWAY, ProofFlaw.NONCE_NEEDED),
        (NOON + LEEWAY + TINY, ProofFlaw.NOT_YET_VALID),
    ],
)
def test_where_nonces_are_needed_the_servers_clock_counts(
    made_at: datetime | None, expected: ProofFlaw | None
) -> None:
    for client_clock in (NOON - HOUR, NOON, NOON + HOUR):
        proof = replace(PROOF, issued_at=client_clock)
        assert flaw(proof, WITH_NONCES, nonce_made_at=made_at) is expected


SAME = "https://auth.example/oauth/token"


@pytest.mark.parametrize(
    "htu",
    [
        SAME,
        "HTTPS://AUTH.example/oauth/token",
        "https://auth.example:443/oauth/token",
        SAME + "?a=b",
        SAME + "#part",
    ],
)
def test_one_resource_has_several_spellings(htu: str) -> None:
    assert is_same_address(htu, SAME)
    assert is_same_address(SAME, htu)


@pytest.mark.parametrize(
    "htu",
    [
        *("", "/oauth/token", "auth.example/oauth/token", "https:///oauth/token"),
        *("http://auth.example/oauth/token", "https://auth.example:8443/oauth/token"),
        *("https://auth.example.evil/oauth/token", "https://user@auth.example/oauth/token"),
        *(SAME + "/", "https://auth.example/OAuth/token", "https://auth.example//oauth/token"),
        *("https://auth.example/oauth/token%2F", "https://auth.example:port/oauth/token"),
        *("https://[::1/oauth/token", "https://auth.example:99999/oauth/token"),
    ],
)
def test_another_resource_is_another(htu: str) -> None:
    assert not is_same_address(htu, SAME)


def test_a_host_alone_has_the_root_path() -> None:
    assert is_same_address("https://auth.example", "https://auth.example/")
