"""What a trusted issuer is, and what a session gets of its assertion."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import InvalidClaims, InvalidSubject, InvalidTrustedIssuer
from domain.key_sources import KeySource
from domain.trusted_issuers import IssuerTerms, new_issuer_id, new_issuer_terms
from tests.support.fakes.builders import DAY, HOUR, SECOND, an_assertion, an_issuer

KEYS = KeySource(url="https://id.example/keys")


def terms(**given: Any) -> IssuerTerms:
    return replace(IssuerTerms(keys=KEYS, audiences=("shop",)), **given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"audiences": ("a", "https://shop.example/?a=b")},
        {"subject_prefix": "google:"},
        {"max_age": SECOND},
        {"max_age": 3650 * DAY},
        {"claims": {"email": "email", "org": "https://example.com/org", "amr": "amr", "acr": "x"}},
    ],
)
def test_terms_are_taken_as_they_are(given: dict[str, Any]) -> None:
    assert new_issuer_terms(terms(**given)) == terms(**given)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("audiences", ()),
        ("audiences", ("",)),
        ("audiences", ("a b",)),
        ("audiences", ("shop", "x" * 256)),
        ("subject_prefix", "a b"),
        ("subject_prefix", "a/b"),
        ("subject_prefix", "x" * 255),
        ("max_age", 0 * SECOND),
        ("max_age", SECOND / 2),
        ("max_age", HOUR + SECOND / 2),
        ("max_age", 3651 * DAY),
        ("claims", {"": "email"}),
        ("claims", {"email": ""}),
        ("claims", {"a b": "email"}),
        ("claims", {"a=b": "email"}),
        ("claims", {"sub": "email"}),
        ("claims", {"roles": "roles"}),
        ("claims", {"x" * 129: "email"}),
    ],
)
def test_terms_that_no_issuer_can_have_are_refused(part: str, value: Any) -> None:
    with pytest.raises(InvalidTrustedIssuer) as refused:
        new_issuer_terms(terms(**{part: value}))
    assert refused.value.part == part


@pytest.mark.parametrize("text", ["https://accounts.google.com", "shop", "x" * 255])
def test_an_issuer_is_named_exactly(text: str) -> None:
    assert new_issuer_id(text) == text


@pytest.mark.parametrize("text", ["", "a b", "\u00fc", "x" * 256, "a\n"])
def test_a_name_that_no_issuer_can_have_is_refused(text: str) -> None:
    with pytest.raises(InvalidTrustedIssuer) as refused:
        new_issuer_id(text)
    assert refused.value.part == "id"


def test_the_prefix_precedes_the_subject() -> None:
    issuer = an_issuer(subject_prefix="google:")
    assert issuer.subject_of(an_assertion(subject="117")) == "google:117"
    assert an_issuer().subject_of(an_assertion(subject="auth0|5f")) == "auth0|5f"


@pytest.mark.parametrize("subject", ["a/b", "a b", "\u00e4", "x" * 250])
def test_a_subject_that_no_user_can_have_is_refused(subject: str) -> None:
    with pytest.raises(InvalidSubject):
        an_issuer(subject_prefix="google:").subject_of(an_assertion(subject=subject))


def test_only_the_named_claims_are_taken_over_and_exactly() -> None:
    issuer = an_issuer(claims={"email": "email", "org": "https://x/org", "gone": "gone"})
    said = {"email": '"a@b.example"', "https://x/org": '{"id":12345678901234567890}', "x": "1"}
    assert issuer.claims_of(an_assertion(claims=said)) == (
        '{"email":"a@b.example","org":{"id":12345678901234567890}}'
    )
    assert issuer.claims_of(an_assertion()) == ""
    assert an_issuer().claims_of(an_assertion(claims=said)) == ""


def test_claims_that_no_session_can_have_are_refused() -> None:
    issuer = an_issuer(claims={"groups": "groups"})
    with pytest.raises(InvalidClaims):
        issuer.claims_of(an_assertion(claims={"groups": '"' + "x" * 5000 + '"'}))


@pytest.mark.parametrize(
    ("claims", "said", "amr", "acr"),
    [
        ({"amr": "amr", "acr": "acr"}, {"amr": '["pwd","otp"]', "acr": '"gold"'}, 2, "gold"),
        ({"acr": "level"}, {"level": '"2"', "acr": '"gold"', "amr": '["pwd"]'}, 0, "2"),
        ({}, {"amr": '["pwd","otp"]', "acr": '"gold"'}, 0, None),
        ({"amr": "amr", "acr": "acr"}, {"amr": '"pwd"', "acr": "2"}, 0, None),
        ({"amr": "amr", "acr": "acr"}, {"amr": '["pwd",1]', "acr": "null"}, 0, None),
        ({"amr": "amr", "acr": "acr"}, {}, 0, None),
    ],
)
def test_how_the_user_logged_in_is_taken_over_if_the_issuer_is_trusted_with_it(
    claims: dict[str, str], said: dict[str, str], amr: int, acr: str | None
) -> None:
    issuer, assertion = an_issuer(claims=claims), an_assertion(claims=said)
    assert len(issuer.amr_of(assertion)) == amr
    assert issuer.acr_of(assertion) == acr
    assert issuer.claims_of(assertion) == ""
