"""What audit events say of actors, and of a token whose session is no longer stored."""

from dataclasses import MISSING, fields

import pytest

from domain.actors import OWNER, PRESENTER, SERVER
from domain.causes import RefusalCause
from domain.events import AuditEvent, RefreshRefused, RefreshTokenReused
from tests.support.fakes.builders import NOON, a_session, a_token, owned

SESSION = a_session(generation=3, parent=2)
TOKEN = a_token(SESSION, 1)
ONLY_ACTOR = {
    "loggedIn": PRESENTER,
    "loginFailed": PRESENTER,
    "clientRefused": PRESENTER,
    "assertionRefused": PRESENTER,
    "refreshRefused": PRESENTER,
    "answerRecovered": PRESENTER,
    "passwordChangeFailed": OWNER,
    "refreshTokenReused": SERVER,
    "rotationLost": SERVER,
    "signingKeyReencrypted": SERVER,
}
"""The events that one actor alone causes; every other event is given its actor."""


KINDS = {kind.name: kind for kind in AuditEvent.kinds()}


def test_only_known_events_have_an_only_actor() -> None:
    assert set(ONLY_ACTOR) < set(KINDS)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_event_has_its_only_actor_or_must_be_given_one(kind: type[AuditEvent]) -> None:
    [actor] = [field for field in fields(kind) if field.name == "actor"]
    assert actor.default == ONLY_ACTOR.get(kind.name, MISSING)


def test_a_reuse_names_the_owner() -> None:
    reused = RefreshTokenReused.of(TOKEN, "someone", at=NOON)
    assert (reused.subject, reused.session, reused.at) == ("someone", SESSION.id, NOON)
    assert reused.generation == 1


def test_a_refusal_names_the_owner_where_the_session_is_stored() -> None:
    cause = RefusalCause.REUSED
    refused = RefreshRefused.of(TOKEN, owned(SESSION), cause, at=NOON)
    assert (refused.subject, refused.session) == ("someone", SESSION.id)
    assert refused.cause is cause
    assert RefreshRefused.of(TOKEN, None, cause, at=NOON).subject is None
