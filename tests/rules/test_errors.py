"""What the product says when something goes wrong."""

import re
from datetime import timedelta
from typing import Any

import pytest

from domain import errors
from domain.causes import AssertionFlaw, ClaimsFault, ProofFlaw, RefusalCause
from domain.errors import (
    ClientSecretConflict,
    InvalidAssertion,
    InvalidClaims,
    InvalidClient,
    InvalidClientTerms,
    InvalidKeySource,
    InvalidProof,
    InvalidRefreshToken,
    InvalidTrustedIssuer,
    Misconfigured,
    NotAllowed,
    OutsideGrant,
    OutsideTerms,
    RemintError,
    TooManyLogins,
    Unavailable,
    UserNotFound,
    refusal,
)
from tests.support.fakes.builders import MINUTE, SECOND

ARGUMENTS: dict[type[RemintError], tuple[Any, ...]] = {
    InvalidRefreshToken: (RefusalCause.REUSED,),
    TooManyLogins: (MINUTE,),
    Unavailable: ("contended",),
    Misconfigured: ("databaseUnavailable",),
    InvalidClaims: (ClaimsFault.TOO_LONG,),
    InvalidClientTerms: ("session_limit",),
    InvalidAssertion: (AssertionFlaw.EXPIRED,),
    InvalidKeySource: ("url",),
    InvalidProof: (ProofFlaw.MISSING,),
    InvalidTrustedIssuer: ("subject_prefix",),
    ClientSecretConflict: ("The client is public.",),
    OutsideTerms: ("audience",),
    OutsideGrant: ("scope",),
    NotAllowed: ("manage-users",),
}
SENTENCES = re.compile(r"([A-Z][a-z]*( ([a-z0-9-]+|ASCII|JSON|JWTs|URL),?)+\. ?)+")


KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, RemintError) and kind is not RemintError
]


def made(kind: type[RemintError]) -> RemintError:
    return kind(*ARGUMENTS.get(kind, ()))


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_told_in_plain_sentences(kind: type[RemintError]) -> None:
    assert SENTENCES.fullmatch(str(made(kind))), str(made(kind))


def test_no_two_errors_say_the_same() -> None:
    told = [str(made(kind)) for kind in KINDS if kind is not Misconfigured]
    assert len(told) == len(set(told)) > 10


def test_clients_do_not_learn_whether_a_failure_passes_by_itself() -> None:
    refused = Misconfigured("databaseUnavailable", explanation="The role app ...", code="28P01")
    assert str(refused) == str(Unavailable("databaseUnavailable"))


def test_a_failure_is_handed_to_another_caller_as_it_is() -> None:
    refused = Misconfigured("databaseUnavailable", explanation="The role app ...", code="28P01")
    again = refused.again()
    assert again is not refused
    assert isinstance(again, Misconfigured)
    assert vars(again) == vars(refused)


def test_an_error_keeps_what_its_reader_needs() -> None:
    assert InvalidRefreshToken(RefusalCause.IDLE).cause is RefusalCause.IDLE
    assert TooManyLogins(MINUTE).retry_after == MINUTE
    assert Unavailable("contended").reason == "contended"


def test_a_busy_service_asks_for_a_second() -> None:
    assert Unavailable("contended").retry_after == SECOND
    assert Unavailable("down", timedelta(seconds=5)).retry_after == 5 * SECOND


def test_every_refusal_but_two_says_that_the_refresh_token_is_invalid() -> None:
    assert isinstance(refusal(RefusalCause.USER_GONE), UserNotFound)
    assert isinstance(refusal(RefusalCause.INVALID_CLIENT), InvalidClient)
    for cause in set(RefusalCause) - {RefusalCause.USER_GONE, RefusalCause.INVALID_CLIENT}:
        error = refusal(cause)
        assert isinstance(error, InvalidRefreshToken)
        assert error.cause is cause
