"""What a session is, apart from the decision table."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.causes import EndCause
from domain.refresh_tokens import RefreshToken
from domain.sessions import Origin, OwnedSession, Renewal, Session
from tests.support.fakes.builders import (
    ANOTHER_SECRET,
    IDLE,
    LIFETIME,
    MINUTE,
    NOON,
    SECOND,
    SECRET,
    a_session,
    a_token,
    owned,
)

TOKEN = RefreshToken(UUID(int=7), 0, SECRET)


def opened() -> Session:
    return Session.open(
        TOKEN,
        user_id=UUID(int=1),
        credentials_epoch=3,
        renewal=Renewal.ROTATING,
        lifetime=LIFETIME,
        origin=Origin("a browser", "192.0.2.1"),
        now=NOON,
    )


def test_a_session_takes_its_id_and_digest_from_its_first_token() -> None:
    assert opened().id == TOKEN.session_id
    assert opened().secret_digest == TOKEN.secret_digest
    assert opened().is_proved_by(TOKEN)


@pytest.mark.proves("S1", "T3")
def test_a_session_keeps_no_secret() -> None:
    """Neither in a field nor in what a log would print of it."""
    assert SECRET not in [getattr(opened(), field) for field in Session.__dataclass_fields__]
    assert repr(SECRET) not in repr(TOKEN)
    assert repr(opened().secret_digest) not in repr(opened())


@pytest.mark.proves("L2")
def test_a_session_expires_at_a_time_that_is_fixed_when_it_opens() -> None:
    session = opened()
    assert session.expires_at == NOON + LIFETIME
    later = session.advance(beyond=0, parent=0, recoveries=0, now=NOON + MINUTE)
    assert later.expires_at == session.expires_at


def test_tokens_of_every_generation_prove_the_session_and_other_secrets_do_not() -> None:
    assert opened().is_proved_by(TOKEN.at(9))
    assert not opened().is_proved_by(RefreshToken(TOKEN.session_id, 0, ANOTHER_SECRET))


def test_all_generations_of_a_token_share_one_secret_digest() -> None:
    assert TOKEN.at(5).secret_digest == TOKEN.secret_digest
    assert TOKEN.at(5).at(0) == TOKEN


@pytest.mark.parametrize(
    "gone",
    [
        replace(owned(a_session()), owner=None),
        owned(a_session(), is_disabled=True),
        owned(a_session(), credentials_epoch=1),
        owned(a_session(ended_at=NOON, end_cause=EndCause.REVOKED)),
        owned(a_session(expires_at=NOON)),
        owned(a_session(last_used_at=NOON - IDLE - SECOND)),
    ],
    ids=["deleted user", "disabled user", "newer credentials", "ended", "expired", "idle"],
)
def test_a_session_that_no_token_continues_is_not_live(gone: OwnedSession) -> None:
    assert not gone.is_live_at(NOON, IDLE)


def test_a_session_that_its_token_continues_is_live() -> None:
    session = a_session()
    assert owned(session).is_live_at(NOON, IDLE)
    assert session.is_proved_by(a_token(session))
