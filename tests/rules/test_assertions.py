"""When an assertion is accepted (RFC 7523 section 3)."""

from typing import Any

import pytest

from domain.assertions import LEEWAY, Expected
from domain.causes import AssertionFlaw
from domain.errors import InvalidAssertion
from tests.support.fakes.builders import DAY, HOUR, MINUTE, NOON, SECOND, an_assertion

EXPECTED = Expected(
    issuer="https://id.example", audiences=("shop", "https://shop.example"), longest=HOUR
)
OF_A_CLIENT = Expected(
    issuer="shop", subject="shop", audiences=("remint",), longest=HOUR, needs_id=True
)
A_CLIENTS = {"issuer": "shop", "subject": "shop", "audience": ("remint",), "id": "1"}
TINY = SECOND / 1000


def flaw(expected: Expected, **differences: Any) -> AssertionFlaw | None:
    try:
        expected.require(an_assertion(**differences), NOON)
    except InvalidAssertion as refused:
        return refused.flaw
    return None


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ({}, None),
        ({"issuer": "https://id.example/"}, AssertionFlaw.WRONG_ISSUER),
        ({"issuer": "HTTPS://id.example"}, AssertionFlaw.WRONG_ISSUER),
        ({"subject": "bob"}, None),
        ({"audience": ()}, AssertionFlaw.WRONG_AUDIENCE),
        ({"audience": ("other",)}, AssertionFlaw.WRONG_AUDIENCE),
        ({"audience": ("shop ",)}, AssertionFlaw.WRONG_AUDIENCE),
        ({"audience": ("other", "https://shop.example")}, None),
        ({"expires_at": NOON - LEEWAY + TINY}, None),
        ({"expires_at": NOON - LEEWAY}, AssertionFlaw.EXPIRED),
        ({"expires_at": NOON - DAY}, AssertionFlaw.EXPIRED),
        ({"expires_at": NOON + HOUR + LEEWAY}, None),
        ({"expires_at": NOON + HOUR + LEEWAY + TINY}, AssertionFlaw.VALID_TOO_LONG),
        ({"not_before": NOON + LEEWAY}, None),
        ({"not_before": NOON + LEEWAY + TINY}, AssertionFlaw.NOT_YET_VALID),
        ({"issued_at": NOON + LEEWAY}, None),
        ({"issued_at": NOON + LEEWAY + TINY}, AssertionFlaw.NOT_YET_VALID),
        ({"authenticated_at": NOON + LEEWAY}, None),
        ({"authenticated_at": NOON + LEEWAY + TINY}, AssertionFlaw.NOT_YET_VALID),
        ({"issued_at": None}, None),
        ({"issued_at": NOON - DAY}, None),
        ({"id": None}, None),
    ],
)
def test_each_claim_is_required_to_hold(
    differences: dict[str, Any], expected: AssertionFlaw | None
) -> None:
    assert flaw(EXPECTED, **differences) is expected


@pytest.mark.parametrize(
    ("issued_at", "expected"),
    [
        (NOON, None),
        (NOON - 10 * MINUTE - LEEWAY, None),
        (NOON - 10 * MINUTE - LEEWAY - TINY, AssertionFlaw.TOO_OLD),
        (None, AssertionFlaw.TOO_OLD),
    ],
)
def test_a_greatest_age_needs_the_time_of_issue(issued_at: Any, expected: Any) -> None:
    aged = Expected(
        issuer="https://id.example", audiences=("shop",), longest=HOUR, max_age=10 * MINUTE
    )
    assert flaw(aged, issued_at=issued_at) is expected


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ({}, None),
        ({"subject": "other"}, AssertionFlaw.WRONG_SUBJECT),
        ({"issuer": "other"}, AssertionFlaw.WRONG_ISSUER),
        ({"id": None}, AssertionFlaw.WITHOUT_ID),
        ({"audience": ("shop",)}, AssertionFlaw.WRONG_AUDIENCE),
    ],
)
def test_a_client_speaks_of_itself_once(
    differences: dict[str, Any], expected: AssertionFlaw | None
) -> None:
    assert flaw(OF_A_CLIENT, **A_CLIENTS | differences) is expected


def test_an_assertion_is_remembered_for_as_long_as_it_is_accepted() -> None:
    assertion = an_assertion()
    EXPECTED.require(assertion, assertion.over_at - TINY)
    with pytest.raises(InvalidAssertion):
        EXPECTED.require(assertion, assertion.over_at)


def test_only_flaws_behind_a_right_signature_are_told() -> None:
    untold = {flaw for flaw in AssertionFlaw if not InvalidAssertion(flaw).is_authentic}
    assert untold == {
        *(AssertionFlaw.MALFORMED, AssertionFlaw.UNKNOWN_ISSUER),
        *(AssertionFlaw.UNKNOWN_KEY, AssertionFlaw.WRONG_SIGNATURE),
    }
