"""What the audit trail says of a token whose session is no longer stored."""

from domain.causes import RefusalCause
from domain.events import RefreshRefused, RefreshTokenReused
from tests.support.fakes.builders import NOON, a_session, a_token

SESSION = a_session(generation=3, parent=2)
TOKEN = a_token(SESSION, 1)


def test_a_reuse_names_the_owner() -> None:
    reused = RefreshTokenReused.of(TOKEN, SESSION, at=NOON)
    assert (reused.subject, reused.session, reused.at) == (SESSION.user_id, SESSION.id, NOON)
    assert reused.generation == 1


def test_a_refusal_names_the_owner_where_the_session_is_stored() -> None:
    cause = RefusalCause.REUSED
    refused = RefreshRefused.of(TOKEN, SESSION, cause, at=NOON)
    assert (refused.subject, refused.session) == (SESSION.user_id, SESSION.id)
    assert refused.cause is cause
    assert RefreshRefused.of(TOKEN, None, cause, at=NOON).subject is None
