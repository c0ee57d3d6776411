"""What a JWT says of its bearer."""

from datetime import timedelta

import pytest

from domain.access_tokens import AccessToken
from tests.support.fakes.builders import HOUR, MINUTE, NOON, SECOND, a_session, an_owner

SESSION = a_session(expires_at=NOON + HOUR)


def issued(after: timedelta) -> AccessToken:
    return AccessToken.of(
        SESSION,
        None,
        an_owner(roles=("reader",)),
        unique="jti",
        now=NOON + after,
        lifetime=10 * MINUTE,
    )


def test_a_jwt_speaks_of_its_session_and_its_user() -> None:
    token = issued(MINUTE)
    assert (token.session_id, token.subject) == (SESSION.id, "someone")
    assert (token.id, token.roles) == ("jti", ("reader",))


def test_a_jwt_tells_when_its_bearer_logged_in_and_when_it_was_issued() -> None:
    token = issued(MINUTE)
    assert (token.authenticated_at, token.issued_at) == (NOON, NOON + MINUTE)


@pytest.mark.proves("L2")
@pytest.mark.parametrize(
    ("after", "expires"),
    [
        (timedelta(), 10 * MINUTE),
        (50 * MINUTE, HOUR),
        (55 * MINUTE, HOUR),
        (HOUR - SECOND, HOUR),
    ],
)
def test_a_jwt_never_outlives_its_session(after: timedelta, expires: timedelta) -> None:
    assert issued(after).expires_at == NOON + expires
